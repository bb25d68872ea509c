"""Leave-one-model-out: how well a model that the query model never saw is routed, by what is known of it.

Three states of knowledge: `published` (one aggregate score per question set, as a vendor publishes), a number
of calibration answers, and all labels of the other folds. Nothing else of the model is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from router.learn.answers import Answers, Floats, Ints
from router.learn.data import BadData
from router.learn.folds import Fold, folds, learned
from router.learn.metrics import auc, calibration_error
from router.learn.query_fit import Recipe
from router.learn.space import Corpus

_FEWEST = 50
_ALL = "all labels"


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


def measure_successor(
    answers: Answers,
    corpus: Corpus,
    model: str,
    calibration: tuple[int, ...],
    only: tuple[str, ...],
    count: int,
    seed: int,
    recipe: Recipe,
    done: Callable[[], None],
) -> list[SuccessorResult]:
    """Results for each question set that `model` answered, of `only` if it names any. Raises BadData."""
    y = answers.column(model)
    known = np.flatnonzero(np.isfinite(y))
    sets = {s: np.intersect1d(rows, known) for s, rows in answers.rows.items() if s in only or not only}
    sets = {s: rows for s, rows in sets.items() if len(rows) >= _FEWEST}
    if not sets:
        raise BadData(f"no question set has {_FEWEST} outcomes of {model}")
    states = ["published", *(f"{n} prompts" for n in calibration), _ALL]
    chances = {state: np.full(len(y), np.nan) for state in states}
    for fold in folds(answers, corpus, {model}, count, seed, recipe):
        if fold.panel is None:
            raise BadData("the data needs question sets with four or more other models")
        for rows in sets.values():
            test = np.intersect1d(fold.test, rows)
            chances["published"][test] = _published(fold, y, rows)[test]
            for n in calibration:
                chances[f"{n} prompts"][test] = learned(fold, answers, model, rows, n, seed, recipe)
            chances[_ALL][test] = learned(fold, answers, model, rows, None, seed, recipe)
        done()
    budgets = {"published": None, **{f"{n} prompts": n for n in calibration}, _ALL: None}
    return [
        _result(source, state, rows, chances, y, budgets[state])
        for source, rows in sets.items()
        for state in states
    ]


def _published(fold: Fold, y: Floats, rows: Ints) -> Floats:
    """The gateway's ability formula: the set's aggregate score, moved by what the panel says."""
    assert fold.panel is not None
    own = np.intersect1d(fold.train, rows)
    theta = float(logit(np.clip(y[own].mean(), 0.01, 0.99)))
    low, high = logit(fold.panel.held).T
    low_usual, high_usual = logit(fold.panel.held[own].mean(axis=0))
    share = np.clip((theta - low_usual) / max(high_usual - low_usual, 0.1), 0.0, 1.5)
    return np.asarray(expit(theta + (1 - share) * (low - low_usual) + share * (high - high_usual)))


def _result(
    source: str, state: str, rows: Ints, chances: dict[str, Floats], y: Floats, n: int | None
) -> SuccessorResult:
    p, full = chances[state][rows], chances[_ALL][rows]
    right = y[rows]
    mean = float(p.mean())
    # Of the mean: what the outcomes known leave open (binomial), and the questions measured on.
    wide = np.sqrt(mean * (1 - mean) * (1.0 / len(rows) + (1.0 / n if n else 0.0)))
    return SuccessorResult(
        source,
        state,
        len(rows),
        auc(p, right),
        calibration_error(p, right, 5),
        mean,
        (float(mean - 1.645 * wide), float(mean + 1.645 * wide)),
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
