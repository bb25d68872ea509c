"""The decision: policy x catalog x prices x health -> ordered candidates, with reasons. Pure.

P(success) = 1 / (1 + exp(-8 (ability - difficulty))), the one-parameter logistic item response model with
both numbers on 0..1: a model whose ability on the task equals the difficulty is right half of the time, one
0.3 above it 92% of the time. Must not read a clock, the environment, the network or a database.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp

from router.domain.catalog import Catalog, Endpoint, Model
from router.domain.decision import Candidate, Constraint, Decision, Removed
from router.domain.facts import Facts
from router.domain.kinds import Objective, OnError
from router.domain.money import PicoUSD
from router.domain.policy import Policy, Rule
from router.domain.prices import PriceBook
from router.policy.constraints import broken

DISCRIMINATION = 8.0
"""Slope of the success curve. Chosen so that 0.14 of ability is one logit on the 0..1 scale."""

_UNKNOWN_P = -1.0


def decide(
    facts: Facts,
    policy: Policy,
    catalog: Catalog,
    prices: PriceBook,
    unhealthy: frozenset[str] = frozenset(),
) -> Decision:
    """The candidates for `facts` in the order in which they are to be tried, and who was removed and why.

    `unhealthy` names endpoints whose circuit is open: they are ordered last, not removed.
    """
    rule = next(rule for rule in policy.rules if rule.holds(facts))
    target = _target(rule, facts)
    if rule.deny is not None:
        return Decision(rule, (), (), target, denied=rule.deny)
    if facts.classifier_failed and rule.on_error is OnError.DENY:
        return Decision(rule, (), (), target, denied="the request could not be classified")
    candidates: list[Candidate] = []
    removed: list[Removed] = []
    for model in catalog.models.values():
        for endpoint in model.endpoints:
            reason = broken(facts, policy, rule, model, endpoint)
            if reason is not None:
                removed.append(Removed(model.name, endpoint.id, *reason))
                continue
            estimate = _estimate(facts, model, endpoint, prices, target, unhealthy)
            if isinstance(estimate, Candidate) and _affordable(rule, estimate):
                candidates.append(estimate)
            else:
                removed.append(_unaffordable(rule, model, endpoint, estimate))
    candidates.sort(key=_order(rule, facts))
    return Decision(rule, tuple(candidates), tuple(removed), target, note=_note(candidates, target))


def success(ability: float, difficulty: float) -> float:
    """P(success) from 0 to 1 of a model of `ability` at `difficulty`, both 0..1."""
    return 1.0 / (1.0 + exp(-DISCRIMINATION * (ability - difficulty)))


def _target(rule: Rule, facts: Facts) -> float | None:
    """An app may ask for more quality than the rule, never for less."""
    if rule.quality_target is None or facts.quality is None:
        return facts.quality if rule.quality_target is None else rule.quality_target
    return max(rule.quality_target, facts.quality)


def _estimate(
    facts: Facts,
    model: Model,
    endpoint: Endpoint,
    prices: PriceBook,
    target: float | None,
    unhealthy: frozenset[str],
) -> Candidate | None:
    price = prices.find(model.name, endpoint.id, facts.now)
    if price is None:
        return None
    output = model.output_for(facts.task)
    if facts.max_output_tokens is not None:
        output = min(output, facts.max_output_tokens)
    p_success = None if facts.difficulty is None else success(model.ability_for(facts.task), facts.difficulty)
    return Candidate(
        model,
        endpoint,
        price,
        p_success,
        output,
        PicoUSD(facts.input_tokens * price.input + output * price.output),
        None if target is None else p_success is not None and p_success >= target,
        endpoint.id not in unhealthy,
    )


def _affordable(rule: Rule, candidate: Candidate) -> bool:
    return rule.max_cost_pico is None or candidate.expected_cost <= rule.max_cost_pico


def _unaffordable(rule: Rule, model: Model, endpoint: Endpoint, estimate: Candidate | None) -> Removed:
    if estimate is None:
        return Removed(model.name, endpoint.id, Constraint.UNPRICED, "no price is in force")
    return Removed(
        model.name,
        endpoint.id,
        Constraint.MAX_COST,
        f"expected cost is above rule {rule.name}'s limit",
    )


def _order(rule: Rule, facts: Facts) -> Callable[[Candidate], tuple[float, ...]]:
    """The sort key of a rule: health first, then its tiers or objective, then cost."""
    if facts.classifier_failed and rule.on_error is OnError.ESCALATE:
        return lambda c: (not c.healthy, -c.model.tier.rank, c.expected_cost)
    if rule.tiers and facts.pin.kind == "auto":
        order = {tier: position for position, tier in enumerate(rule.tiers)}
        return lambda c: (not c.healthy, order[c.model.tier], c.expected_cost)
    if rule.objective is Objective.BEST:
        return lambda c: (not c.healthy, -_p(c), c.expected_cost)
    return _cheapest_key


def _cheapest_key(candidate: Candidate) -> tuple[float, ...]:
    """Those that meet the target by cost, then the others from the most to the least promising."""
    if candidate.meets_target is False:
        return (not candidate.healthy, 1, -_p(candidate), candidate.expected_cost)
    return (not candidate.healthy, 0, candidate.expected_cost, -_p(candidate))


def _p(candidate: Candidate) -> float:
    return _UNKNOWN_P if candidate.p_success is None else candidate.p_success


def _note(candidates: list[Candidate], target: float | None) -> str | None:
    if target is not None and candidates and not any(c.meets_target for c in candidates):
        return f"no candidate is expected to reach {target:g}: ordered by promise"
    return None
