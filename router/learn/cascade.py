"""Verify, then escalate, simulated on recorded outcomes: what a check of given error rates would have bought.

At each price of a failure V every question gets the chain with the largest P(success) V - expected cost, by
the formula that the gateway decides with (`router/domain/cascade.py`) and held-out chances; then the chain is
played on what the models really did, rejections taken at their probabilities, so that nothing is drawn.
The check is taken to err alike on every answer, and independently. Must not fit anything: the chances are
those of `tiers`, and a setting that is judged on a fold is chosen on the other ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from router.domain.cascade import MOST, Check, ascending, chained, selections, step
from router.learn.answers import Floats
from router.learn.tiers import VALUES, Route, TierResult, hull

_PICO = 1e12
CHAINS = 2**MOST - 1


@dataclass(frozen=True, slots=True)
class Rates:
    """A check: `false_accept` = P(passed | wrong), `false_reject` = P(failed | right), 0..1 each."""

    false_accept: float
    false_reject: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """What one check brings on one question set. `calls`: upstream calls per question at each setting;
    `unread`: the same with one chain for all questions, chosen without reading any."""

    rates: Rates
    route: Route
    calls: Floats
    unread: Route


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A setting chosen on the other folds, judged on each fold in turn: cost saved and score reached,
    both as shares of the best single model's, with the saving's 90% bootstrap interval."""

    saved: float
    interval: tuple[float, float]
    reached: float


def simulate(result: TierResult, checks: Sequence[Rates]) -> list[Simulated]:
    """One result for each check."""
    return [Simulated(rates, *_read(result, rates), _unread(result, rates)) for rates in checks]


def _read(result: TierResult, rates: Rates) -> tuple[Route, Floats]:
    """Each question's best chain at each price of a failure."""
    shape = (result.questions, CHAINS)
    promise, expected = np.zeros(shape), np.full(shape, np.inf)
    score, cost, calls = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for at in range(result.questions):
        for number, (chain, right, spent) in enumerate(_planned(result, at, rates)):
            promise[at, number], expected[at, number] = right, spent
            score[at, number], cost[at, number], calls[at, number] = _played(result, at, chain, rates)
    every = np.arange(result.questions)
    picks = [np.argmax(value * promise - expected, axis=1) for value in VALUES]
    route = Route(np.stack([score[every, pick] for pick in picks]), np.stack([cost[every, p] for p in picks]))
    return route, np.stack([calls[every, pick] for pick in picks]).mean(axis=1)


def _planned(result: TierResult, at: int, rates: Rates) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """The chains of one question with their expected P(success) and cost in US dollars."""
    models = list(result.alone)
    points = [(float(result.expected[m][at]), float(result.probability[m][at])) for m in models]
    check = Check("check", 1.0, rates.false_accept, rates.false_reject)
    steps = [step(p, round(usd * _PICO), None, check) for usd, p in points]
    for chain in selections(ascending(points)):
        found = chained([steps[one] for one in chain])
        yield tuple(models[one] for one in chain), found.p_success, found.cost / _PICO


def _played(result: TierResult, at: int, chain: Sequence[str], rates: Rates) -> tuple[float, float, float]:
    """Mean score, cost (US dollars) and calls of a chain on a question whose outcomes are known. If every
    answer is rejected, the one that was most promising is given."""
    score = cost = calls = most = left = 0.0
    asked = 1.0
    for model in chain:
        right, spent = (float(part[at]) for part in result.alone[model])
        turned = right * rates.false_reject + (1.0 - right) * (1.0 - rates.false_accept)
        promise = float(result.probability[model][at])
        calls += asked
        cost += asked * spent
        score += asked * right * (1.0 - rates.false_reject)
        if promise >= most:
            most, left = promise, asked * right * rates.false_reject
        else:
            left *= turned
        asked *= turned
    return score + left, cost, calls


def _unread(result: TierResult, rates: Rates) -> Route:
    """Every chain as a setting of its own, the same for all questions."""
    points = [(float(cost.mean()), float(score.mean())) for score, cost in result.alone.values()]
    models = list(result.alone)
    rows = []
    for chain in selections(ascending(points)):
        named = [models[one] for one in chain]
        rows.append([_played(result, at, named, rates)[:2] for at in range(result.questions)])
    table = np.array(rows)
    return Route(table[:, :, 0], table[:, :, 1])


