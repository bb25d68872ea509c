"""How long answers are: what each model usually writes on a task, and what a question's text adds to that.

Lengths are characters of the visible answer; hidden thinking is not in the data and must be priced otherwise.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from router.domain.reading import LONGEST, SHORTEST
from router.learn.answers import Answers, Floats, Ints
from router.learn.linear import Linear, ridge

_PENALTY = 3.0
_PRIOR = 10.0
"""Answers that a model's overall mean counts for in its mean on one task."""


def usual(answers: Answers, model: str, train: Ints) -> Floats:
    """Mean log length of the model's answers on each prompt's task, from the training prompts; NaN if the
    data holds no length of this model."""
    lengths = _logs(answers)[:, answers.models.index(model)]
    known = train[np.isfinite(lengths[train])]
    if not len(known):
        return np.full(len(lengths), np.nan)
    overall = float(lengths[known].mean())
    found = np.full(len(lengths), overall)
    for task in np.unique(answers.tasks[known]):
        own = lengths[known[answers.tasks[known] == task]]
        found[answers.tasks == task] = (own.sum() + _PRIOR * overall) / (len(own) + _PRIOR)
    return found


def fit_factor(x: sparse.csr_array, answers: Answers, train: Ints, groups: Ints) -> Linear | None:
    """The head of ln(length / usual length): the mean over models of what a prompt adds to each model's mean
    on the prompts of its group. None when the data holds no lengths."""
    logs = _logs(answers)
    excess = np.full(logs.shape, np.nan)
    for group in np.unique(groups[train]):
        own = train[groups[train] == group]
        with np.errstate(invalid="ignore"):
            counts = np.isfinite(logs[own]).sum(axis=0)
            means = np.nansum(logs[own], axis=0) / np.maximum(counts, 1)
        excess[own] = logs[own] - means
    known = train[np.isfinite(excess[train]).any(axis=1)]
    if not len(known):
        return None
    return ridge(x[known], np.nanmean(excess[known], axis=1), _PENALTY)


def factor(head: Linear, x: sparse.csr_array) -> Floats:
    """Expected length over the usual one, within the bounds of an output factor."""
    return np.clip(np.exp(head.values(x)), SHORTEST, LONGEST)


def _logs(answers: Answers) -> Floats:
    return np.where(np.isfinite(answers.chars), np.log(np.fmax(answers.chars, 1.0)), np.nan)
