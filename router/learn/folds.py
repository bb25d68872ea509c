"""Cross-validation: every prompt is predicted by models that never saw it, nor any copy of it.

A fold's feature space, panel and heads are fitted on the other folds' prompts alone: vocabulary and term
weights included.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from router.learn.answers import Answers, Floats, Ints
from router.learn.choose import representative
from router.learn.query_fit import Panel, Recipe, fit_heads, fit_panel
from router.learn.space import Corpus, matrix, vocabulary

_TABLE_PRIOR = 10.0
"""Outcomes that the whole set's mean counts for in a task's."""


@dataclass(frozen=True, slots=True)
class Fold:
    """`x`: all prompts in the space of this fold's training prompts; `panel` None: no other models."""

    train: Ints
    test: Ints
    x: sparse.csr_array
    panel: Panel | None

    def signal(self, prompts: int) -> Floats:
        """The panel's chances of every prompt; zeros without a panel."""
        return np.zeros((prompts, 2)) if self.panel is None else self.panel.held


def folds(
    answers: Answers, corpus: Corpus, without: Set[str], count: int, seed: int, recipe: Recipe
) -> Iterator[Fold]:
    """`count` folds by prompt; the panel never asks the models named in `without`."""
    part = np.random.default_rng(seed).permutation(np.arange(len(answers.prompts)) % count)
    for number in range(count):
        train, test = np.flatnonzero(part != number), np.flatnonzero(part == number)
        x = matrix(corpus, vocabulary(corpus, train))
        panel = fit_panel(x, answers, train, without, recipe, seed)
        yield Fold(train, test, x, panel)


def answered(fold: Fold, answers: Answers, y: Floats, rows: Ints, limit: int | None) -> Ints:
    """The training prompts among `rows` whose outcomes `y` (prompts x models) may be learned from: all that
    every model has answered, or `limit` of them that stand for the others. No outcome is looked at."""
    known = np.intersect1d(fold.train, rows)
    known = known[np.isfinite(y[known]).all(axis=1)]
    return known if limit is None else representative(fold.x, answers.tasks, known, limit)


def learned(fold: Fold, answers: Answers, y: Floats, rows: Ints, labelled: Ints, recipe: Recipe) -> Floats:
    """P(right) of the test prompts among `rows`, prompts x models, from the outcomes `y` (the same shape) on
    `labelled`."""
    panel = fold.signal(len(y))
    like = np.intersect1d(fold.train, rows)
    heads = fit_heads(fold.x, y, labelled, like, answers.tasks, panel, recipe)
    test = np.intersect1d(fold.test, rows)
    return np.stack([head.chances(fold.x[test], panel[test]) for head in heads], axis=1)


def task_table(answers: Answers, y: Floats, labelled: Ints) -> Floats:
    """The baseline that is told each prompt's task and knows nothing else: the task's mean of `y` on
    `labelled`, shrunk towards the mean of all. Both as `y`: prompts, or prompts x models."""
    overall = y[labelled].mean(axis=0)
    found = np.broadcast_to(overall, y.shape).copy()
    for task in np.unique(answers.tasks[labelled]):
        own = y[labelled[answers.tasks[labelled] == task]]
        mean = (own.sum(axis=0) + _TABLE_PRIOR * overall) / (len(own) + _TABLE_PRIOR)
        found[answers.tasks == task] = mean
    return found
