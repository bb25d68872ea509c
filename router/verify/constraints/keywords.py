"""Words and letters an answer must have, must not have, or have so many times. Case never matters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from router.verify.constraints.outcome import Outcome, amount


def existence(answer: str, keywords: Sequence[str]) -> Outcome:
    """Every keyword occurs, inside a longer word too."""
    low = answer.casefold()
    missing = [keyword for keyword in keywords if keyword.casefold() not in low]
    return f"lacks {_listed(missing)}" if missing else None


def frequency(answer: str, keyword: str, frequency: int, relation: str) -> Outcome:
    """The keyword occurs so often, inside longer words too."""
    found = answer.casefold().count(keyword.casefold())
    return amount(found, relation, frequency, f"of {keyword!r}")


def forbidden_words(answer: str, forbidden_words: Sequence[str]) -> Outcome:
    """None of the words occurs as a word of its own."""
    used = [
        word for word in forbidden_words if re.search(rf"\b{re.escape(word)}\b", answer, flags=re.IGNORECASE)
    ]
    return f"uses {_listed(used)}" if used else None


def letter_frequency(answer: str, letter: str, let_frequency: int, let_relation: str) -> Outcome:
    """The letter or sign occurs so often."""
    return amount(answer.lower().count(letter.lower()), let_relation, let_frequency, f"of {letter!r}")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(repr, words[:5]))
