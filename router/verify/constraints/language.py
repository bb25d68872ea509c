"""The language the whole answer must be in."""

from __future__ import annotations

from router.verify.constraints.outcome import Doubt, Outcome
from router.verify.language import identify


def response_language(answer: str, language: str) -> Outcome:
    """The answer is in the language of this ISO 639-1 code. Too little text to be sure is a doubt."""
    if not any(map(str.isalpha, answer)):
        return Doubt("no letters to tell a language by")
    guess = identify(answer)
    if guess.language == language:
        return None
    return f"in {guess.language}, asked for {language}" if guess.sure else Doubt(guess.reason)
