"""Which language is an answer in? A small trained model of 97 languages, asked only about enough text.

The only importer of py3langid (extra `verify`), on first use: its model takes 0.2 s to load. The
classifier's own word lists know two dozen languages in microseconds; a verdict needs all of them, and a
probability. Must not be sure of a language on a few words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module, util

from router.domain.value import value

_SURE = 0.98
_ENOUGH_LETTERS = 25
_LOOKED_AT = 2_000
"""Characters that are looked at: the identifier's time grows with the text, its certainty does not."""
_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|\$[^$\n]*\$|<[^<>\n]{1,80}>", re.DOTALL)


@value
class Guess:
    """An ISO 639-1 code or "und"; `sure` when it may carry a verdict, else `reason` says why not."""

    language: str
    sure: bool
    reason: str = ""


def identify(text: str) -> Guess:
    """The language most of the prose of `text` is in. Code, addresses and formulas are passed over."""
    prose = " ".join(_NO_PROSE.sub(" ", text[: 4 * _LOOKED_AT]).split())[:_LOOKED_AT]
    # The model learned from texts in ordinary case.
    prose = prose.lower() if prose.isupper() else prose
    letters = sum(map(str.isalpha, prose))
    classify = _classifier()
    if classify is None:
        return Guess("und", False, "no language identifier is installed (extra verify)")
    if not letters:
        return Guess("und", False, "no letters")
    language, probability = classify(prose)
    if letters < (_ENOUGH_LETTERS if prose.isascii() else _ENOUGH_LETTERS // 2):
        return Guess(language, False, f"too little text to be sure of {language}")
    sure = probability >= _SURE
    return Guess(language, sure, "" if sure else f"{language} with {probability:.0%} only")


@lru_cache(maxsize=1)
def _classifier() -> Callable[[str], tuple[str, float]] | None:
    """The model, loaded once; None when it is not installed."""
    if util.find_spec("py3langid") is None:
        return None
    langid = import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)

    def classify(text: str) -> tuple[str, float]:
        language, probability = identifier.classify(text)
        return str(language), float(probability)

    return classify
