"""Leave-one-model-out: how well a model that the query model never saw is routed, by what is known of it.

States of knowledge: `published` (one aggregate score per question set, as a vendor publishes), a number of
calibration answers, and all labels of the other folds. Nothing else of the model is used. Calibration answers
are taken in two ways: as an ability alone, which is what `tiergate calibrate` writes into the catalog, and as
the first outcomes of a head of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from router.learn.answers import Answers, Floats, Ints
from router.learn.by_ability import FormError, chances, curves, share_right
from router.learn.data import BadData
from router.learn.folds import answered, folds, learned
from router.learn.metrics import auc, calibration_error
from router.learn.query_fit import Recipe
from router.learn.space import Corpus

_FEWEST = 50
_PUBLISHED, _ABILITY, _ALL = "published", ", ability", "all labels"


@dataclass(frozen=True, slots=True)
class SuccessorResult:
    """One question set and one state of knowledge. `regret`: mean score lost, against deciding by all labels,
    when each question is given to the model or to a median panel model by their predicted chances."""

    source: str
    known: str
    questions: int
    auc: float
    calibration_error: float
    predicted: float
    interval: tuple[float, float]
    actual: float
    regret: float | None = None


@dataclass(frozen=True, slots=True)
class SuccessorPlan:
    """What to measure: `model` with each number of `calibration` answers. `sets`: those to measure on;
    empty: all that it answered."""

    model: str
    calibration: tuple[int, ...]
    folds: int = 5
    seed: int = 0
    sets: tuple[str, ...] = ()

    @property
    def budgets(self) -> dict[str, int | None]:
        """State of knowledge -> answers known; None: as many as there are, or their mean alone."""
        some: dict[str, int | None] = {}
        for n in self.calibration:
            some |= {f"{n} prompts{_ABILITY}": n, f"{n} prompts": n}
        return {_PUBLISHED: None, **some, _ALL: None}


def measure_successor(
    answers: Answers, corpus: Corpus, plan: SuccessorPlan, recipe: Recipe, done: Callable[[], None]
) -> list[SuccessorResult]:
    """Results for each question set that the model answered; `done` is called after each fold. Raises
    BadData."""
    y = answers.column(plan.model)[:, None]
    known = np.flatnonzero(np.isfinite(y[:, 0]))
    wanted = plan.sets or tuple(answers.rows)
    sets = {s: np.intersect1d(rows, known) for s, rows in answers.rows.items() if s in wanted}
    sets = {s: rows for s, rows in sets.items() if len(rows) >= _FEWEST}
    if not sets:
        raise BadData(f"no question set has {_FEWEST} outcomes of {plan.model}")
    found = {state: np.full(len(y), np.nan) for state in plan.budgets}
    errors = {source: FormError(answers, rows, {plan.model}) for source, rows in sets.items()}
    for fold in folds(answers, corpus, {plan.model}, plan.folds, plan.seed, recipe):
        if fold.panel is None:
            raise BadData("the data needs question sets with four or more other models")
        for source, rows in sets.items():
            test, usual = np.intersect1d(fold.test, rows), np.intersect1d(fold.train, rows)
            by_text = curves(fold.panel.held[test], fold.panel.held[usual])
            errors[source].add(test, usual, by_text)
            for state, n in plan.budgets.items():
                labelled = answered(fold, answers, y, rows, n)
                if _of_ability(state):
                    found[state][test] = chances(by_text, share_right(y[labelled]))
                else:
                    found[state][test] = learned(fold, answers, y, rows, labelled, recipe)[:, 0]
        done()
    return [
        _result(source, state, rows, found, y[:, 0], n, errors[source])
        for source, rows in sets.items()
        for state, n in plan.budgets.items()
    ]


def _of_ability(state: str) -> bool:
    """Whether one number is all that is known."""
    return state == _PUBLISHED or state.endswith(_ABILITY)


def _result(
    source: str,
    state: str,
    rows: Ints,
    found: dict[str, Floats],
    y: Floats,
    n: int | None,
    error: FormError,
) -> SuccessorResult:
    p, full = found[state][rows], found[_ALL][rows]
    right = y[rows]
    mean = float(p.mean())
    # Of the mean: what the outcomes known leave open (binomial), the questions measured on, and the formula.
    form = error.variance if _of_ability(state) else 0.0
    wide = np.sqrt(mean * (1 - mean) * (1.0 / len(rows) + (1.0 / n if n else 0.0)) + form)
    return SuccessorResult(
        source,
        state,
        len(rows),
        auc(p, right),
        calibration_error(p, right, 5),
        mean,
        (max(0.0, float(mean - 1.645 * wide)), min(1.0, float(mean + 1.645 * wide))),
        float(right.mean()),
        None if state == _ALL else _regret(p, full, right),
    )


def _regret(p: Floats, full: Floats, right: Floats) -> float:
    """Mean score lost when the half of the questions that the model is most promising on is chosen by `p`
    rather than by `full`."""
    half = len(p) // 2
    return float(
        right[np.argsort(-full, kind="stable")[:half]].mean()
        - right[np.argsort(-p, kind="stable")[:half]].mean()
    )
