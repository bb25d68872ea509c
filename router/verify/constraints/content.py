"""Things an answer must contain: placeholders and a postscript."""

from __future__ import annotations

import re

from router.verify.constraints.outcome import AT_LEAST, Outcome, amount


def number_placeholders(answer: str, num_placeholders: int) -> Outcome:
    """At least so many placeholders in square brackets, such as [address]."""
    return amount(sum(map(_bracketed, answer.split("\n"))), AT_LEAST, num_placeholders, "placeholders")


def postscript(answer: str, postscript_marker: str) -> Outcome:
    """A postscript under its marker, anywhere."""
    return None if _marker(postscript_marker).search(answer) else f"no {postscript_marker!r}"


def _marker(marker: str) -> re.Pattern[str]:
    spelled = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}.get(marker, re.escape(marker))
    return re.compile(spelled, re.IGNORECASE)


def _bracketed(line: str) -> int:
    """Pairs of brackets in one line. By hand: a pattern would take quadratic time on a line of "["."""
    found, place = 0, 0
    while (start := line.find("[", place)) >= 0 and (end := line.find("]", start)) >= 0:
        found, place = found + 1, end + 1
    return found
