"""Words and sentences, counted as IFEval's graders count them. No corpora, no model; English conventions."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[^\s\"“”`(){}\[\]<>,;:!?*_#=|~]+")
_END = re.compile(r"([.?!]+)[\"'”’)\]}*_]*\s+(?=\S)")
_ABBREVIATION_LIST = (
    "mr mrs ms dr prof st sr jr rev gen col sgt capt lt hon gov sen rep vs etc e.g i.e cf al inc ltd co corp"
    " fig jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k u.n d.c a.m p.m ph.d m.d b.a m.a"
    " approx dept est ave blvd rd messrs maj pres"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
_CLITICS = ("'s", "'re", "'ve", "'ll", "'d", "'m", "n't", "’s")


def count_words(text: str) -> int:
    """Runs of letters, digits and underscores: "it's" is two."""
    return len(_WORD.findall(text))


def count_sentences(text: str) -> int:
    """Ends by `.`, `?` or `!` before a space, less those of abbreviations and initials; a text without any is
    one sentence. A line break alone ends none."""
    text = text.strip()
    if not text:
        return 0
    return 1 + sum(_ends_sentence(text, end) for end in _END.finditer(text))


def capital_words(text: str) -> int:
    """Words all of whose letters are capital, "I" and "A" included; clitics do not count with their word."""
    return sum(map(_is_capital, _TOKEN.findall(text)))


def _is_capital(token: str) -> bool:
    token = token.strip(".'’-/")
    for clitic in _CLITICS:
        if token.casefold().endswith(clitic):
            token = token[: -len(clitic)]
            break
    return token.isupper()


def _ends_sentence(text: str, end: re.Match[str]) -> bool:
    marks = end.group(1)
    if "?" in marks or "!" in marks:
        return True
    start = max(text.rfind(space, max(0, end.start() - 40), end.start()) for space in (" ", "\n", "\t")) + 1
    word = text[start : end.start()].lstrip("\"'“‘([{*_").casefold()
    following = text[end.end()]
    if len(marks) > 1:
        return following.isupper()
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or not word:
        return False
    return not (following.islower() and re.fullmatch(r"\d+|(?:[a-z]\.)+[a-z]", word))
