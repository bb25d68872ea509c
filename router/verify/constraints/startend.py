"""How an answer must begin and end."""

from __future__ import annotations

from router.verify.constraints.outcome import Outcome


def end_checker(answer: str, end_phrase: str) -> Outcome:
    """The last words are this phrase."""
    ends = answer.strip().strip('"').lower().endswith(end_phrase.strip().lower())
    return None if ends else f"does not end with {end_phrase[:60]!r}"


def quotation(answer: str) -> Outcome:
    """The whole answer stands in double quotation marks."""
    text = answer.strip()
    return None if len(text) > 1 and text[0] == text[-1] == '"' else "not in double quotation marks"
