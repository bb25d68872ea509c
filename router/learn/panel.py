"""Outcomes of many models -> the reference panel: how a weaker and a stronger model fare on a request.

In each question set the models are ranked by their mean score and split in two; the targets are the shares of
each half that got a question right. Sets differ in their models, so each has an intercept of its own, which is
left out when a request is read. Difficulty thus belongs to the query, and no single model is named.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from router.learn.answers import Answers, Floats, Ints
from router.learn.linear import Linear, ridge

_FEWEST = 4
"""Models that a question set must have to be split in two halves of some weight."""
_COVERAGE = 0.5
"""Share of a set's questions that a model must have answered to be in its panel."""
_SET_SCALE = 3.0
"""Size of a set's own column: large, so that the penalty hardly binds its intercept."""


@dataclass(frozen=True, slots=True)
class PanelRows:
    """One row per question and set: `at` its prompt, `group` its set, `halves` the weaker and the stronger
    half's mean scores."""

    at: Ints
    group: Ints
    groups: int
    halves: Floats


def panel_rows(answers: Answers, train: Ints, without: Set[str]) -> PanelRows:
    """The panel's outcomes on the prompts `train`; models named in `without`, by any of their names (an
    organisation before the slash and letter case are no difference), are not asked."""
    banned = {_plain(model) for model in without}
    allowed = np.array([_plain(model) not in banned for model in answers.models])
    at, group, halves = [], [], []
    for source, rows in answers.rows.items():
        rows = np.intersect1d(rows, train)
        scores = answers.scores[rows] if len(rows) else np.zeros((0, len(answers.models)))
        answered = np.isfinite(scores)
        members = np.flatnonzero(allowed & (answered.mean(axis=0) >= _COVERAGE)) if len(rows) else []
        if len(members) < _FEWEST:
            continue
        scores = scores[:, members]
        ranked = np.argsort(np.nanmean(scores, axis=0), kind="stable")
        weaker, stronger = ranked[: len(ranked) // 2], ranked[len(ranked) // 2 :]
        whole = answered[:, members][:, weaker].any(axis=1) & answered[:, members][:, stronger].any(axis=1)
        pair = [np.nanmean(scores[whole][:, half], axis=1) for half in (weaker, stronger)]
        at.append(rows[whole])
        group.append(np.full(int(whole.sum()), len(group)))
        halves.append(np.stack(pair, axis=1))
    if not at:
        return PanelRows(np.zeros(0, np.int64), np.zeros(0, np.int64), 0, np.zeros((0, 2)))
    return PanelRows(np.concatenate(at), np.concatenate(group), len(group), np.concatenate(halves))


def fit_half(
    x: sparse.csr_array, rows: PanelRows, half: int, penalty: float, which: npt.NDArray[np.bool_]
) -> Linear:
    """The head of one half (0 weaker, 1 stronger), fitted on the panel rows `which`; for an average set."""
    sets = sparse.csr_array(
        (np.full(len(rows.at), _SET_SCALE), (np.arange(len(rows.at)), rows.group)),
        shape=(len(rows.at), rows.groups),
    )
    wide = sparse.csr_array(sparse.hstack([x[rows.at], sets], format="csr"))
    found = ridge(wide[np.flatnonzero(which)], rows.halves[which, half], penalty)
    own = found.weights[x.shape[1] :] * _SET_SCALE
    share = np.bincount(rows.group[which], minlength=rows.groups) / which.sum()
    return Linear(found.weights[: x.shape[1]], found.intercept + float(own @ share))


def _plain(model: str) -> str:
    return model.rsplit("/", 1)[-1].lower()
