"""Cross-validated measurement of routing between several models with prices: the cost-quality curve.

At each price of a failure V the router sends a question to the model with the largest P(success) V - expected
cost; sweeping V gives the curve. Baselines at the same prices: each model alone, the per-task table (which is
told each question's task), and the oracle, which knows who will be right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from router.learn.answers import Answers, Floats, Ints
from router.learn.data import BadData
from router.learn.folds import Fold, answered, folds, learned, task_table
from router.learn.lengths import factor, fit_factor, usual
from router.learn.query_fit import Recipe
from router.learn.space import Corpus

CHARS_PER_TOKEN = 4.0
"""Characters of English text to a token, about; the data counts characters."""
VALUES = np.concatenate(([0.0], np.logspace(-6, 2, 161)))
"""US dollars that a right answer is worth, from nothing to everything."""
_ROUNDS = 300


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars per million tokens. Floats: these are measurements of routers, never money of a ledger."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class Route:
    """One way of routing: for each price of a failure the score and cost (US dollars) of every question."""

    score: Floats
    cost: Floats

    def hull(self) -> tuple[Floats, Floats]:
        """The non-decreasing convex hull: cost and score of the points that mixing cannot beat."""
        return hull(self.score.mean(axis=1), self.cost.mean(axis=1))

    def aiq(self) -> float:
        """Average improvement in quality (RouterBench, arXiv 2403.12031): area under the hull over its cost
        range."""
        cost, score = self.hull()
        width = cost[-1] - cost[0]
        return float(np.trapezoid(score, cost) / width) if width > 0 else float(score[-1])


@dataclass(frozen=True, slots=True)
class TierResult:
    """One question set, or all together. `alone[model]` has score and cost (US dollars) of every question,
    `expected[model]` the cost that was expected of it before; `fold` is the fold that a question was held
    out in."""

    source: str
    questions: int
    alone: Mapping[str, tuple[Floats, Floats]]
    best: str
    routes: Mapping[str, Route]
    probability: Mapping[str, Floats]
    right: Mapping[str, Floats]
    expected: Mapping[str, Floats]
    fold: Ints

    @property
    def single(self) -> dict[str, tuple[float, float]]:
        """Mean score and mean cost of each model alone."""
        return {model: (float(s.mean()), float(c.mean())) for model, (s, c) in self.alone.items()}

    def savings(self, route: str, share: float) -> tuple[float, float, float]:
        """1 - the least cost at which `share` of the best single model's score is reached / its cost,
        with a 90% bootstrap interval (Efron 1979). Always using the best model is one of the settings that
        may be mixed, so that no share is out of reach: then the saving is 0."""
        return self.saved_by(self.routes[route], share)

    def saved_by(self, found: Route, share: float) -> tuple[float, float, float]:
        """The same for any way of choosing among these models."""
        best = self.alone[self.best]
        rng = np.random.default_rng(0)
        picks = rng.multinomial(self.questions, np.full(self.questions, 1.0 / self.questions), _ROUNDS).T
        weights = np.concatenate([np.ones((self.questions, 1)), picks], axis=1) / self.questions
        score, cost = (
            np.vstack([part, one]) @ weights
            for part, one in zip((found.score, found.cost), best, strict=True)
        )
        every = [1.0 - _least_cost(s, c, share * s[-1]) / c[-1] for s, c in zip(score.T, cost.T, strict=True)]
        low, high = np.quantile(every[1:], [0.05, 0.95])
        return every[0], float(low), float(high)


@dataclass(frozen=True, slots=True)
class TierPlan:
    """What to measure: `models` at `prices`. `labels`: outcomes of each model that a fold may learn from in
    each question set (None: all). `sets`: those to measure on; empty: all that fit."""

    models: tuple[str, ...]
    prices: Mapping[str, TokenPrice]
    labels: int | None
    folds: int = 5
    seed: int = 0
    sets: tuple[str, ...] = ()


def measure_tiers(
    answers: Answers, corpus: Corpus, plan: TierPlan, recipe: Recipe, done: Callable[[], None]
) -> list[TierResult]:
    """A result for each question set that all models answered with known lengths, and one for all of them;
    `done` is called after each fold. Raises BadData."""
    usable = _usable(answers, plan.models, plan.sets)
    right = np.stack([answers.column(model) for model in plan.models], axis=1)
    chances, expected, table = (np.full(right.shape, np.nan) for _ in range(3))
    held_in = np.zeros(len(right), dtype=np.int64)
    every_fold = folds(answers, corpus, set(plan.models), plan.folds, plan.seed, recipe)
    for number, fold in enumerate(every_fold):
        held_in[fold.test] = number
        lengths = _lengths(fold, answers, plan.models)
        for rows in usable.values():
            test = np.intersect1d(fold.test, rows)
            known = answered(fold, answers, right, rows, plan.labels)
            chances[test] = learned(fold, answers, right, rows, known, recipe)
            table[test] = task_table(answers, right, known)[test]
            for at, model in enumerate(plan.models):
                expected[test, at] = _costs(answers, test, lengths[test, at], plan.prices[model])
        done()
    measured = _Measured(answers, plan, chances, expected, table, held_in)
    results = [_result(source, rows, measured) for source, rows in usable.items()]
    if len(usable) > 1:
        results.append(_result("all", np.unique(np.concatenate(list(usable.values()))), measured))
    return results


def _lengths(fold: Fold, answers: Answers, models: tuple[str, ...]) -> Floats:
    """Expected characters of each model's answer to every prompt."""
    head = fit_factor(fold.x, answers, fold.train, np.unique(answers.tasks, return_inverse=True)[1])
    longer = np.ones(len(answers.prompts)) if head is None else factor(head, fold.x)
    return np.stack([np.exp(usual(answers, model, fold.train)) * longer for model in models], axis=1)


