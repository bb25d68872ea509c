"""What a request lets expect of a model on an endpoint: chance, output, cost, time, and the sum of them.
Pure.

Money stays whole pico-dollars: an expected failure is a share of the rule's price, rounded once.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.catalog import Endpoint, Model
from router.domain.decision import Candidate
from router.domain.facts import Facts
from router.domain.kinds import Confidence, Objective, Task
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.domain.prices import Price
from router.domain.success import Chance, Curve, chance, curve_of, curve_without_reading
from router.domain.value import value

SHORTEST, LONGEST = 0.25, 4.0
"""Bounds of the reading's output factor: past them the text tells less than the model's own usual length."""


@value
class Outlook:
    """What is the same for every candidate of a request. `curve` is None when nothing is known of difficulty;
    `shares` is the task mix, empty when the task is unknown; `factor` scales usual output lengths."""

    facts: Facts
    rule: Rule
    target: float | None
    cache_warm_s: float
    curve: Curve | None
    shares: Mapping[Task, float]
    factor: float


def outlook(facts: Facts, rule: Rule, target: float | None, cache_warm_s: float) -> Outlook:
    """The outlook of a request under its rule; the reading counts where there is one, else the difficulty."""
    reading = facts.reading
    if reading is not None:
        factor = min(LONGEST, max(SHORTEST, reading.output_factor))
        return Outlook(facts, rule, target, cache_warm_s, curve_of(reading), reading.shares, factor)
    shares = {} if facts.task is None else {facts.task: 1.0}
    curve = None if facts.difficulty is None else curve_without_reading(facts.task, facts.difficulty)
    return Outlook(facts, rule, target, cache_warm_s, curve, shares, 1.0)


def candidate(view: Outlook, model: Model, endpoint: Endpoint, price: Price, healthy: bool) -> Candidate:
    """`model` on `endpoint` with everything that is expected of it at `price`."""
    found = _chance(view, model)
    output = _output(view, model)
    discount = _cache_discount(view, endpoint, price)
    cost = view.facts.input_tokens * price.input + output * price.output - (discount or 0)
    seconds = endpoint.seconds_for(output)
    return Candidate(
        model,
        endpoint,
        None if found is None else found.expected,
        output,
        PicoUSD(cost),
        _meets(view, found),
        healthy,
        found,
        discount,
        seconds,
        _total(view.rule, found, cost, seconds),
    )


def _chance(view: Outlook, model: Model) -> Chance | None:
    if view.curve is None:
        return None
    reading = view.facts.reading
    head = None if reading is None else reading.heads.get(model.name)
    return chance(model.abilities, view.shares, view.curve, head)


def _meets(view: Outlook, found: Chance | None) -> bool | None:
    if view.target is None:
        return None
    if found is None:
        return False
    lower = view.rule.confidence is Confidence.LOWER
    return (found.low if lower else found.expected) >= view.target


def _output(view: Outlook, model: Model) -> int:
    """The model's own usual length on the task mix x the reading's factor, within the limits of the request
    and of the model."""
    shares = view.shares
    if len(shares) > 1:
        usual = sum(share * model.output_for(task) for task, share in shares.items())
    else:
        usual = model.output_for(next(iter(shares), None))
    output = max(1, round(usual * view.factor))
    for limit in (view.facts.max_output_tokens, model.max_output):
        if limit is not None and limit < output:
            output = limit
    return output


def _cache_discount(view: Outlook, endpoint: Endpoint, price: Price) -> PicoUSD | None:
    """What the endpoint's warm prompt cache takes off the price of the input. None: it served no recent
    turn of this conversation, or the price book has no price for reading a cache."""
    previous = view.facts.previous
    if previous is None or previous.endpoint != endpoint.id or previous.model != endpoint.model:
        return None
    if price.cache_read is None or previous.age_s > view.cache_warm_s or not view.cache_warm_s:
        return None
    cached = min(previous.cached_tokens, view.facts.input_tokens)
    return PicoUSD(max(0, cached * (price.input - price.cache_read)))


def _total(rule: Rule, found: Chance | None, cost: int, seconds: float | None) -> PicoUSD | None:
    """Expected cost + (1 - P) x failure cost + seconds x latency cost. None: not asked for, or P unknown."""
    if rule.objective is not Objective.VALUE or rule.failure_cost_pico is None or found is None:
        return None
    total = cost + round((1.0 - found.expected) * rule.failure_cost_pico)
    if rule.latency_cost_pico is not None and seconds is not None:
        total += round(seconds * rule.latency_cost_pico)
    return PicoUSD(total)
