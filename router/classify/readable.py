"""The readable features of a text as numbers: what `features.extract` counted, on scales for a linear model.

Structure and concept counts are nearly independent of the language, so they carry what a model fitted on
English words can say of a German question. Must not hold a weight.
"""

from __future__ import annotations

from math import log1p, log2, sqrt

from router.classify.features import Features

_SCALES = tuple(sqrt(min(count, 8)) for count in range(256))
"""A concept's count on a scale on which the first mention says most; none beyond eight."""

NAMES = [
    "size",
    "numbers",
    "operators",
    "formulas",
    "code_marks",
    "options",
    "question",
    "listing",
    "code",
    "math",
    "math_hard",
    "quantity",
    "ask",
    "fact",
    "explain",
    "write",
    "genre",
    "constraint",
    "extract",
    "classify",
    "science",
    "logic",
    "deep",
    "greeting",
    "follow",
]


def readable(f: Features) -> list[float]:
    """One number for each of `NAMES`; logarithms of sizes, square roots of counts, 0 or 1 for signs."""
    return [
        log2(f.size + 4.0),
        log1p(f.numbers),
        log1p(f.operators),
        float(f.formulas),
        float(f.code_marks),
        float(f.options),
        float(f.question),
        float(f.listing),
        *map(_SCALES.__getitem__, f.concepts),
    ]
