"""Is the new better than what is in force? Predictions for requests that nothing was fitted on.

Four predictors side by side: new abilities, those in force, every model's overall rate, every model's rate
per task. All of them predict from the same rows. Must not read the ledger, fit or decide: figures only.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from router.domain.ability import FLOOR
from router.domain.catalog import Catalog
from router.domain.kinds import Task
from router.domain.success import chance
from router.learn.ledger_evidence import Checked
from router.learn.metrics import auc, calibration_error
from router.learn.refit import Outcomes, Pair

Floats = npt.NDArray[np.float64]
_ROUNDS = 1_000
_LEVEL = 0.9


class Predictor(StrEnum):
    """What predicts, by the name that cards show."""

    NEW = "new abilities"
    IN_FORCE = "abilities in force"
    SINGLE = "each model's overall rate"
    TABLE = "per-task table"


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one predictor did on `n` held-back outcomes; log loss in nats, the rest 0..1. `auc` is None
    when all outcomes are alike."""

    n: int
    log_loss: float
    brier: float
    auc: float | None
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Log loss of `other` minus that of the new abilities, nats per outcome: positive means the new ones are
    better. 90% percentile interval (Efron 1979) over `requests`, drawn whole: attempts of one request are not
    independent."""

    other: Predictor
    mean: float
    low: float
    high: float
    n: int
    requests: int


@dataclass(frozen=True, slots=True)
class Rates:
    """The two baselines, from the rows that abilities are fitted on: shares right with half an outcome added
    to either side."""

    single: Mapping[str, float]
    table: Mapping[Pair, float]

    @staticmethod
    def of(by_pair: Mapping[Pair, Outcomes]) -> Rates:
        right: dict[str, int] = {}
        n: dict[str, int] = {}
        for (model, _), part in by_pair.items():
            right[model] = right.get(model, 0) + part.right
            n[model] = n.get(model, 0) + part.n
        return Rates(
            {model: _smoothed(right[model], n[model]) for model in n},
            {pair: _smoothed(part.right, part.n) for pair, part in by_pair.items()},
        )

    def of_task(self, model: str, task: Task) -> float:
        """The table's entry; a pair that it lacks has its model's overall rate."""
        return self.table.get((model, task), self.single[model])


class HeldBack:
    """Predictions and outcomes as they come in; `figures` and `differences` once all are there. Only models
    with a rate in `rates` are compared."""

    def __init__(self, new: Catalog, in_force: Catalog, rates: Rates) -> None:
        self._new, self._in_force, self._rates = new, in_force, rates
        self._said = {predictor: array("d") for predictor in Predictor}
        self._right = array("d")
        self._request = array("q")
        self._requests: dict[str, int] = {}
        self.by_pair: dict[Pair, int] = {}

    def __len__(self) -> int:
        return len(self._right)

    def add(self, found: Checked) -> None:
        """Every predictor's chance for this outcome."""
        model = found.model
        for predictor, catalog in ((Predictor.NEW, self._new), (Predictor.IN_FORCE, self._in_force)):
            abilities = catalog.models[model].abilities
            self._said[predictor].append(chance(abilities, found.mix, found.curve, None).expected)
        self._said[Predictor.SINGLE].append(self._rates.single[model])
        self._said[Predictor.TABLE].append(self._rates.of_task(model, found.task))
        self._right.append(float(found.right))
        self._request.append(self._requests.setdefault(found.request_id, len(self._requests)))
        pair = (model, found.task)
        self.by_pair[pair] = self.by_pair.get(pair, 0) + 1

    def figures(self) -> Mapping[Predictor, Figures]:
        """Of every predictor; at least one outcome is needed."""
        right = np.array(self._right)
        return {predictor: _figures(self._bounded(predictor), right) for predictor in Predictor}

    def differences(self, seed: int) -> tuple[Difference, ...]:
        """The new abilities against each other predictor; at least one outcome is needed."""
        own = self._losses(Predictor.NEW)
        return tuple(
            self._difference(other, self._losses(other) - own, seed)
            for other in Predictor
            if other is not Predictor.NEW
        )

    def _difference(self, other: Predictor, gain: Floats, seed: int) -> Difference:
        low, high = _interval(gain, np.array(self._request), seed)
        return Difference(other, float(gain.mean()), low, high, len(gain), len(self._requests))

    def _bounded(self, predictor: Predictor) -> Floats:
        said: Floats = np.clip(np.array(self._said[predictor]), FLOOR, 1.0 - FLOOR)
        return said

    def _losses(self, predictor: Predictor) -> Floats:
        return _log_loss(self._bounded(predictor), np.array(self._right))


def _smoothed(right: int, n: int) -> float:
    return (right + 0.5) / (n + 1.0)


def _log_loss(said: Floats, right: Floats) -> Floats:
    losses: Floats = -np.log(np.where(right > 0.5, said, 1.0 - said))
    return losses


def _figures(said: Floats, right: Floats) -> Figures:
    area = auc(said, right)
    return Figures(
        n=len(right),
        log_loss=float(_log_loss(said, right).mean()),
        brier=float(((said - right) ** 2).mean()),
        auc=None if np.isnan(area) else area,
        calibration_error=calibration_error(said, right),
    )


def _interval(gain: Floats, request: npt.NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Of the mean gain per outcome: requests are drawn with replacement, each with all of its outcomes. One
    round at a time, so that memory does not grow with the rounds."""
    sums, counts = np.bincount(request, gain), np.bincount(request)
    rng = np.random.default_rng(seed)
    means = np.empty(_ROUNDS)
    for index in range(_ROUNDS):
        drawn = rng.integers(0, len(sums), len(sums))
        means[index] = sums[drawn].sum() / counts[drawn].sum()
    low, high = np.quantile(means, [(1.0 - _LEVEL) / 2.0, (1.0 + _LEVEL) / 2.0])
    return float(low), float(high)
