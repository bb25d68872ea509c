"""What a rule makes of a profile whatever the request's numbers: who may serve it, in what kind of order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from router.domain.cascade import Check
from router.domain.catalog import Endpoint, Model
from router.domain.facts import Facts
from router.domain.kinds import Confidence, OnError, VerifierName
from router.domain.policy import Policy, Rule
from router.lifecycle.replay.columns import NAN, Bools, Floats, Ints, Profile
from router.lifecycle.replay.first import order_of, tier_places
from router.policy.constraints import broken
from router.policy.credit import credited

Served = Sequence[tuple[Model, Endpoint]]
Pair = tuple[Facts, Profile, Rule]
"""A profile, its facts as the policy takes them, and the rule it meets."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """One row a pair; matrices are pairs x endpoints. `target`, `failure`, `latency` and `latency_target` are
    NaN, `cached` and `exact` -1 where there is none; `max_cost` infinite. `cached` is the endpoint of the
    previous turn, `exact` the same if it is healthy, `stayed` the one of its name whichever model it serves
    by now, `kin` the healthy ones of its model that may take over a tool loop. `chained`: a check or a load
    may change the order, which only `decide` works out; `placed`: a conversation has its endpoint among equal
    ones."""

    may: Bools
    unhealthy: Bools
    tier: Floats
    wanted: Ints
    kin: Bools
    target: Floats
    cautious: Bools
    order: Ints
    cached: Ints
    exact: Ints
    stayed: Ints
    staying: Bools
    failure: Floats
    latency: Floats
    latency_target: Floats
    max_cost: Floats
    chained: Bools
    placed: Bools


def fixed(pairs: Iterable[Pair], policy: Policy, served: Served) -> Fixed:
    """The table of all pairs."""
    rows = [_row(*pair, policy, served) for pair in pairs]
    kinds = (
        bool,
        bool,
        float,
        int,
        bool,
        float,
        bool,
        int,
        int,
        int,
        int,
        bool,
        float,
        float,
        float,
        float,
        bool,
        bool,
    )
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return Fixed(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def _row(facts: Facts, profile: Profile, rule: Rule, policy: Policy, served: Served) -> tuple[object, ...]:
    previous, models = facts.previous, [model for model, _ in served]
    denied = rule.deny is not None or (facts.classifier_failed and rule.on_error is OnError.DENY)
    same = [previous is not None and (m.name, e.id) == (previous.model, previous.endpoint) for m, e in served]
    cached = same.index(True) if any(same) else -1
    ids = [endpoint.id for _, endpoint in served]
    stayed = ids.index(previous.endpoint) if previous is not None and previous.endpoint in ids else -1
    healthy = [endpoint.id not in profile.unhealthy for _, endpoint in served]
    return (
        [not denied and may for may in _may(facts, profile, rule, policy, served)],
        [not well for well in healthy],
        tier_places(rule, facts, models),
        [model.output_for(facts.task) for model in models],
        [
            facts.tool_loop and previous is not None and model.name == previous.model and well
            for model, well in zip(models, healthy, strict=True)
        ],
        _target(rule, facts),
        rule.confidence is Confidence.LOWER,
        order_of(rule, facts),
        cached,
        cached if cached >= 0 and healthy[cached] else -1,
        stayed,
        facts.tool_loop,
        NAN if rule.failure_cost_pico is None else float(rule.failure_cost_pico),
        NAN if rule.latency_cost_pico is None else float(rule.latency_cost_pico),
        NAN if rule.latency_target is None else rule.latency_target,
        np.inf if rule.max_cost_pico is None else float(rule.max_cost_pico),
        bool(profile.loads) or _chained(facts, rule, policy, models, profile.applying(rule)),
        facts.conversation is not None,
    )


def _may(facts: Facts, profile: Profile, rule: Rule, policy: Policy, served: Served) -> list[bool]:
    """Who breaks no constraint that the request's numbers have no part in, and could be paid then."""
    models = {model.name: model for model, _ in served}
    kept = {
        endpoint.id
        for model in models.values()
        for endpoint, reason in zip(model.endpoints, broken(facts, policy, rule, model), strict=True)
        if reason is None and endpoint.id not in profile.unaffordable
    }
    return [endpoint.id in kept for _, endpoint in served]


def _chained(
    facts: Facts, rule: Rule, policy: Policy, models: Sequence[Model], checks: Set[VerifierName] | None
) -> bool:
    """Whether a check of some model counts, so that `policy/cascade` may put another order together."""
    if not checks or facts.tool_loop or facts.classifier_failed or rule.objective is None:
        return False
    found = (credited(model, facts.task, checks, policy.check_rates) for model in models)
    return any(isinstance(one, Check) for one in found)


def _target(rule: Rule, facts: Facts) -> float:
    """As `policy/decide` takes it: an app may ask for more than the rule, never for less."""
    given = [one for one in (rule.quality_target, facts.quality) if one is not None]
    return max(given, default=NAN)
