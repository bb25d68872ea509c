"""Spearman's rank correlation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import atanh, sqrt, tanh

import numpy as np

_Z95 = 1.959964


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's correlation of the ranks, ties at their mean rank. None where one side is all the same."""
    one, other = (_ranks(np.asarray(side, dtype=float)) for side in zip(*pairs, strict=True))
    if one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def fisher_interval(rho: float, n: int) -> tuple[float, float]:
    """95%, by Fisher's z with the factor of Bonett and Wright (Psychometrika 65, 2000)."""
    middle = atanh(max(-0.999999, min(0.999999, rho)))
    error = _Z95 * sqrt((1 + rho**2 / 2) / (n - 3))
    return tanh(middle - error), tanh(middle + error)


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return ((ends - count + ends + 1) / 2)[place]
