"""The constraints that a prompt states unambiguously. Precision before recall: a constraint nobody asked for
would fail a good answer and buy a dearer one.

Only kinds whose patterns were right in at least 97% of their finds on IFEval's own prompts are here
(tests/bench/VERIFY.md has the figures); a kind found twice with different arguments is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from router.verify.constraints import phrases_amount, phrases_form, phrases_word
from router.verify.constraints.check import Constraint, constraint
from router.verify.constraints.phrases_repeat import requested_again

_RULES = (*phrases_amount.RULES, *phrases_form.RULES, *phrases_word.RULES)
_SEVERAL = frozenset({"keywords:frequency", "keywords:letter_frequency"})
"""Kinds of which a prompt may state several at once."""
_SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")
"""White space within a line that is not one space already."""
_AROUND_LINES = re.compile(r"\s*\n\s*")
_LONGEST = 4_000
"""Characters of a prompt beyond which it quotes more than it asks: nothing is detected then."""


def detect(prompt: str) -> tuple[Constraint, ...]:
    """Constraints in the order of their first mention, each once; none for a very long prompt."""
    if len(prompt) > _LONGEST:
        return ()
    repeated = requested_again(prompt)
    prompt = _AROUND_LINES.sub("\n", _SPACES.sub(" ", prompt))
    found = dict(sorted(_found(prompt), key=lambda pair: pair[1]))
    if repeated:
        found[constraint(*repeated)] = len(prompt)
    kinds: dict[str, int] = {}
    for one in found:
        kinds[one.id] = kinds.get(one.id, 0) + 1
    return tuple(one for one in found if kinds[one.id] == 1 or one.id in _SEVERAL)


def _found(prompt: str) -> Iterator[tuple[Constraint, int]]:
    low = prompt.lower()
    for rule in _RULES:
        if rule.needle not in low:
            continue
        for match in rule.pattern.finditer(prompt):
            stated = rule.read(match)
            if stated is not None:
                yield constraint(*stated), match.start()
