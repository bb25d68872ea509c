"""Who of the candidates comes first: the sort keys of `policy/order`, one matrix per place of the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from router.domain.catalog import Model
from router.domain.facts import Facts
from router.domain.kinds import Objective, OnError
from router.domain.policy import Rule
from router.lifecycle.replay.columns import Bools, Floats, Ints, Units
from router.lifecycle.replay.outlook import CLOSE
from router.policy.spread import SLOWER

EXACT = float(2**53)
"""Whole numbers up to here are exact as floats; dearer requests go through `decide`."""
_UNKNOWN_P = -1.0


class Order(IntEnum):
    """The kinds of order that `policy/order` knows."""

    TIERS = 0
    BEST = 1
    VALUE = 2
    CHEAPEST = 3
    SAMPLED = 4


def order_of(rule: Rule, facts: Facts) -> Order:
    """Which of them it takes."""
    if facts.classifier_failed and rule.on_error is OnError.ESCALATE:
        return Order.TIERS
    if rule.tiers and facts.pin.kind == "auto":
        return Order.TIERS
    if rule.objective is Objective.BEST:
        return Order.BEST
    if rule.objective is Objective.BEST_OF_N:
        return Order.SAMPLED
    return Order.VALUE if rule.objective is Objective.VALUE else Order.CHEAPEST


def tier_places(rule: Rule, facts: Facts, models: Sequence[Model]) -> list[float]:
    """Where the tier of each model stands in an order by tiers; those of no candidate do not matter."""
    if facts.classifier_failed and rule.on_error is OnError.ESCALATE:
        return [-float(model.tier.rank) for model in models]
    places = {tier: float(n) for n, tier in enumerate(rule.tiers)}
    return [places.get(model.tier, 0.0) for model in models]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Matrices, requests x endpoints. `judged` is P(success) as the target is held against it, `p` the
    estimate, both -1 where not known; `total` the expected total of objective `value`, infinite where not
    known; `meets` is true without a target. `order`, `incumbent` and `stayed` (-1: none) one per request;
    `same` tells endpoints of one model, `seconds` their time (NaN: not known) and `weights` their draw.
    `share` is how far `total` may be off."""

    may: Bools
    away: Floats
    tier: Floats
    cost: Floats
    p: Floats
    judged: Floats
    meets: Bools
    total: Floats
    order: Ints
    incumbent: Ints
    stayed: Ints
    staying: Bools
    slack: Floats
    model_of: Ints
    seconds: Floats
    weights: Units


def first_of(found: Candidates) -> tuple[Ints, Bools]:
    """The first candidate of every request (its endpoint's column; meaningless where there is none), and
    which are too close to call."""
    left = found.may.copy()
    close = np.zeros(len(left), np.bool_)
    by_value, by_tier = found.order == Order.VALUE, found.order == Order.TIERS
    sampled = found.order == Order.SAMPLED
    best, cheapest = found.order == Order.BEST, found.order == Order.CHEAPEST
    missed = ~found.meets & (cheapest | by_value)[:, None]
    _keep_least(left, found.away)
    _keep_least(left, np.where(by_tier[:, None], found.tier, missed))
    promising = (best | (cheapest & (left & missed).any(axis=1)))[:, None]
    promise = -np.where(best[:, None], found.p, found.judged)
    second = np.where(promising, promise, np.where(by_value[:, None], found.total, found.cost))
    slack = np.where(promising[:, 0], CLOSE, np.where(by_value, found.slack, 0.0))
    close |= _near(left, second, slack, found.model_of) & (promising[:, 0] | by_value)
    _keep_least(left, second)
    third = np.where(cheapest[:, None] & ~promising, -found.p, found.cost)
    close |= _near(left, third, np.full(len(left), CLOSE), found.model_of) & cheapest & ~promising[:, 0]
    _keep_least(left, third)
    rows = np.arange(len(left))
    tied = left[rows, found.incumbent] & ~sampled  # the cheapest in the catalog's order is sampled
    stays = (found.incumbent >= 0) & (tied | found.staying)
    return np.where(stays, found.incumbent, _spread(left, found, sampled)), close


def _spread(left: Bools, found: Candidates, sampled: Bools) -> Ints:
    """Of the first model's endpoints among `left` the one that `policy/spread` takes where all are idle."""
    first = left.argmax(axis=1)
    group = left & (found.model_of[None, :] == found.model_of[first][:, None])
    seconds = np.where(group & (found.seconds == found.seconds), found.seconds, np.inf)
    fastest = seconds.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        fit = group & ~((seconds != np.inf) & (seconds > SLOWER * fastest))
    # Plus one: an endpoint of weight 0 is still before one that does not fit.
    drawn = np.where(
        fit, np.broadcast_to(found.weights, fit.shape) // np.uint64(2) + np.uint64(1), np.uint64(0)
    )
    kept = (found.stayed >= 0) & group[np.arange(len(group)), found.stayed]
    return np.asarray(np.where(sampled, first, np.where(kept, found.stayed, drawn.argmax(axis=1))))


def _keep_least(left: Bools, key: Floats) -> None:
    """Only those of `left` with the smallest key of their request stay."""
    kept = np.where(left, key, np.inf)
    left &= kept == kept.min(axis=1, keepdims=True)


def _near(left: Bools, key: Floats, slack: Floats, model_of: Ints) -> Bools:
    """Whether another model is nearly as good as the best of `left`: endpoints of one model are compared
    exactly, because their figures are the same."""
    kept = np.where(left, key, np.inf)
    best = kept.argmin(axis=1)
    least = kept[np.arange(len(kept)), best]
    with np.errstate(invalid="ignore"):  # infinite minus infinite: nothing is known of either
        near = left & (kept - least[:, None] <= slack[:, None])
    return np.asarray((near & (model_of[None, :] != model_of[best][:, None])).any(axis=1))
