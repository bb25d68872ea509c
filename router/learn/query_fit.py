"""Questions with outcomes -> heads on text: the reference panel's chances, and those of known models.

A known model's head starts from what the panel says, so that few outcomes of its own already help: at first
as the ability formula would (`domain/success`), and the more outcomes there are the more as they say. It is
fitted in two ways whose values are averaged: on the outcomes themselves, and on the mean outcome of each
question's topic (its `task` in the data, shrunk towards what is expected), which says less of one question
but says it of questions without outcomes too. Models that answered the same questions are fitted together, so
that noise in their calibration cannot change by how much one is better than another.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import logit

from router.classify.readable import NAMES
from router.learn.answers import Answers, Floats, Ints
from router.learn.linear import Linear, chance, ridge
from router.learn.panel import fit_half, panel_rows

_ONE_TOPIC = 0.9
_INSIDE = (0.02, 0.98)
"""Mean outcomes beyond these are taken as these: a logit of all right or all wrong says nothing."""
_LEAST_SPAN = 0.1
"""Logits between the panel's halves, as in `domain/success`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The constants of fitting, chosen by cross-validation on the question sets named in the model card.

    Penalties of the panel's heads, of a model's own outcomes and of its topics' means; `start_penalty` of the
    panel's weight in a model's start; `start_prior`: outcomes that count as much as the formula for where
    that weight is shrunk to. `topic_share`: weight of the topic fit. `topic_prior`: outcomes that
    what is expected counts for in a topic's mean. `stretch_prior`: squared deviations that no stretch counts
    for; `shared_prior`: those that the stretch of all models together counts for in each one's. `inner`:
    folds in which the panel is read out of sample, for the heads that start from it."""

    panel_penalty: float = 3.0
    head_penalty: float = 1.0
    topic_penalty: float = 0.7
    start_penalty: float = 5.0
    start_prior: float = 100.0
    topic_share: float = 0.6
    topic_prior: float = 10.0
    stretch_prior: float = 3.0
    shared_prior: float = 20.0
    inner: int = 2


@dataclass(frozen=True, slots=True)
class Panel:
    """Both halves' heads, and the chances they give each prompt: out of sample where they were fitted."""

    heads: tuple[Linear, Linear]
    held: Floats


@dataclass(frozen=True, slots=True)
class Head:
    """P(success) of one model: start . (1, panel's chances) + text."""

    start: Floats
    text: Linear

    def values(self, x: sparse.csr_array, panel: Floats) -> Floats:
        """Not bounded, and so to be calibrated."""
        return np.asarray(self.start[0] + panel @ self.start[1:] + self.text.values(x))

    def chances(self, x: sparse.csr_array, panel: Floats) -> Floats:
        """0..1."""
        return chance(self.values(x, panel))

    def stretched(self, by: float, centre: float) -> Head:
        """The head whose values lie `by` times as far from `centre`."""
        shift = np.array([centre * (1.0 - by), 0.0, 0.0])
        return Head(self.start * by + shift, Linear(self.text.weights * by, self.text.intercept * by))


def fit_panel(
    x: sparse.csr_array, answers: Answers, train: Ints, without: Set[str], recipe: Recipe, seed: int = 0
) -> Panel | None:
    """The panel without the models `without`; None when no question set has enough other models.

    It reads words and size alone: a panel must carry over to kinds of questions it has not seen, and the
    other readable features then say more of a set's form than of a question (0.60 against 0.56 APGR on MMLU
    without any label)."""
    rows = panel_rows(answers, train, without)
    if not rows.groups:
        return None
    narrow = sparse.csr_array(x[:, : x.shape[1] - len(NAMES) + 1])
    inner = np.random.default_rng(seed).integers(0, recipe.inner, len(answers.prompts))[rows.at]
    heads, held = [], []
    for half in (0, 1):
        whole = fit_half(narrow, rows, half, recipe.panel_penalty, np.ones(len(rows.at), bool))
        values = whole.values(narrow)
        for fold in range(recipe.inner):
            part = fit_half(narrow, rows, half, recipe.panel_penalty, inner != fold)
            there = rows.at[inner == fold]
            values[there] = part.values(narrow[there])
        stretch = _stretch(values[rows.at], rows.halves[:, half], rows.group, recipe.stretch_prior)
        centre = values[rows.at].mean()
        unread = np.zeros(x.shape[1] - narrow.shape[1])
        wide = Linear(np.concatenate((whole.weights, unread)), whole.intercept)
        heads.append(wide.stretched(stretch, centre))
        held.append(chance(centre + (values - centre) * stretch))
    return Panel((heads[0], heads[1]), np.stack(held, axis=1))


