"""All outcomes -> the query model that is shipped: fitted, cut to the features that matter, fitted again."""

from __future__ import annotations

import numpy as np

from router.classify.query_model import HIGH, LENGTH, LOW, QueryModel, Usual
from router.classify.vocabulary import Vocabulary
from router.domain.kinds import Task
from router.learn.answers import Answers, Floats
from router.learn.data import BadData
from router.learn.lengths import fit_factor
from router.learn.linear import Linear
from router.learn.panel import stretch_beyond
from router.learn.query_fit import Recipe, fit_heads, fit_panel
from router.learn.space import Corpus, matrix, vocabulary
from router.learn.task_votes import Heuristic, temperature_of

_FEWEST = 200
"""Training questions that a task needs to be read by the model at all."""


def fit_model(
    answers: Answers,
    corpus: Corpus,
    read: Heuristic,
    heads: dict[str, str],
    features: int,
    seed: int,
    recipe: Recipe | None = None,
) -> QueryModel:
    """The query model of all outcomes: fitted, cut to the `features` that matter most, and fitted again.

    `heads`: catalog name -> model of the data. Raises BadData when no set has a panel."""
    recipe = recipe or Recipe()
    every = np.arange(len(answers.prompts))
    words = vocabulary(corpus, every)
    weights = _fitted(answers, corpus, words, read, heads, recipe, seed)[0]
    terms = np.abs(weights[: len(words.keys)]) * words.idf[:, None]
    kept = np.sort(np.argsort(-(terms / terms.std(axis=0)).max(axis=1), kind="stable")[:features])
    words = Vocabulary(
        words.numbers, words.keys[kept], words.idf[kept], words.rare_idf, words.middle, words.spread
    )
    weights, intercepts, starts, halves = _fitted(answers, corpus, words, read, heads, recipe, seed)
    return QueryModel(
        words,
        (LOW, HIGH, LENGTH, *heads),
        weights.astype(np.float32),
        intercepts.astype(np.float32),
        starts.astype(np.float32).reshape(-1, 3),
        _usual(read, halves),
        temperature_of(answers, read),
        frozenset({"en"}),
    )


def _fitted(
    answers: Answers,
    corpus: Corpus,
    words: Vocabulary,
    read: Heuristic,
    heads: dict[str, str],
    recipe: Recipe,
    seed: int,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights and intercepts of all heads, the starts of the named ones, and the held-out chances of both
    halves by prompt: requests to come lie apart like these, not like those that were fitted on."""
    x = matrix(corpus, words)
    every = np.arange(len(answers.prompts))
    panel = fit_panel(x, answers, every, frozenset(), recipe, seed)
    if panel is None:
        raise BadData("the query model needs question sets that four or more models have answered")
    groups = np.unique([str(task) for task in read.tasks], return_inverse=True)[1]
    length = fit_factor(x, answers, every, groups) or Linear(np.zeros(x.shape[1]), 0.0)
    linear = [*panel.heads, length]
    starts = []
    for model in heads.values():
        y = answers.column(model)[:, None]
        known = np.flatnonzero(np.isfinite(y[:, 0]))
        (head,) = fit_heads(x, y, known, every, answers.tasks, panel.held, recipe, seed)
        starts.append(head.start)
        linear.append(head.text)
    return (
        np.stack([head.weights for head in linear], axis=1),
        np.array([head.intercept for head in linear]),
        np.array(starts).reshape(-1, 3),
        panel.held,
    )


def _usual(read: Heuristic, halves: Floats) -> dict[Task, Usual]:
    found = {}
    for task in Task:
        own = halves[read.tasks == task]
        if len(own) >= _FEWEST:
            low, high = own.mean(axis=0).tolist()
            found[task] = Usual(low, high, stretch_beyond(own))
    return found
