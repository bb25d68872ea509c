"""Concepts counted in a text: which of a language's words, seen once each, belong to which concept.

Counting is one sum: a word carries an integer with one byte per concept, so adding the distinct words'
integers counts every concept in a single C-level loop (tables stay far below 256 words per concept).
This file must give no concept a meaning; weights are in `heuristic`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from itertools import repeat
from typing import Final

from router.classify import language
from router.classify import words_latin as latin
from router.classify import words_other as other


class Concept:
    """Place of each concept's byte in a count. Names, lower case, are the keys of the word tables.
    Plain integers: an enum's member access costs more than the arithmetic done with it."""

    CODE: Final = 0
    MATH: Final = 1
    MATH_HARD: Final = 2
    QUANTITY: Final = 3
    ASK: Final = 4
    FACT: Final = 5
    EXPLAIN: Final = 6
    WRITE: Final = 7
    GENRE: Final = 8
    CONSTRAINT: Final = 9
    EXTRACT: Final = 10
    CLASSIFY: Final = 11
    SCIENCE: Final = 12
    LOGIC: Final = 13
    DEEP: Final = 14
    GREETING: Final = 15
    FOLLOW: Final = 16


_BYTES = 17

_BORROWED = ("code", "math_hard", "science")
"""Concepts whose English words every language uses: names of programming languages, technical terms."""


def _pack(*tables: Mapping[str, str]) -> dict[str, int]:
    """Word -> packed count of one; "_" in a word stands for a space."""
    listed = {(concept, word) for t in tables for concept, text in t.items() for word in text.split()}
    packed: dict[str, int] = {}
    for concept, word in listed:
        word = word.replace("_", " ")
        packed[word] = packed.get(word, 0) | 1 << 8 * getattr(Concept, concept.upper())
    return packed


_ENGLISH_TERMS = {
    concept: " ".join(w for w in latin.ENGLISH[concept].split() if len(w) > 3) for concept in _BORROWED
}
_BY_WORD: dict[str, dict[str, int]] = {
    "en": _pack(latin.ENGLISH),
    "de": _pack(latin.GERMAN, _ENGLISH_TERMS),
    "fr": _pack(latin.FRENCH, _ENGLISH_TERMS),
    "es": _pack(latin.SPANISH, _ENGLISH_TERMS),
    "pt": _pack(latin.PORTUGUESE, _ENGLISH_TERMS),
    "it": _pack(latin.ITALIAN, _ENGLISH_TERMS),
    "nl": _pack(latin.DUTCH, _ENGLISH_TERMS),
    "ru": _pack(other.RUSSIAN, _ENGLISH_TERMS),
}
_WORDS = {code: (table.__getitem__, frozenset(table)) for code, table in _BY_WORD.items()}
_ENGLISH = _WORDS["en"]


def _first_letters(table: Mapping[str, int]) -> re.Pattern[str]:
    """All strings of a table, longest first, grouped by first character: no repetition, so linear."""
    groups: dict[str, list[str]] = {}
    for word in sorted(table, key=len, reverse=True):
        groups.setdefault(word[0], []).append(re.escape(word[1:]))
    return re.compile("|".join(f"{re.escape(c)}(?:{'|'.join(rest)})" for c, rest in groups.items()))


_BY_STRING: dict[str, dict[str, int]] = {
    "zh": _pack(other.CHINESE),
    "ja": _pack(other.JAPANESE),
    "ko": _pack(other.KOREAN),
    "ar": _pack(other.ARABIC),
    "hi": _pack(other.HINDI),
}
_STRINGS = {code: _first_letters(table) for code, table in _BY_STRING.items()}

_TERMS = _pack(_ENGLISH_TERMS)
_TERM_WORDS = frozenset(_TERMS)

TABLED = frozenset(_BY_WORD) | frozenset(_BY_STRING)
"""Languages with word tables; any other is judged by structure, with lower confidence."""


_ENGLISH_AT, _SHARED_AT = 8 * _BYTES, 8 * (_BYTES + 2)
"""Where the counts of stop words stand behind those of concepts: two bytes each."""


def _read_at_once() -> dict[str, int]:
    """Each English or stop word -> one of each thing that is counted of it."""
    packed = dict(_BY_WORD["en"])
    for words, at in ((language.ENGLISH, _ENGLISH_AT), (language.SHARED, _SHARED_AT)):
        for word in words:
            packed[word] = packed.get(word, 0) | 1 << at
    return packed


_AT_ONCE = _read_at_once().get
_NOTHING = repeat(0)


def count_english(seen: Set[str]) -> tuple[bytes, bool]:
    """What `count` gives for English, and whether the text clearly is, by one look at each word."""
    found = sum(map(_AT_ONCE, seen, _NOTHING))
    english, shared = found >> _ENGLISH_AT & 0xFFFF, found >> _SHARED_AT
    concepts = (found & (1 << _ENGLISH_AT) - 1).to_bytes(_BYTES, "little")
    return concepts, language.clearly_english(english, shared, len(seen))


def count(text: str, seen: Set[str], code: str) -> bytes:
    """Distinct words of each concept in a clipped text, one byte per `Concept`.

    `seen` are the text's distinct lower-case words. A language without a table is read as English,
    whose technical words travel.
    """
    strings = _BY_STRING.get(code)
    if strings is None:
        packed_of, known = _WORDS.get(code, _ENGLISH)
        return sum(map(packed_of, known & seen)).to_bytes(_BYTES, "little")
    packed = sum(map(strings.__getitem__, set(_STRINGS[code].findall(text))))
    packed += sum(map(_TERMS.__getitem__, _TERM_WORDS & seen))
    return packed.to_bytes(_BYTES, "little")
