"""The decision: policy x catalog x prices x health -> ordered candidates, with reasons. Pure.

P(success) comes from `domain/success`: the model's ability (the share of a task's usual requests that it
gets right, with interval and provenance) moved by how hard this request is. `candidates` says what is to be
expected of each, `order` who comes first, `cascade` what changes where a check stands before the reply.
Must not read a clock, the environment, the network or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from types import MappingProxyType

from router.domain.catalog import Catalog, Endpoint, Model
from router.domain.decision import Candidate, Cascade, Constraint, Decision, Removed
from router.domain.facts import Facts
from router.domain.kinds import OnError, VerifierName, VerifyMode
from router.domain.load import Load
from router.domain.policy import Policy, Rule
from router.domain.prices import PriceBook
from router.policy.candidates import Outlook, candidate, outlook, prospect
from router.policy.cascade import Chains
from router.policy.constraints import needed_context, too_small
from router.policy.order import put_in_order
from router.policy.shortlist import Offer, shortlist

Applying = Callable[[Rule], Set[VerifierName] | None]
"""The checks that will be run on answers to this request before they go out; None: none will be."""


IDLE: Mapping[str, Load] = MappingProxyType({})


def unchecked(_: Rule) -> None:
    """Of a request whose answer nobody holds back."""


NOTHING: Mapping[str, str] = MappingProxyType({})


def decide(
    facts: Facts,
    policy: Policy,
    catalog: Catalog,
    prices: PriceBook,
    unhealthy: frozenset[str] = frozenset(),
    applying: Applying = unchecked,
    unaffordable: Mapping[str, str] = NOTHING,
    loads: Mapping[str, Load] = IDLE,
) -> Decision:
    """The candidates for `facts` in the order in which they are to be tried, and who was removed and why.

    `unhealthy` names endpoints whose circuit is open: they are ordered last, not removed. `applying` is only
    asked under a rule that checks before the reply. `unaffordable`: endpoints that a budget has no room for,
    with the reason in words. `loads` says how busy endpoints are, and which are drained.
    """
    for rule in policy.rules:
        if rule.holds(facts):
            break
    target = _target(rule, facts)
    if rule.deny is not None:
        return Decision(rule, (), (), target, denied=rule.deny)
    if facts.classifier_failed and rule.on_error is OnError.DENY:
        return Decision(rule, (), (), target, denied="the request could not be classified")
    view = outlook(facts, rule, target, policy.cache_warm_s)
    offers = shortlist(facts, policy, rule, catalog, prices).offers
    candidates, removed = _invited(view, offers, unhealthy, unaffordable, loads)
    kept, spilled = put_in_order(candidates, rule, facts)
    cascade, uncredited = _cascade(candidates, view, policy, applying)
    if cascade is not None and cascade.reordered:
        kept = None
    return Decision(
        rule,
        tuple(candidates),
        tuple(removed),
        target,
        None,
        _note(candidates, view, cascade),
        kept,
        spilled,
        cascade,
        uncredited,
    )


def _invited(
    view: Outlook,
    offers: Sequence[Offer],
    unhealthy: frozenset[str],
    unaffordable: Mapping[str, str],
    loads: Mapping[str, Load],
) -> tuple[list[Candidate], list[Removed]]:
    """Who may serve and who may not, in the order of `offers`."""
    facts, most = view.facts, view.rule.max_cost_pico
    candidates: list[Candidate] = []
    removed: list[Removed] = []
    for offer in offers:
        model, expected = offer.model, None
        needed = needed_context(facts, model, offer.wanted)
        for name, endpoint, context, barred, unfit, price in offer.places:
            if barred is not None:
                removed.append(barred)
                continue
            if needed > context:
                removed.append(Removed(model.name, name, *too_small(needed, endpoint)))
                continue
            if unfit is not None:
                removed.append(unfit)
                continue
            if unaffordable and name in unaffordable:
                removed.append(Removed(model.name, name, Constraint.BUDGET, unaffordable[name]))
                continue
            assert price is not None
            if expected is None:
                expected = prospect(view, offer)
            load = loads.get(name)
            found = candidate(view, expected, model, endpoint, price, name not in unhealthy, load)
            if most is not None and found.expected_cost > most:
                removed.append(_too_dear(view.rule, model, endpoint))
            elif load is not None and load.drained is not None:
                removed.append(Removed(model.name, name, Constraint.DRAINED, load.drained))
            else:
                candidates.append(found)
    return candidates, removed


def _cascade(
    candidates: list[Candidate], view: Outlook, policy: Policy, applying: Applying
) -> tuple[Cascade | None, str | None]:
    """What the candidates bring together, sorted in place where another order is better by the rule; or why
    that is not known. Neither where nothing is to be checked before the reply."""
    if view.rule.verify is not VerifyMode.BEFORE_REPLY or not candidates:
        return None, None
    names = applying(view.rule)
    if names is None:
        return None, "this reply is not checked before it goes out"
    settled = view.facts.tool_loop or view.facts.classifier_failed
    found = Chains(view, names, policy.check_rates).cascade(candidates, may_reorder=not settled)
    return (None, found) if isinstance(found, str) else (found, None)


def _target(rule: Rule, facts: Facts) -> float | None:
    """An app may ask for more quality than the rule, never for less."""
    if rule.quality_target is None or facts.quality is None:
        return facts.quality if rule.quality_target is None else rule.quality_target
    return max(rule.quality_target, facts.quality)


def _too_dear(rule: Rule, model: Model, endpoint: Endpoint) -> Removed:
    reason = f"expected cost is above rule {rule.name}'s limit"
    return Removed(model.name, endpoint.id, Constraint.MAX_COST, reason)


def _note(candidates: list[Candidate], view: Outlook, cascade: Cascade | None) -> str | None:
    """What a reader of the trace should know of the order; None: nothing."""
    said = []
    target = view.target
    together = cascade is not None and target is not None and cascade.p_success >= target
    if target is not None and candidates and not together and not any(c.meets_target for c in candidates):
        said.append(f"no candidate is expected to reach {target:g}: ordered by promise")
    if view.rule.latency_cost_pico is not None:
        unknown = [c.endpoint.id for c in candidates if c.expected_seconds is None]
        if unknown:
            said.append(f"the catalog gives no speed of {', '.join(unknown)}: latency not counted there")
    return "; ".join(said) or None
