"""Questions as arrays: one row a distinct prompt, one column a model.

The same prompt may stand in several files, asked of other models; it is one row here, so that no split can
put it on both sides. Must not know what is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from router.learn.data import Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answers:
    """`scores` and `chars` are prompts x models, NaN where unknown; `rows[source]` are the prompts of a set;
    `tasks` is the task of a prompt's first appearance."""

    prompts: tuple[str, ...]
    tasks: npt.NDArray[np.str_]
    models: tuple[str, ...]
    scores: Floats
    chars: Floats
    rows: Mapping[str, Ints]

    def column(self, model: str) -> Floats:
        """Scores of one model. Raises KeyError with the names that exist."""
        if model not in self.models:
            raise KeyError(f"no outcome of '{model}'; the data has {', '.join(self.models)}")
        return self.scores[:, self.models.index(model)]


def tabulate(questions: Sequence[Question]) -> Answers:
    """The arrays of `questions`; a model asked the same prompt twice gets the mean of its scores."""
    index: dict[str, int] = {}
    tasks: list[str] = []
    rows: dict[str, list[int]] = {}
    for question in questions:
        if question.prompt not in index:
            index[question.prompt] = len(index)
            tasks.append(question.task)
        rows.setdefault(question.source, []).append(index[question.prompt])
    names = sorted({model for question in questions for model in question.outcomes})
    column = {model: at for at, model in enumerate(names)}
    totals = np.zeros((3, len(index), len(names)))
    lengths = np.zeros((2, len(index), len(names)))
    for question in questions:
        at = index[question.prompt]
        for model, outcome in question.outcomes.items():
            totals[:2, at, column[model]] += (outcome.score, 1.0)
            if outcome.out_chars is not None:
                lengths[:, at, column[model]] += (outcome.out_chars, 1.0)
    return Answers(
        tuple(index),
        np.array(tasks),
        tuple(names),
        _means(totals[0], totals[1]),
        _means(lengths[0], lengths[1]),
        {source: np.unique(np.array(found)) for source, found in rows.items()},
    )


def _means(total: Floats, count: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)
