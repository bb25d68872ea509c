"""The constraints that a prompt states unambiguously. Precision before recall: a constraint nobody asked for
would fail a good answer and buy a dearer one.

Only kinds whose patterns were right in at least 97% of their finds on IFEval's own prompts are here
(tests/bench/VERIFY.md has the figures); a kind found twice with different arguments is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from router.verify.constraints import phrases_amount, phrases_form, phrases_word
from router.verify.constraints.check import Constraint, constraint
from router.verify.constraints.phrase import Rule
from router.verify.constraints.phrases_repeat import requested_again

_RULES = (*phrases_amount.RULES, *phrases_form.RULES, *phrases_word.RULES)
_PLACES = {
    text: [place for place, rule in enumerate(_RULES) if text in rule.needs[0]]
    for text in dict.fromkeys([text for rule in _RULES for text in rule.needs[0]])
}
"""By each text that rules need first: which rules those are."""
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
    rules = _worth_searching(prompt.lower())
    if not rules and not repeated:
        return ()
    prompt = _normalised(prompt)
    found = dict(sorted(_found(prompt, rules), key=lambda pair: pair[1]))
    if repeated:
        found[constraint(*repeated)] = len(prompt)
    kinds: dict[str, int] = {}
    for one in found:
        kinds[one.id] = kinds.get(one.id, 0) + 1
    return tuple(one for one in found if kinds[one.id] == 1 or one.id in _SEVERAL)


def _worth_searching(low: str) -> list[Rule]:
    """The rules whose needs a prompt in lower case holds: none for most prompts. What a rule needs nearby is
    looked for there, in `_windows`."""
    first = list(filter(low.__contains__, _PLACES))
    if not first:
        return []
    rules = [_RULES[place] for place in sorted({place for text in first for place in _PLACES[text]})]
    return [rule for rule in rules if rule.near is not None or _holds_all(low, rule.needs[1:])]


def _holds_all(low: str, groups: Iterable[tuple[str, ...]]) -> bool:
    """Whether a text holds one text of each group; by C's loops, which take half the time."""
    return all(any(map(low.__contains__, texts)) for texts in groups)


def _normalised(prompt: str) -> str:
    if "  " not in prompt and prompt.isprintable():  # no white space other than single spaces
        return prompt
    return _AROUND_LINES.sub("\n", _SPACES.sub(" ", prompt))


def _found(prompt: str, rules: Iterable[Rule]) -> Iterator[tuple[Constraint, int]]:
    low = prompt.lower()
    for rule in rules:
        # A few capitals have no lower case of their own length: places are not the same then.
        windows = _windows(low, rule) if len(low) == len(prompt) else [(0, len(prompt))]
        for start, end in windows:
            for match in rule.pattern.finditer(prompt, start, end):
                stated = rule.read(match)
                if stated is not None:
                    yield constraint(*stated), match.start()


def _windows(low: str, rule: Rule) -> list[tuple[int, int]]:
    """Where a rule's matches can be, from start to end; the parts do not overlap."""
    if rule.near is None:
        return [(0, len(low))]
    found: list[tuple[int, int]] = []
    for text in rule.needs[0]:
        at = low.find(text)
        while at >= 0:
            start, end = max(0, at - rule.near), at + len(text) + rule.near
            if _holds_all(low[start:at], rule.needs[1:]):
                if found and start <= found[-1][1]:
                    start = found.pop()[0]
                found.append((start, end))
            at = low.find(text, at + 1)
    return found