def _usable(answers: Answers, models: tuple[str, ...], sets: tuple[str, ...]) -> dict[str, Ints]:
    columns = [answers.models.index(model) for model in models]
    known = np.isfinite(answers.scores[:, columns]) & np.isfinite(answers.chars[:, columns])
    whole = np.flatnonzero(known.all(axis=1))
    found = {s: np.intersect1d(rows, whole) for s, rows in answers.rows.items() if not sets or s in sets}
    found = {source: rows for source, rows in found.items() if len(rows) >= 50}
    if not found:
        raise BadData(
            f"no question set has 50 questions that all of {', '.join(models)} answered with lengths"
        )
    return found


def _costs(answers: Answers, at: Ints, chars: Floats, price: TokenPrice) -> Floats:
    asked = np.array([len(answers.prompts[i]) for i in at], dtype=np.float64)
    return (asked * price.input + chars * price.output) / CHARS_PER_TOKEN / 1e6


@dataclass(frozen=True, slots=True)
class _Measured:
    """Held-out chances, expected costs and the table's chances: prompts x models; the fold of
    each prompt."""

    answers: Answers
    plan: TierPlan
    chances: Floats
    expected: Floats
    table: Floats
    held_in: Ints


def _result(source: str, rows: Ints, measured: _Measured) -> TierResult:
    answers, models, prices = measured.answers, measured.plan.models, measured.plan.prices
    probability, expected, table = measured.chances, measured.expected, measured.table
    held_in = measured.held_in
    columns = np.array([answers.models.index(model) for model in models])
    score = answers.scores[np.ix_(rows, columns)]
    chars = answers.chars[np.ix_(rows, columns)]
    cost = np.stack(
        [_costs(answers, rows, chars[:, i], prices[model]) for i, model in enumerate(models)], axis=1
    )
    alone = {m: (score[:, i], cost[:, i]) for i, m in enumerate(models)}
    best = max(alone, key=lambda model: (alone[model][0].mean(), -alone[model][1].mean()))
    routes = {
        "router": _sweep(probability[rows], expected[rows], score, cost),
        "task table": _sweep(table[rows], expected[rows], score, cost),
        "oracle": _sweep(score, cost, score, cost),
    }
    return TierResult(
        source,
        len(rows),
        alone,
        best,
        routes,
        {m: probability[rows, i] for i, m in enumerate(models)},
        {m: score[:, i] for i, m in enumerate(models)},
        {m: expected[rows, i] for i, m in enumerate(models)},
        held_in[rows],
    )


def _sweep(promise: Floats, expected: Floats, score: Floats, cost: Floats) -> Route:
    every = np.arange(len(score))
    chosen = [np.argmax(value * promise - expected, axis=1) for value in VALUES]
    return Route(
        np.stack([score[every, choice] for choice in chosen]),
        np.stack([cost[every, choice] for choice in chosen]),
    )


def hull(score: Floats, cost: Floats) -> tuple[Floats, Floats]:
    points: list[tuple[float, float]] = []
    for c, s in sorted(zip(cost.tolist(), score.tolist(), strict=True)):
        if points and s <= points[-1][1]:
            continue
        while len(points) >= 2 and _below(points[-2], points[-1], (c, s)):
            points.pop()
        points.append((c, s))
    found = np.array(points)
    return found[:, 0], found[:, 1]


def _below(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether `b` lies on or under the line from `a` to `c`."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])


def _least_cost(score: Floats, cost: Floats, wanted: float) -> float:
    """Cost at which the hull reaches `wanted`, mixing two neighbouring settings."""
    at, reached = hull(score, cost)
    return float(np.interp(wanted, reached, at))
