"""Which features a query model knows, and a text's place among them. Holds no model's weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

import numpy as np
import numpy.typing as npt

from router.classify.grams import Keys, Numbers, beginnings, frequency

_SIGN_BITS = 20
_SPREADING = np.array(0x9E3779B97F4A7C15, np.uint64).view(np.int64)
"""2**64 over the golden ratio: multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4)."""
_SIGN_SHIFT = np.array(64 - _SIGN_BITS, np.int64)

Places = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`numbers`: word -> its number. `keys`: the known features, sorted; `idf` of each, `rare_idf` of any
    other. `middle` and `spread`: mean and standard deviation of the readable features in training."""

    numbers: Numbers
    keys: Keys
    idf: Weights
    rare_idf: float
    middle: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    _bounded: Keys = field(init=False, repr=False)
    """The keys and one that is none, so that a place past the end can be looked up."""
    _signs: npt.NDArray[np.bool_] = field(init=False, repr=False)
    """True at the sign of every known feature (and so of one in sixteen others)."""

    def __post_init__(self) -> None:
        bounded = np.append(self.keys, -1)
        object.__setattr__(self, "_bounded", bounded)
        object.__setattr__(self, "keys", bounded[:-1])  # the same memory: it is in the caches but once
        signs = np.zeros(1 << _SIGN_BITS, bool)
        signs[_sign(self.keys)] = True
        object.__setattr__(self, "_signs", signs)

    def place(self, every: Keys) -> tuple[Places, Weights]:
        """Columns and values of a text's row, of unit length over known and unknown features together.

        `every`: as `grams.keys` gives them."""
        starts = beginnings(every)
        distinct = every.take(starts[:-1])
        # Two of three are no features; most of them are seen from a bit, without looking for their place.
        likely = self._signs.take(_sign(distinct)).nonzero()[0]
        sought = distinct.take(likely)
        at = self.keys.searchsorted(sought)
        known = (self._bounded.take(at) == sought).nonzero()[0]
        at = at.take(known)
        first = likely.take(known)
        values = frequency(starts[1:].take(first) - starts.take(first)) * self.idf.take(at)
        strange = len(distinct) - len(at)
        length = sqrt(float(values.dot(values)) + strange * self.rare_idf**2)
        return at, values / np.float32(length or 1.0)


def _sign(keys: Keys) -> Places:
    """A number of `_SIGN_BITS` bits for each key, in two's complement: places from either end of an array."""
    return keys * _SPREADING >> _SIGN_SHIFT
