"""Checked outcomes -> evidence of an ability: the share of *usual* requests that the model gets right.

Verdicts exist where the router sent requests, and it sends hard ones to strong models. So a model's share of
right answers is not its ability; the difficulty of each request is taken out by the curve that the gateway
decides with (`router/domain/success.py`). Must not read the ledger or know versions.

Of one model and task, with f_i the curve of request i, y_i its outcome, w_i its weight and s the logistic
function, the ability theta (logits) is where

    sum_i w_i (y_i - s(f_i(theta))) f_i'(theta)  +  (1/2 - s(theta))  =  0,

maximum likelihood with half a right and half a wrong outcome of usual difficulty added (Gart and Zweifel,
Biometrika 1967; Firth's penalty for one logit, Biometrika 1993); its variance is 1 over the information
sum_i w_i p_i (1 - p_i) f_i'^2 + p (1 - p). Requests of usual difficulty give back exactly `right` of `n`.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp

import numpy as np
import numpy.typing as npt

from router.domain.ability import Evidence
from router.domain.kinds import Task
from router.learn.ledger_evidence import Checked

Floats = npt.NDArray[np.float64]
Pair = tuple[str, Task]

_FARTHEST = 20.0
"""Logits: farther than any ability that a ledger's worth of outcomes can show."""
_HALVINGS = 50
_DIGITS = 4
_COLUMNS = 7


@dataclass(slots=True)
class Outcomes:
    """The outcomes of one model on one task, packed: 56 bytes each, whatever else the ledger holds."""

    packed: array[float] = field(default_factory=lambda: array("d"))
    right: int = 0
    n: int = 0

    def add(self, found: Checked, weight: float) -> None:
        curve = found.curve
        own = (curve.anchor, curve.span, curve.low, curve.high, curve.beyond)
        self.packed.extend((*own, float(found.right), weight))
        self.right += found.right
        self.n += 1


class Gathered:
    """All outcomes that abilities are fitted on, by model and task, aged if a half-life is given."""

    def __init__(self, now_us: int, half_life_days: float | None) -> None:
        self.by_pair: defaultdict[Pair, Outcomes] = defaultdict(Outcomes)
        self._now_us = now_us
        self._half_life_us = None if half_life_days is None else half_life_days * 86_400e6

    def add(self, found: Checked) -> None:
        """Weight 1, or 2^(-age / half-life)."""
        weight = 1.0
        if self._half_life_us is not None:
            weight = 2.0 ** (-max(0, self._now_us - found.started_us) / self._half_life_us)
        self.by_pair[found.model, found.task].add(found, weight)

    def count(self, model: str) -> int:
        """Outcomes of a model over all tasks, each counted once whatever its age."""
        return sum(part.n for (name, _), part in self.by_pair.items() if name == model)

    def evidence(self, models: frozenset[str]) -> Mapping[Pair, Evidence]:
        """Of those models, by model and task; without pairs whose outcomes are so old or so far from usual
        that nothing is left of them."""
        found = {pair: fitted(part) for pair, part in self.by_pair.items() if pair[0] in models}
        return {pair: evidence for pair, evidence in found.items() if evidence.n > 0.0}


def fitted(outcomes: Outcomes) -> Evidence:
    """`right` of `n` requests of usual difficulty that say as much as the outcomes do, both with fractions;
    `n` is never more than the outcomes' weight. At least one outcome is needed."""
    table = np.array(outcomes.packed).reshape(-1, _COLUMNS).T
    right, weight = table[-2:]
    curve = _Curves(*table[:-2])
    bottom, top = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):  # the score falls with theta wherever curves are straight
        middle = (bottom + top) / 2.0
        if _score(curve, right, weight, middle) > 0.0:
            bottom = middle
        else:
            top = middle
    theta = (bottom + top) / 2.0
    return _as_counts(theta, _information(curve, weight, theta), float(weight.sum()))


@dataclass(frozen=True, slots=True)
class _Curves:
    """Many curves at once: `Curve.at` and its slope in arrays."""

    anchor: Floats
    span: Floats
    low: Floats
    high: Floats
    beyond: Floats

    def at(self, theta: float) -> tuple[Floats, Floats]:
        """f(theta) in logits, and f'(theta)."""
        known = self.span > 0.0
        span = np.where(known, self.span, 1.0)
        raw = (theta - self.anchor) / span
        within = np.clip(raw, 0.0, 1.0)
        share = np.where(known, within, 0.5)
        moving = (raw > 0.0) & (raw < 1.0)
        bent = np.where(moving, (self.high - self.low) / span, self.beyond - 1.0)
        past = np.where(known, (self.beyond - 1.0) * (raw - within) * span, 0.0)
        shift = (1.0 - share) * self.low + share * self.high
        return theta + past + shift, 1.0 + np.where(known, bent, 0.0)


def _score(curve: _Curves, right: Floats, weight: Floats, theta: float) -> float:
    x, slope = curve.at(theta)
    return float((weight * (right - _sigmoid(x)) * slope).sum()) + 0.5 - 1.0 / (1.0 + exp(-theta))


def _information(curve: _Curves, weight: Floats, theta: float) -> float:
    x, slope = curve.at(theta)
    p, own = _sigmoid(x), 1.0 / (1.0 + exp(-theta))
    return float((weight * p * (1.0 - p) * slope**2).sum()) + own * (1.0 - own)


def _as_counts(theta: float, information: float, most: float) -> Evidence:
    """The counts whose empirical logit has mean theta and this variance v: r + 1/2 = (1 + e^theta) / v and
    n - r + 1/2 = (1 + e^-theta) / v, from ln(a / b) = theta and 1 / a + 1 / b = v."""
    a, b = (1.0 + exp(theta)) * information, (1.0 + exp(-theta)) * information
    shrink = min(1.0, (most + 1.0) / (a + b))
    right = min(most, max(0.0, a * shrink - 0.5))
    wrong = min(most - right, max(0.0, b * shrink - 0.5))  # more than is left, where right was cut off
    return Evidence(round(right, _DIGITS), round(right, _DIGITS) + round(wrong, _DIGITS))


def _sigmoid(x: Floats) -> Floats:
    bounded = np.clip(x, -700.0, 700.0)
    result: Floats = 1.0 / (1.0 + np.exp(-bounded))
    return result
