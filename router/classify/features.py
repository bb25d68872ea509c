"""The named features of one text: what is counted before anything is concluded.

Language-independent structure (numbers, operators, LaTeX, code marks, answer options, length) and counts
of the lexicon's concepts. Costs one word pass over a clipped text. Holds no weights: those are in
`heuristic`, so that a reader can check a conclusion against a feature.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from router.classify import language, lexicon
from router.classify.text import CLIP_DENSE, clip, count_numbers, encode, words

_DIGITS = b"0123456789"
_SYMBOLS = b"`()<>={}[]#+^*$\\"
_PROSE = bytes(byte for byte in range(256) if byte not in _SYMBOLS + _DIGITS)
"""All that plain prose is written with. What is left of a text without it is empty or short, and tells in one
pass that there is no number, no code, no operator and no formula to look for."""
_CODE_SIGNS = ("```", "();", "</", "print(", ") {", "};", "=> ", ">>> ", "):\n", "[i]", "#include")
_TRACES = tuple((sign.encode().translate(None, _PROSE).decode(), sign) for sign in _CODE_SIGNS)
"""What each of them leaves among a text's symbols, where looking is cheaper than in the text."""
_NO_OPERATORS = _DIGITS + b"`(){}[]#$\\"
_FOREIGN_OPERATORS = "×÷√≤≥∑∫±"
_OPTIONS = ("\nB.", "\nB)", "\nB:")
_FORMULA = re.compile(r"\$(?=\S)(?=[^$\n]{0,80}[\\^_={}a-zA-Z])[^$\n]{1,160}+(?<=\S)\$(?!\d)")
"""Dollars around mathematics by pandoc's rule, which prices in a sentence do not meet. Possessive, since what
is no dollar need not be tried as one."""
_DENSE = frozenset({"zh", "ja", "ko", "th"})
_LETTERS_PER_WORD = 6.0
"""A Latin-script word with its space; a dense script says one in about two characters."""


class Features(NamedTuple):
    """`size` in words of Latin text (an estimate from the whole length, not only the clip); `concepts` as
    `lexicon.count` gives them; `formulas` LaTeX or dollar-delimited mathematics; `listing` a bare list of
    single words: a generation prompt without a sentence. A tuple, which is made in a quarter of the time
    that a frozen dataclass takes."""

    language: str
    size: float
    concepts: bytes
    numbers: int
    operators: int
    formulas: bool
    code_marks: int
    options: bool
    question: bool
    listing: bool


def extract(short: str, length: int, fallback: str = language.UNKNOWN) -> Features:
    """The features of a text of `length` characters, of which `short` is the clip. `fallback`: the
    conversation's language, for a text too short to tell."""
    # A dense script is cut shorter, and can be told by the size of its UTF-8 form.
    data = encode(short)
    if len(data) > 2 * len(short) and len(short) > 2 * CLIP_DENSE:
        short = clip(short, CLIP_DENSE)
        data = encode(short)
    found = words(short, data)
    seen = set(found)
    script, foreign, question = None, 0, "?" in short
    if not short.isascii():
        script = language.by_script(short, data)
        question = question or "？" in short or "؟" in short
        foreign = sum(map(short.count, _FOREIGN_OPERATORS))
    concepts, english = lexicon.count_english(seen)
    code = script or ("en" if english else language.by_most_stop_words(seen))
    if code == language.UNKNOWN:
        code = fallback
    if script or not english:
        concepts = lexicon.count(short, seen, code)
    marks = data.translate(None, _PROSE)
    symbols = marks.translate(None, _DIGITS).decode("ascii") if marks else ""
    commas = short.count(",")
    return Features(
        code,
        length / (2.0 if code in _DENSE else _LETTERS_PER_WORD),
        concepts,
        count_numbers(data) if marks else 0,
        len(marks.translate(None, _NO_OPERATORS)) + foreign if symbols else foreign,
        bool(symbols) and _has_formulas(short),
        _code_marks(short, symbols),
        "B" in short and _has_options(short),
        question,
        commas >= 6 and commas + 2 >= len(found),
    )


def _code_marks(text: str, symbols: str) -> int:
    """How many different marks of code a text holds. Written out: a loop costs as much as the searches."""
    marks = ("def " in text) + ("self." in text) + ("SELECT " in text) + ("Sample Input" in text)
    if symbols:
        marks += len([sign for trace, sign in _TRACES if trace in symbols and sign in text])
    return marks


def _has_options(text: str) -> bool:
    return "(B)" in text or ("\nB" in text and any(mark in text for mark in _OPTIONS))


def _has_formulas(text: str) -> bool:
    """LaTeX commands, or a dollar-delimited expression that is not a price."""
    if "\\" in text and any(mark in text for mark in ("\\frac", "\\(", "\\[", "\\sqrt", "\\boxed", "\\le")):
        return True
    return text.count("$") >= 2 and _FORMULA.search(text) is not None
