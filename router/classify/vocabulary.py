"""Which features a query model knows, and a text's place among them. Holds no model's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from router.classify.grams import Keys, counted

READABLE_SCALE = 0.1
"""Standard deviations of a readable feature count a tenth beside a text's unit-length word vector. Chosen by
cross-validation on GSM8K (0.03, 0.1 and 0.3 were tried)."""
READABLE_LIMIT = 3.0
"""Standard deviations beyond which a readable feature says no more: odd texts stay within what was seen."""

Places = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`numbers`: word -> its number. `keys`: the known features, sorted; `idf` of each, `rare_idf` of any
    other. `middle` and `spread`: mean and standard deviation of the readable features in training."""

    numbers: Mapping[str, int]
    keys: Keys
    idf: Weights
    rare_idf: float
    middle: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]

    def place(self, every: Keys, unknown: int) -> tuple[Places, Weights]:
        """Columns and values of a text's row, of unit length over known and unknown features together.

        `every`, `unknown`: as `grams.keys` gives them."""
        distinct, frequency = counted(every)
        at = np.searchsorted(self.keys, distinct)
        at[at == len(self.keys)] = 0
        known = self.keys[at] == distinct if len(self.keys) else np.zeros(len(at), bool)
        at = at[known]
        values = frequency[known] * self.idf[at]
        strange = unknown + len(distinct) - len(at)
        length = np.sqrt(values @ values + strange * self.rare_idf**2)
        return at, values / length if length > 0 else values
