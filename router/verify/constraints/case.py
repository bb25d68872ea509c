"""Capital and small letters, in English."""

from __future__ import annotations

from router.verify.constraints.outcome import Outcome, amount
from router.verify.constraints.text import capital_words
from router.verify.language import identify


def english_capital(answer: str) -> Outcome:
    """English, in capital letters only."""
    return _english(answer) if answer.isupper() else "not all in capital letters"


def english_lowercase(answer: str) -> Outcome:
    """English, in small letters only."""
    return _english(answer) if answer.islower() else "not all in small letters"


def capital_word_frequency(answer: str, capital_frequency: int, capital_relation: str) -> Outcome:
    """So many words all in capital letters."""
    return amount(capital_words(answer), capital_relation, capital_frequency, "words in capitals")


def _english(answer: str) -> Outcome:
    """A fault only when another language is certain: a short answer in capitals is presumed English."""
    guess = identify(answer)
    return f"in {guess.language}, asked for English" if guess.sure and guess.language != "en" else None
