"""The one fitting routine: ridge regression on text, with shares of right answers as targets.

Minimises  sum_i (y_i - x_i . b - c)^2 + penalty |b|^2  by LSQR (Paige & Saunders 1982), c the mean.
Against logistic regression on the same features it ordered GSM8K questions alike (0.635 and 0.636 APGR),
MMLU's alike once topics were added (0.696 and 0.698) and unseen kinds of questions better (0.61 and 0.60), at
a tenth of the time; its values are shares and so already calibrated in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import lsqr

from router.classify.query_model import LEAST, MOST

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Linear:
    """A fitted head: value = x . weights + intercept."""

    weights: Floats
    intercept: float

    def values(self, x: sparse.csr_array | Floats) -> Floats:
        return np.asarray(x @ self.weights + self.intercept, dtype=np.float64)

    def stretched(self, by: float, centre: float) -> Linear:
        """The head whose values lie `by` times as far from `centre`."""
        return Linear(self.weights * by, centre + (self.intercept - centre) * by)

    def plus(self, other: Linear, share: float) -> Linear:
        """The head whose values are (1 - share) x this one's + share x the other's."""
        return Linear(
            (1.0 - share) * self.weights + share * other.weights,
            (1.0 - share) * self.intercept + share * other.intercept,
        )


def ridge(x: sparse.csr_array | Floats, y: Floats, penalty: float, iterations: int = 25) -> Linear:
    """`y`: one target per row of `x`."""
    middle = float(y.mean())
    weights = lsqr(x, y - middle, damp=penalty**0.5, iter_lim=iterations)[0]
    return Linear(weights, middle)


def chance(values: Floats) -> Floats:
    """Values as probabilities, within 0.02 and 0.98."""
    return np.clip(values, LEAST, MOST)
