"""The gateway's ability formula on a question set of which one number is known, and how far it is off.

The formula moves a set's mean score by what the panel says of each question, so it errs in ways that no
number of questions mends: what the panel misreads of a set, it misreads of every model. How far that goes is
seen on the panel's own models, whose means are known.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from router.domain.ability import logit, sigmoid
from router.domain.reading import Reading
from router.domain.success import Curve, curve_of
from router.learn.answers import Answers, Floats, Ints
from router.learn.panel import COVERAGE, others, stretch_beyond


def share_right(scores: Floats) -> float:
    """Of all answers, never 0 or 1: with half an answer of either kind added (Jeffreys' prior)."""
    return float((scores.sum() + 0.5) / (len(scores) + 1.0))


def curves(panel: Floats, usual: Floats) -> list[Curve]:
    """P(success) over ability of each request (`domain/success`). `panel`: requests x halves; `usual`: the
    same of the set's usual requests, its training prompts."""
    low_usual, high_usual = usual.mean(axis=0).tolist()
    beyond = stretch_beyond(usual)
    readings = [
        Reading({}, low, high, low_usual, high_usual, 1.0, {}, beyond=beyond) for low, high in panel.tolist()
    ]
    return [curve_of(reading) for reading in readings]


def chances(of: list[Curve], score: float) -> Floats:
    """P(success) of a model with the mean score `score` on the set."""
    theta = logit(score)
    return np.array([sigmoid(curve.at(theta)) for curve in of])


class FormError:
    """How far the formula's mean over one set is off for a model like those of the panel.

    A panel model's questions of a fold are predicted as a newcomer's are: by its mean on the other folds."""

    def __init__(self, answers: Answers, rows: Ints, without: Set[str]) -> None:
        known = np.isfinite(answers.scores[rows])
        self._members = np.flatnonzero(others(answers, without) & (known.mean(axis=0) >= COVERAGE))
        self._scores = answers.scores[:, self._members]
        self._off = np.full(self._scores.shape, np.nan)

    def add(self, test: Ints, usual: Ints, of: list[Curve]) -> None:
        """One fold's questions: `of` are the curves of those at `test`; `usual` are the training ones."""
        for at in range(len(self._members)):
            scores = self._scores[usual, at]
            mean = share_right(scores[np.isfinite(scores)])
            self._off[test, at] = chances(of, mean) - self._scores[test, at]

    @property
    def variance(self) -> float:
        """Mean square of what the models' means are off by; 0.0 without models."""
        seen = np.isfinite(self._off)
        counts = seen.sum(axis=0)
        if not counts.any():
            return 0.0
        off = np.where(seen, self._off, 0.0).sum(axis=0)[counts > 0] / counts[counts > 0]
        return float(np.square(off).mean())