def fit_heads(
    x: sparse.csr_array,
    y: Floats,
    labelled: Ints,
    train: Ints,
    tasks: npt.NDArray[np.str_],
    panel: Floats,
    recipe: Recipe,
    seed: int = 0,
) -> list[Head]:
    """The heads of models with outcomes `y` (prompts x models) that may be used on `labelled`.

    `train`: prompts like these, answered or not; `panel`: the panel's chances of every prompt (zeros: no
    panel). Penalties and averaging shrink a head's values towards their mean; the stretch that undoes it on
    outcomes the heads have not seen (a straight line, itself shrunk towards none) is found by inner folds.
    Each model's is shrunk towards one that all share: a gain is a difference, and stretching its two ends
    apart on little evidence would distort it."""
    inner = np.random.default_rng(seed).integers(0, recipe.inner, len(labelled))
    held = np.zeros((len(labelled), y.shape[1]))
    for fold in range(recipe.inner):
        there = labelled[inner == fold]
        for model, one in enumerate(y.T):
            part = _uncalibrated(x, one, labelled[inner != fold], train, tasks, panel, recipe)
            held[inner == fold, model] = part.values(x[there], panel[there])
    centre = held.mean(axis=0)
    own = np.tile(np.arange(y.shape[1]), len(labelled))
    shared = _stretch(held.ravel(), y[labelled].ravel(), own, recipe.stretch_prior * y.shape[1])
    alone = np.zeros(len(labelled), np.int_)
    stretches = [
        _stretch(one, seen, alone, recipe.shared_prior, shared)
        for one, seen in zip(held.T, y[labelled].T, strict=True)
    ]
    whole = (_uncalibrated(x, one, labelled, train, tasks, panel, recipe) for one in y.T)
    return [
        head.stretched(stretch, middle)
        for head, stretch, middle in zip(whole, stretches, centre, strict=True)
    ]


def _stretch(held: Floats, y: Floats, group: Ints, prior: float, towards: float = 1.0) -> float:
    """The slope of outcomes over held-out values, each from its group's mean; shrunk towards `towards`."""
    of = held - _group_means(held, group)
    return float((of @ (y - _group_means(y, group)) + prior * towards) / (of @ of + prior))


def _group_means(values: Floats, group: Ints) -> Floats:
    return np.asarray((np.bincount(group, values) / np.maximum(np.bincount(group), 1))[group])


def _uncalibrated(
    x: sparse.csr_array,
    y: Floats,
    labelled: Ints,
    train: Ints,
    tasks: npt.NDArray[np.str_],
    panel: Floats,
    recipe: Recipe,
) -> Head:
    start = _start(panel, y, labelled, train, recipe)
    expected = start[0] + panel @ start[1:]
    direct = ridge(x[labelled], (y - expected)[labelled], recipe.head_penalty)
    if _one_topic(tasks[train]):
        smooth = Linear(np.zeros(x.shape[1]), float((y - expected)[labelled].mean()))
    else:
        means = _topic_means(tasks, train, labelled, y, expected, recipe.topic_prior)
        smooth = ridge(x[train], (means - expected)[train], recipe.topic_penalty)
    return Head(start, direct.plus(smooth, recipe.topic_share))


def _start(panel: Floats, y: Floats, labelled: Ints, train: Ints, recipe: Recipe) -> Floats:
    """Intercept and weights of the panel's two chances in a model's expected outcome.

    The weights are shrunk towards the ability formula's, drawn straight: a model as able as the weaker half
    goes with that half, and so on, and a change in the panel's chance counts as the slopes p (1 - p) of the
    two logistic curves say. The formula's order is better than that of a few dozen outcomes and worse than
    that of many, so it fades as they come."""
    if not panel.any():
        return np.array([float(y[labelled].mean()), 0.0, 0.0])
    mean = float(np.clip(y[labelled].mean(), *_INSIDE))
    usual = panel[train].mean(axis=0)
    low, high = logit(usual)
    share = float(np.clip((logit(mean) - low) / max(high - low, _LEAST_SPAN), 0.0, 1.0))
    formula = np.array([1.0 - share, share]) * mean * (1.0 - mean) / (usual * (1.0 - usual))
    towards = formula * recipe.start_prior / (recipe.start_prior + len(labelled))
    found = ridge(panel[labelled], y[labelled] - panel[labelled] @ towards, recipe.start_penalty)
    return np.concatenate(([found.intercept], found.weights + towards))


def _one_topic(tasks: npt.NDArray[np.str_]) -> bool:
    """Whether nearly all prompts are of one topic, whose mean then says nothing of their order."""
    return bool(np.unique(tasks, return_counts=True)[1].max() > _ONE_TOPIC * len(tasks))


def _topic_means(
    tasks: npt.NDArray[np.str_], train: Ints, labelled: Ints, y: Floats, expected: Floats, prior: float
) -> Floats:
    """The mean outcome of each prompt's topic, shrunk by `prior` outcomes towards what is expected of it."""
    means = np.full(len(tasks), np.nan)
    for topic in np.unique(tasks[train]):
        members = train[tasks[train] == topic]
        known = labelled[tasks[labelled] == topic]
        means[members] = (y[known].sum() + prior * expected[members].mean()) / (len(known) + prior)
    return means
