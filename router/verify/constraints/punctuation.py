"""Punctuation an answer must do without."""

from __future__ import annotations

from router.verify.constraints.outcome import Outcome


def no_comma(answer: str) -> Outcome:
    """No comma anywhere."""
    found = answer.count(",")
    return f"{found} comma(s)" if found else None
