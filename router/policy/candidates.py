"""What a request lets expect of a model on an endpoint: chance, output, cost, time, their sum. Pure.

Money stays whole pico-dollars: an expected failure is a share of the rule's price, rounded once.
"""

from __future__ import annotations

from typing import cast

from router.domain.catalog import Endpoint, Model
from router.domain.decision import Candidate
from router.domain.facts import Facts
from router.domain.kinds import Confidence
from router.domain.load import Load, service_seconds
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.domain.prices import Price
from router.domain.rates import Rates
from router.domain.reading import LONGEST, SHORTEST
from router.domain.success import Chance, Curve, Mix, chance, chance_at, curve_of, curve_without_reading
from router.domain.value import value
from router.policy.shortlist import Offer


@value
class Outlook:
    """What is the same for every candidate of a request. `curve` is None when nothing is known of difficulty;
    `mix` is the task mix, empty when the task is unknown; `factor` scales usual output lengths."""

    facts: Facts
    rule: Rule
    target: float | None
    cache_warm_s: float
    curve: Curve | None
    mix: Mix
    factor: float


def outlook(facts: Facts, rule: Rule, target: float | None, cache_warm_s: float) -> Outlook:
    """The outlook of a request under its rule; the reading counts where there is one, else the difficulty."""
    reading = facts.reading
    if reading is not None:
        factor = min(LONGEST, max(SHORTEST, reading.output_factor))
        shares = tuple(reading.shares.items())
        return Outlook(facts, rule, target, cache_warm_s, curve_of(reading), shares, factor)
    mix: Mix = () if facts.task is None else ((facts.task, 1.0),)
    curve = None if facts.difficulty is None else curve_without_reading(facts.task, facts.difficulty)
    return Outlook(facts, rule, target, cache_warm_s, curve, mix, 1.0)


class Prospect:
    """What is expected of a model wherever it runs; `chance` is None when nothing is known of difficulty.
    Most endpoints of a model have one price, so what the last one came to is kept: its `rates` for the
    request, and the `cost` at them without any cache."""

    __slots__ = ("chance", "cost", "expected", "meets_target", "output", "price", "rates")

    def __init__(self, chance: Chance | None, output: int, meets_target: bool | None) -> None:
        self.chance = chance
        self.expected = None if chance is None else chance.expected
        self.output = output
        self.meets_target = meets_target
        self.price: Price | None = None
        self.rates: Rates
        self.cost: PicoUSD

    def quote(self, facts: Facts, price: Price) -> None:
        """Goes by `price` from now on."""
        rates = price.expected(facts.input_tokens, facts.now)
        self.price, self.rates = price, rates
        self.cost = PicoUSD(facts.input_tokens * rates.input + self.output * rates.output)


def prospect(view: Outlook, offer: Offer) -> Prospect:
    """Worked out once for all endpoints of a model."""
    facts, target, curve, found = view.facts, view.target, view.curve, None
    if curve is not None and facts.reading is None:
        found = chance_at(offer.ability, curve)
    elif curve is not None and facts.reading is not None:
        head = facts.reading.heads.get(offer.model.name)
        found = chance(offer.model.abilities, view.mix, curve, head)
    meets = None
    if target is not None:
        meets = found is not None and _judged(view.rule, found) >= target
    return Prospect(found, _output(view, offer), meets)


def candidate(
    view: Outlook,
    expected: Prospect,
    model: Model,
    endpoint: Endpoint,
    price: Price,
    healthy: bool,
    load: Load | None = None,
) -> Candidate:
    """`model` on `endpoint` with everything that is expected of it at `price` and under `load`."""
    output = expected.output
    if price is not expected.price:
        expected.quote(view.facts, price)
    cost, late = expected.cost, False
    discount = total = seconds = waited = None
    if view.facts.previous is not None:
        discount = _cache_discount(view, endpoint, expected.rates)
        if discount is not None:
            cost = cast(PicoUSD, cost - discount)
    if load is not None:
        seconds, waited = _under(load, endpoint, output)
    elif endpoint.tokens_per_second is not None:
        seconds = waited = endpoint.seconds_for(output)
    rule = view.rule
    if load is not None or rule.latency_target is not None:
        late = _late(rule.latency_target, load, waited)
    if rule.failure_cost_pico is not None and expected.expected is not None:
        total = _total(rule, rule.failure_cost_pico, expected.expected, cost, waited)
    return Candidate(
        model,
        endpoint,
        price,
        expected.expected,
        output,
        cost,
        expected.meets_target,
        healthy,
        expected.chance,
        discount,
        seconds,
        total,
        load,
        late,
    )


def _under(load: Load, endpoint: Endpoint, output: int) -> tuple[float | None, float | None]:
    """Seconds until the complete answer, None where not known; and as many of them as are known."""
    service, wait = service_seconds(endpoint, load, output), load.wait_s or 0.0
    if service is None:
        return None, wait or None
    return (None if load.wait_s is None else service + wait), service + wait


def _late(target: float | None, load: Load | None, waited: float | None) -> bool:
    if load is not None and load.full:
        return True
    return target is not None and waited is not None and waited > target


def _judged(rule: Rule, found: Chance) -> float:
    """What the quality target is held against."""
    return found.low if rule.confidence is Confidence.LOWER else found.expected


def _output(view: Outlook, offer: Offer) -> int:
    """The model's own usual length on the task mix x the reading's factor, within the limits of the request
    and of the model."""
    facts, model, output = view.facts, offer.model, offer.output
    if facts.reading is not None:
        usual = 0.0
        for task, share in view.mix:
            usual += share * model.output_for(task)
        output = round((usual or model.expected_output_default) * view.factor) or 1
    asked, most = facts.max_output_tokens, model.max_output
    if asked is not None and asked < output:
        output = asked
    return most if most is not None and most < output else output


def _cache_discount(view: Outlook, endpoint: Endpoint, rates: Rates) -> PicoUSD | None:
    """What the endpoint's warm prompt cache takes off the price of the input. None: it served no recent
    turn of this conversation, or the price book has no price for reading a cache."""
    previous = view.facts.previous
    if previous is None or previous.endpoint != endpoint.id or previous.model != endpoint.model:
        return None
    if rates.cache_read is None or previous.age_s > view.cache_warm_s or not view.cache_warm_s:
        return None
    cached = min(previous.cached_tokens, view.facts.input_tokens)
    return PicoUSD(max(0, cached * (rates.input - rates.cache_read)))


def _total(rule: Rule, failure_cost: int, p_success: float, cost: int, seconds: float | None) -> PicoUSD:
    """Expected cost + (1 - P) x failure cost + seconds x latency cost."""
    total = cost + round((1.0 - p_success) * failure_cost)
    if rule.latency_cost_pico is not None and seconds is not None:
        total += round(seconds * rule.latency_cost_pico)
    return PicoUSD(total)
