"""Cross-validated measurement of routing between a weak and a strong model.

The protocol is RouteLLM's (arXiv 2406.18665): requests are ranked by the expected gain, P(strong is right) -
P(weak is right), and sent to the strong model from the top. Three regimes differ in how many outcomes of the
two models the router may learn from: none (it knows other models' outcomes alone), some, or all of the other
folds'. Each question set is measured by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from router.learn.answers import Answers, Floats, Ints
from router.learn.data import BadData
from router.learn.folds import Fold, answered, folds, learned, task_table
from router.learn.metrics import PairCurve, auc, calibration_error, pair_curve
from router.learn.query_fit import Recipe
from router.learn.space import Corpus

_FEWEST = 50
"""Questions that both models must have answered for a set to be measured."""
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class PairPlan:
    """What to measure. `labels`: outcomes of each of the two models that a fold may learn from in each
    question set (None: all, 0: none); the questions are chosen for their texts, see `choose`. `sets`: those
    to measure on; empty: all that fit."""

    weak: str
    strong: str
    labels: int | None
    folds: int = 5
    seed: int = 0
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairResult:
    """One question set: held-out probabilities of both models, and what routing by them gives."""

    source: str
    probability: Floats
    right: Floats
    curve: PairCurve
    interval: tuple[float, float]
    by_difficulty: float
    by_table: float | None
    oracle: float

    @property
    def apgr(self) -> float:
        return self.curve.apgr()

    def auc(self) -> tuple[float, float]:
        """Of the weak and of the strong model's probabilities."""
        return auc(self.probability[:, 0], self.right[:, 0]), auc(self.probability[:, 1], self.right[:, 1])

    def calibration_error(self) -> tuple[float, float]:
        """Of the weak and of the strong model's probabilities."""
        one, two = (calibration_error(self.probability[:, i], self.right[:, i]) for i in (0, 1))
        return one, two


def measure_pair(
    answers: Answers, corpus: Corpus, plan: PairPlan, recipe: Recipe, done: Callable[[], None]
) -> list[PairResult]:
    """A result for each question set that both models answered; `done` is called after each fold.

    Raises BadData when there is nothing to measure on or nothing to learn from."""
    right = np.stack([answers.column(plan.weak), answers.column(plan.strong)], axis=1)
    both = np.flatnonzero(np.isfinite(right).all(axis=1))
    sets: dict[str, Ints] = {}
    for source, every in answers.rows.items():
        rows = np.intersect1d(every, both)
        # The same questions asked of other models, in another file, are one set here.
        wanted = source in plan.sets or not plan.sets
        if wanted and len(rows) >= _FEWEST and not any(np.isin(rows, known).all() for known in sets.values()):
            sets[source] = rows
    if not sets:
        raise BadData(
            f"no question set has {_FEWEST} questions that both {plan.weak} and {plan.strong} answered"
        )
    chances = np.full((len(answers.prompts), 2), np.nan)
    table = np.full(len(answers.prompts), np.nan)
    for fold in folds(answers, corpus, {plan.weak, plan.strong}, plan.folds, plan.seed, recipe):
        for rows in sets.values():
            test = np.intersect1d(fold.test, rows)
            if plan.labels == 0:
                chances[test] = _without_labels(fold)[test]
                continue
            known = answered(fold, answers, right, rows, plan.labels)
            chances[test] = learned(fold, answers, right, rows, known, recipe)
            table[test] = task_table(answers, right[:, 1] - right[:, 0], known)[test]
        done()
    return [_result(source, rows, chances, right, table) for source, rows in sets.items()]


def _without_labels(fold: Fold) -> Floats:
    if fold.panel is None:
        raise BadData("without labels of the two models the data needs outcomes of four or more others")
    return fold.panel.held


def _result(source: str, rows: Ints, probability: Floats, right: Floats, table: Floats) -> PairResult:
    p, y = probability[rows], right[rows]
    gain = p[:, 1] - p[:, 0]
    rng = np.random.default_rng(0)
    resampled = []
    for _ in range(_ROUNDS):
        pick = rng.integers(0, len(rows), len(rows))
        resampled.append(pair_curve(gain[pick], y[pick, 0], y[pick, 1]).apgr())
    low, high = np.quantile(resampled, [0.05, 0.95])
    table_gain = table[rows]
    return PairResult(
        source,
        p,
        y,
        pair_curve(gain, y[:, 0], y[:, 1]),
        (float(low), float(high)),
        pair_curve(-p[:, 0], y[:, 0], y[:, 1]).apgr(),
        pair_curve(table_gain, y[:, 0], y[:, 1]).apgr() if np.isfinite(table_gain).all() else None,
        pair_curve(y[:, 1] - y[:, 0], y[:, 0], y[:, 1]).apgr(),
    )
