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
from router.learn.query_fit import Panel, Recipe, fit_head, fit_panel
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


def learned(
    fold: Fold, answers: Answers, model: str, rows: Ints, limit: int | None, seed: int, recipe: Recipe
) -> Floats:
    """P(`model` is right) for the fold's test prompts among `rows`.

    `limit`: how many outcomes of the model on training prompts among `rows` may be used (None: all); the
    same prompts are drawn for every model.
    """
    y = answers.column(model)
    known = _known(fold, y, rows, limit, seed)
    panel = fold.signal(len(y))
    head = fit_head(fold.x, y, known, fold.train, answers.tasks, panel, recipe)
    test = np.intersect1d(fold.test, rows)
    return head.chances(fold.x[test], panel[test])


def task_table(fold: Fold, answers: Answers, y: Floats, rows: Ints, limit: int | None, seed: int) -> Floats:
    """The baseline that is told each prompt's task and knows nothing else: the task's mean of `y`, from the
    same outcomes that `learned` may use, shrunk towards the set's."""
    known = _known(fold, y, rows, limit, seed)
    overall = y[known].mean()
    found = np.full(len(y), overall)
    for task in np.unique(answers.tasks[known]):
        own = y[known[answers.tasks[known] == task]]
        found[answers.tasks == task] = (own.sum() + _TABLE_PRIOR * overall) / (len(own) + _TABLE_PRIOR)
    return found


def _known(fold: Fold, y: Floats, rows: Ints, limit: int | None, seed: int) -> Ints:
    """The training prompts among `rows` whose outcome may be learned from."""
    known = np.intersect1d(fold.train, rows)
    known = known[np.isfinite(y[known])]
    if limit is not None and limit < len(known):
        known = np.sort(np.random.default_rng(seed).permutation(known)[:limit])
    return known
