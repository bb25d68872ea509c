"""The language a prompt's answer should be in. It must not guess: a wrong guess fails a good answer."""

from __future__ import annotations

import re

from router.verify.constraints.detect import detect
from router.verify.constraints.phrases_form import LANGUAGES
from router.verify.language import identify

_OF_LANGUAGES = re.compile(
    rf"\b(?:{'|'.join(LANGUAGES)}|translat\w*|languages?|übersetz\w*|tradui\w*|traduc\w*|tradu[zç]\w*|перевед\w*|переве\w*"
    r")\b|翻译|翻譯|翻訳|번역|ترجم|अनुवाद",
    re.IGNORECASE,
)


def asked_language(prompt: str) -> str | None:
    """The ISO 639-1 code a prompt asks for in so many words, else that of its own language.

    None when unsure, and when the prompt speaks of languages in any other way."""
    asked = [
        dict(one.arguments)["language"] for one in detect(prompt) if one.id == "language:response_language"
    ]
    if asked:
        return str(asked[0])
    if _OF_LANGUAGES.search(prompt):
        return None
    guess = identify(prompt)
    return guess.language if guess.sure else None