def elsewhere(result: TierResult, route: Route, share: float, rounds: int = 300) -> Elsewhere:
    """`route` at the cheapest mix of two settings that reaches `share` of the best model's score on the
    other folds; always using the best model is one of the settings."""
    best_score, best_cost = result.alone[result.best]
    scores, costs = np.vstack([route.score, best_score]), np.vstack([route.cost, best_cost])
    score, cost = np.zeros(result.questions), np.zeros(result.questions)
    for fold in np.unique(result.fold):
        test = result.fold == fold
        wanted = share * best_score[~test].mean()
        for setting, weight in _mix(scores[:, ~test].mean(axis=1), costs[:, ~test].mean(axis=1), wanted):
            score[test] += weight * scores[setting, test]
            cost[test] += weight * costs[setting, test]
    rng = np.random.default_rng(0)
    n = result.questions
    picks = rng.multinomial(n, np.full(n, 1.0 / n), rounds).astype(np.float64)
    low, high = np.quantile(1.0 - (picks @ cost) / (picks @ best_cost), [0.05, 0.95])
    saved = 1.0 - cost.sum() / best_cost.sum()
    return Elsewhere(float(saved), (float(low), float(high)), float(score.sum() / best_score.sum()))


def mixed(result: TierResult, route: Route, share: float) -> list[tuple[int, float]]:
    """The settings of `route`, and their weights, that reach `share` of the best model's score at the least
    cost; the setting after the last is that model alone."""
    best_score, best_cost = result.alone[result.best]
    score = np.append(route.score.mean(axis=1), best_score.mean())
    cost = np.append(route.cost.mean(axis=1), best_cost.mean())
    return _mix(score, cost, share * float(best_score.mean()))


def saving(result: TierResult, route: Route, share: float) -> float:
    """What `TierResult.saved_by` gives, without its interval."""
    best_cost = result.alone[result.best][1].mean()
    cost = np.append(route.cost.mean(axis=1), best_cost)
    return float(1.0 - sum(weight * cost[at] for at, weight in mixed(result, route, share)) / best_cost)


def _mix(score: Floats, cost: Floats, wanted: float) -> list[tuple[int, float]]:
    """Settings and their weights: the two neighbours on the hull between which `wanted` lies."""
    at, reached = hull(score, cost)
    above = int(np.searchsorted(reached, wanted))
    if above >= len(at):
        above = len(at) - 1
        return [(_found(score, cost, at[above], reached[above]), 1.0)]
    if above == 0:
        return [(_found(score, cost, at[0], reached[0]), 1.0)]
    weight = (wanted - reached[above - 1]) / (reached[above] - reached[above - 1])
    ends = [(above - 1, 1.0 - weight), (above, weight)]
    return [(_found(score, cost, at[one], reached[one]), float(part)) for one, part in ends]


def _found(score: Floats, cost: Floats, wanted_cost: float, wanted_score: float) -> int:
    return int(np.flatnonzero((cost == wanted_cost) & (score == wanted_score))[0])


def shared_difficulty(result: TierResult) -> float:
    """S of `router/domain/cascade.py` by maximum likelihood on a grid of quarters, given the held-out
    chances: how much of a question's difficulty its text does not tell, in logits."""
    p = np.clip(np.stack(list(result.probability.values()), axis=1), 0.001, 0.999)
    right = np.stack(list(result.right.values()), axis=1)
    z, weight = np.polynomial.hermite_e.hermegauss(15)
    grid = np.arange(0.0, 4.01, 0.25)
    return float(max(grid, key=lambda shared: _likelihood(p, right, shared, z, weight / weight.sum())))


def _likelihood(p: Floats, right: Floats, shared: float, z: Floats, weight: Floats) -> float:
    middle = np.log(p / (1.0 - p)) * np.sqrt(1.0 + 0.346 * shared**2)
    at = 1.0 / (1.0 + np.exp(-(middle[..., None] + shared * z)))
    mean = (at * weight).sum(axis=-1, keepdims=True)
    known = p[..., None]
    at = np.where(known < mean, at * known / mean, 1.0 - (1.0 - at) * (1.0 - known) / (1.0 - mean))
    seen = right[..., None] * at + (1.0 - right[..., None]) * (1.0 - at)
    return float(np.log((seen.prod(axis=1) * weight).sum(axis=-1)).mean())
