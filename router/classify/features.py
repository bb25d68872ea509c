"""The named features of one text: what is counted before anything is concluded.

Language-independent structure (numbers, operators, LaTeX, code marks, answer options, length) and counts
of the lexicon's concepts. Costs one word pass over a clipped text. Holds no weights: those are in
`heuristic`, so that a reader can check a conclusion against a feature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from router.classify import language, lexicon
from router.classify.text import CLIP, CLIP_DENSE, clip, count_numbers, encode, words

_CODE_MARKS = (
    "```",
    "();",
    "</",
    "print(",
    "self.",
    ") {",
    "};",
    "=> ",
    ">>> ",
    "):\n",
    "[i]",
    "#include",
    "def ",
    "SELECT ",
    "Sample Input",
)
_OPERATORS = "=+^*<>×÷√≤≥∑∫±"
_ASCII_OPERATORS = "=+^*<>"
_OPTIONS = ("\nB.", "\nB)", "(B)", "\nB:")
_FORMULA = re.compile(r"\$(?=\S)(?=[^$\n]{0,80}[\\^_={}a-zA-Z])[^$\n]{1,160}(?<=\S)\$(?!\d)")
"""Dollars around mathematics by pandoc's rule, which prices in a sentence do not meet."""
_DENSE = frozenset({"zh", "ja", "ko", "th"})
_LETTERS_PER_WORD = 6.0
"""A Latin-script word with its space; a dense script says one in about two characters."""


@dataclass(frozen=True, slots=True)
class Features:
    """`size` in words of Latin text (an estimate from the whole length, not only the clip); `concepts` as
    `lexicon.count` gives them; `formulas` LaTeX or dollar-delimited mathematics."""

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
    """A bare list of single words: a generation prompt without a sentence."""


def extract(text: str, keep: int = CLIP, fallback: str = language.UNKNOWN) -> Features:
    """The features of one text. `fallback`: the conversation's language, for a text too short to tell."""
    # A dense script is cut shorter, and can be told by the size of its UTF-8 form.
    short = clip(text, keep)
    data = encode(short)
    if len(data) > 2 * len(short) and len(short) > 2 * CLIP_DENSE:
        short = clip(text, CLIP_DENSE)
        data = encode(short)
    ascii_only = short.isascii()
    found = words(short, data)
    seen = set(found)
    code = language.by_script(short, data) or language.by_stop_words(seen)
    if code == language.UNKNOWN:
        code = fallback
    commas = short.count(",")
    return Features(
        language=code,
        size=len(text) / (2.0 if code in _DENSE else _LETTERS_PER_WORD),
        concepts=lexicon.count(short, seen, code),
        numbers=count_numbers(data),
        operators=sum(map(short.count, _ASCII_OPERATORS if ascii_only else _OPERATORS)),
        formulas=_has_formulas(short),
        code_marks=len([mark for mark in _CODE_MARKS if mark in short]),
        options="B" in short and any(mark in short for mark in _OPTIONS),
        question="?" in short or (not ascii_only and ("？" in short or "؟" in short)),
        listing=commas >= 6 and commas + 2 >= len(found),
    )


def _has_formulas(text: str) -> bool:
    """LaTeX commands, or a dollar-delimited expression that is not a price."""
    if "\\" in text and any(mark in text for mark in ("\\frac", "\\(", "\\[", "\\sqrt", "\\boxed", "\\le")):
        return True
    return text.count("$") >= 2 and _FORMULA.search(text) is not None
