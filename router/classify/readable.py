"""The readable features of a text as numbers: what `features.extract` counted, on scales for a linear model.

Structure and concept counts are nearly independent of the language, so they carry what a model fitted on
English words can say of a German question. Must not hold a weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p, log2, sqrt
from operator import getitem

from router.classify.features import Features

SCALE = 0.1
"""Standard deviations of a readable feature count a tenth beside a text's unit-length word vector. Chosen by
cross-validation on GSM8K (0.03, 0.1 and 0.3 were tried)."""
LIMIT = 3.0
"""Standard deviations beyond which a readable feature says no more: odd texts stay within what was seen."""

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


class Standardised:
    """`readable` as a model weighs it: standard deviations from the mean in training, bounded and scaled.
    Counts up to 255 are looked up: arithmetic on 25 numbers costs more than all that is done with them."""

    def __init__(self, middle: Sequence[float], spread: Sequence[float]) -> None:
        self._size, self._numbers, self._operators = zip(middle[:3], spread[:3], strict=True)
        signs = [
            tuple([_standard(float(n), *place) for n in range(256)])
            for place in zip(middle[3:8], spread[3:8], strict=True)
        ]
        self._formulas, self._code_marks, self._options, self._question, self._listing = signs
        self._concepts = [
            tuple([_standard(count, *place) for count in _SCALES])
            for place in zip(middle[8:], spread[8:], strict=True)
        ]

    def of(self, f: Features) -> list[float]:
        """One number for each of `NAMES`."""
        return [
            _standard(log2(f.size + 4.0), *self._size),
            _standard(log1p(f.numbers), *self._numbers),
            _standard(log1p(f.operators), *self._operators),
            self._formulas[f.formulas],
            self._code_marks[f.code_marks],
            self._options[f.options],
            self._question[f.question],
            self._listing[f.listing],
            *map(getitem, self._concepts, f.concepts),
        ]


def _standard(value: float, middle: float, spread: float) -> float:
    found = (value - middle) / spread
    return (-LIMIT if found < -LIMIT else LIMIT if found > LIMIT else found) * SCALE
