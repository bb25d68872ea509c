"""Outcomes of many models -> the reference panel: how a weaker and a stronger model fare on a request.

Question sets answered by much the same models form a family. Its models are ranked by their mean score and
split in two; the targets are the shares of each half that got a question right. Families differ in their
models, so each has an intercept of its own, which is left out when a request is read; what tells the sets of
one family apart, competition problems from grade-school ones, must be read from the text. Difficulty thus
belongs to the query, and no single model is named.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import brentq
from scipy.special import expit, logit

from router.learn.answers import Answers, Floats, Ints
from router.learn.linear import Linear, ridge

_FEWEST = 4
"""Models that a question set must have to be split in two halves of some weight."""
COVERAGE = 0.5
"""Share of a set's questions that a model must have answered to be in its panel."""
_ALIKE = 0.5
"""Share of the smaller set's models that two sets of one family have in common."""
_FAMILY_SCALE, _SET_SCALE = 3.0, 0.3
"""Size of a family's own column: large, so that the penalty hardly binds its intercept; and of a set's within
its family: small, so that most of what tells sets apart is left to the text."""

_BEYOND = 2.0
"""Logits beyond the stronger half at which the mean is kept exactly: where the best models are."""


@dataclass(frozen=True, slots=True)
class PanelRows:
    """One row per question and family: `at` its prompt, `group` its family's place in `families` (the names
    of its sets), `set` the place of its set among all, `halves` the weaker and the stronger half's means."""

    at: Ints
    group: Ints
    set: Ints
    families: tuple[tuple[str, ...], ...]
    halves: Floats

    @property
    def groups(self) -> int:
        return len(self.families)


def panel_rows(answers: Answers, train: Ints, without: Set[str]) -> PanelRows:
    """The panel's outcomes on the prompts `train`; models named in `without` are not asked."""
    allowed = others(answers, without)
    at, group, sets, halves = [], [], [], []
    families: list[tuple[str, ...]] = []
    order = {source: place for place, source in enumerate(answers.rows)}
    for sources, members in _families(answers, train, allowed):
        rows = np.intersect1d(np.concatenate([answers.rows[source] for source in sources]), train)
        scores = answers.scores[np.ix_(rows, members)]
        ranked = members[np.argsort(np.nanmean(scores, axis=0), kind="stable")]
        split = ranked[: len(ranked) // 2], ranked[len(ranked) // 2 :]
        known = [np.isfinite(answers.scores[np.ix_(rows, half)]).any(axis=1) for half in split]
        rows = rows[known[0] & known[1]]
        at.append(rows)
        group.append(np.full(len(rows), len(families)))
        halves.append(np.stack([np.nanmean(answers.scores[np.ix_(rows, h)], axis=1) for h in split], axis=1))
        own = np.zeros(len(rows), np.int64)
        for source in sources:
            own[np.isin(rows, answers.rows[source])] = order[source]
        sets.append(own)
        families.append(sources)
    if not at:
        nothing = np.zeros(0, np.int64)
        return PanelRows(nothing, nothing, nothing, (), np.zeros((0, 2)))
    return PanelRows(
        np.concatenate(at),
        np.concatenate(group),
        np.concatenate(sets),
        tuple(families),
        np.concatenate(halves),
    )


def others(answers: Answers, without: Set[str]) -> npt.NDArray[np.bool_]:
    """Which models are not named in `without`, by any of their names: an organisation before the slash and
    letter case are no difference."""
    banned = {_plain(model) for model in without}
    return np.array([_plain(model) not in banned for model in answers.models])


def _families(
    answers: Answers, train: Ints, allowed: npt.NDArray[np.bool_]
) -> list[tuple[tuple[str, ...], Ints]]:
    """Question sets by the models they share, each family with the models that answered all of its sets."""
    families: list[tuple[tuple[str, ...], Ints]] = []
    for source, every in answers.rows.items():
        rows = np.intersect1d(every, train)
        if not len(rows):
            continue
        own = np.flatnonzero(allowed & (np.isfinite(answers.scores[rows]).mean(axis=0) >= COVERAGE))
        for at, (sources, members) in enumerate(families):
            shared = np.intersect1d(own, members)
            if len(shared) >= max(_FEWEST, _ALIKE * min(len(own), len(members))):
                families[at] = ((*sources, source), shared)
                break
        else:
            if len(own) >= _FEWEST:
                families.append(((source,), own))
    return families


def fit_half(
    x: sparse.csr_array, rows: PanelRows, half: int, penalty: float, which: npt.NDArray[np.bool_]
) -> Linear:
    """The head of one half (0 weaker, 1 stronger), fitted on the panel rows `which`; for an average set."""
    levels = np.concatenate([_ones(rows.group, _FAMILY_SCALE), _ones(rows.set, _SET_SCALE)], axis=1)
    wide = sparse.csr_array(sparse.hstack([x[rows.at], sparse.csr_array(levels)], format="csr"))
    found = ridge(wide[np.flatnonzero(which)], rows.halves[which, half], penalty)
    level = float((levels[which] @ found.weights[x.shape[1] :]).mean())
    return Linear(found.weights[: x.shape[1]], found.intercept + level)


def stretch_beyond(halves: Floats) -> float:
    """`Reading.beyond` of usual requests with the chances `halves`: at least 1, and such that a model
    `_BEYOND` logits abler than the stronger half has the mean chance that its ability says."""
    high = logit(halves[:, 1])
    wanted = float(logit(halves[:, 1].mean())) + _BEYOND
    shift = brentq(lambda by: float(expit(high + by).mean() - expit(wanted)), 0.0, 4.0 * _BEYOND)
    return max(1.0, float(shift) / _BEYOND)


def _ones(place: Ints, scale: float) -> Floats:
    return np.asarray(scale * np.eye(int(place.max()) + 1)[place])


def _plain(model: str) -> str:
    return model.rsplit("/", 1)[-1].lower()
