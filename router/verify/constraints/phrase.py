"""Building blocks of the patterns that find constraints in prompts: amounts, quoted words, and one rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from router.domain.value import value
from router.verify.constraints.outcome import AT_LEAST, LESS_THAN

Found: TypeAlias = tuple[str, Mapping[str, object]]
"""An instruction id and its arguments."""

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORD_VALUES = {word: place for place, word in enumerate(_NUMBERS, 1)} | {"a": 1, "once": 1, "twice": 2}
NUMBER = rf"(?:\d{{1,5}}|{'|'.join(_NUMBERS)})"
_LOWER = "at least|a minimum of|minimum of|no less than|no fewer than|not less than"
_ABOVE = "more than"
_BELOW = "less than|fewer than"
_UPPER = "at most|no more than|not more than|a maximum of|up to"
AMOUNT = (
    rf"(?:(?P<relation>{_LOWER}|{_ABOVE}|{_BELOW}|{_UPPER})\s+(?P<count>{NUMBER})"
    rf"|(?P<floor>{NUMBER})\s*(?:\+|or more|plus))"
)
"""An amount with its relation; see `amount`."""
AMOUNTS = "least|minimum|less|fewer|more|most|maximum|up|+|plus"
"""One of these is in every amount: the `needs` of rules that look for one."""
EXACTLY = rf"(?:exactly\s+)(?P<exact>{NUMBER})"
QUOTED = r"[\"“”'‘’]"
REPLY = (
    r"(?:(?:your|the|my)\s+)?(?:entire|whole|final)?\s*"
    r"(?:response|answer|reply|output|letter|email|essay|poem|story|article|post|summary|text|riddle|"
    r"song|document)"
)


@value
class Rule:
    """Where `pattern` is found in a prompt, `read` says which constraint that is, or None after all.

    Searching costs a hundred times what looking for plain texts does, and most prompts state no constraint:
    only a prompt that holds one text of each group of `needs` is searched; with `near` only so many
    characters before and after each text of the first group that has the other groups' in those before it. A
    test compares this with searching everything.
    """

    needs: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Found | None]
    near: int | None = None


def rule(
    needs: str, pattern: str, read: Callable[[re.Match[str]], Found | None], near: int | None = None
) -> Rule:
    """A rule; a space in `pattern` stands for one character of white space: prompts are normalised before.
    `needs` has its groups apart by spaces and their texts, in lower case, by bars."""
    groups = tuple([tuple(group.split("|")) for group in needs.split()])
    return Rule(groups, re.compile(pattern.replace(" ", r"\s"), re.IGNORECASE), read, near)


def plain(needs: str, pattern: str, id: str) -> Rule:  # noqa: A002 - IFEval's own word
    """A rule for an instruction without arguments."""
    return rule(needs, pattern, lambda _: (id, {}))


def number(text: str) -> int:
    """A number in digits or as an English word up to twelve."""
    return int(text) if text.isdigit() else _WORD_VALUES[text.casefold()]


def amount(found: re.Match[str]) -> tuple[str, int]:
    """Relation and count of a match of `AMOUNT`, in IFEval's two relations."""
    if found["floor"]:
        return AT_LEAST, number(found["floor"])
    relation, count = " ".join(found["relation"].casefold().split()), number(found["count"])
    if re.fullmatch(_LOWER, relation):
        return AT_LEAST, count
    if relation == _ABOVE:
        return AT_LEAST, count + 1
    return LESS_THAN, count if re.fullmatch(_BELOW, relation) else count + 1


def listed(text: str) -> tuple[str, ...]:
    """The words of a list: all quoted ones when it quotes any, else what commas and "and" divide."""
    quoted = re.findall(r"[\"“”]([^\"“”]{1,40})[\"“”]|(?<!\w)['‘’]([^'‘’]{1,40})['‘’](?!\w)", text)
    words = ["".join(pair) for pair in quoted] or re.split(r",\s*(?:and|or)?\s*|\s+(?:and|or)\s+", text)
    return tuple(word.strip(" .\n") for word in words if word.strip(" .\n"))
