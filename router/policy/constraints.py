"""The hard constraints: which single thing, if any, forbids an endpoint to serve a request.

Fails closed: whatever cannot be shown to be allowed is removed. Where data may go is the clearance's to say,
which every egress of a request's content asks once more (`domain/clearance.py`).
"""

from __future__ import annotations

from router.domain.catalog import Endpoint, Model
from router.domain.clearance import Clearance
from router.domain.decision import Constraint
from router.domain.facts import Facts
from router.domain.policy import Policy, Rule

Broken = tuple[Constraint, str]


def broken(facts: Facts, policy: Policy, rule: Rule, model: Model) -> list[Broken | None]:
    """Of each endpoint of `model`, in its order: the first constraint that it breaks, and why in words; None:
    it may serve. What is the same for all of them is looked at once."""
    barred = _identity(facts, rule, model)
    if barred is not None:
        return [barred] * len(model.endpoints)
    cleared = policy.clearances[facts.data_class]
    placed = rule.residency or rule.licence or cleared.places is not None
    unable, greedy = _inability(facts, model), _greed(facts, model)
    needed = _needed(facts, model)
    found = []
    for endpoint in model.endpoints:
        reason = _place(cleared, rule, model, endpoint) if placed else None
        if reason is None:
            reason = unable
        if reason is None and needed > endpoint.context:
            reason = _too_small(needed, endpoint)
        found.append(reason or greedy)
    return found


def unsuited(facts: Facts, rule: Rule, model: Model, endpoint: Endpoint) -> Broken | None:
    """The first constraint that `endpoint` would break if key, data class and place were no matter.

    Only to say whose fault a refusal is; never to let anything pass. The request's pin must be met.
    """
    needed = _needed(facts, model)
    small = _too_small(needed, endpoint) if needed > endpoint.context else None
    return _tier(facts, rule, model) or _inability(facts, model) or small or _greed(facts, model)


def _identity(facts: Facts, rule: Rule, model: Model) -> Broken | None:
    pin = facts.pin
    if pin.model is not None and model.name != pin.model:
        return Constraint.PIN, f"the request asks for {pin.model}"
    if pin.tier is not None and model.tier is not pin.tier:
        return Constraint.PIN, f"the request asks for tier {pin.tier}"
    if not facts.caller.may_use(model.tier, model.name):
        return Constraint.KEY, "the key may not use this tier or model"
    return _tier(facts, rule, model)


def _tier(facts: Facts, rule: Rule, model: Model) -> Broken | None:
    if facts.min_tier is not None and model.tier.rank < facts.min_tier.rank:
        return Constraint.MIN_TIER, f"below the minimum tier {facts.min_tier}"
    if facts.pin.kind == "auto" and rule.tiers and model.tier not in rule.tiers:
        return Constraint.RULE_TIERS, f"rule {rule.name} names {', '.join(rule.tiers)}"
    return None


def _place(cleared: Clearance, rule: Rule, model: Model, endpoint: Endpoint) -> Broken | None:
    if not cleared.admits(endpoint.residency):
        reason = f"{cleared.data_class} data may go to {cleared.told()}, not to {endpoint.residency}"
        return Constraint.DATA_CLASS, reason
    if not cleared.within(rule.residency).admits(endpoint.residency):
        places = ", ".join(sorted(rule.residency))
        return Constraint.RESIDENCY, f"rule {rule.name} requires {places}, not {endpoint.residency}"
    if rule.licence and model.licence not in rule.licence:
        licences = ", ".join(sorted(rule.licence))
        return Constraint.LICENCE, f"rule {rule.name} requires {licences}, not {model.licence}"
    return None


def _inability(facts: Facts, model: Model) -> Broken | None:
    if not facts.capabilities <= model.capabilities:
        missing = facts.capabilities - model.capabilities
        return Constraint.CAPABILITY, f"lacks {', '.join(sorted(missing))}"
    if model.languages and facts.language != "und" and facts.language not in model.languages:
        return Constraint.LANGUAGE, f"does not serve language {facts.language}"
    if model.serves and facts.task not in model.serves:
        return Constraint.SERVES, f"does not serve {facts.task or 'requests of unknown task'}"
    return None


def _needed(facts: Facts, model: Model) -> int:
    """Tokens of context. Asked after what the app cannot change, so that a shorter prompt is known to help
    those removed for it."""
    wanted = facts.max_output_tokens or model.output_for(facts.task)
    if model.max_output is not None:
        wanted = min(wanted, model.max_output)
    return facts.input_tokens + wanted


def _too_small(needed: int, endpoint: Endpoint) -> Broken:
    return Constraint.CONTEXT, f"needs about {needed} tokens, serves {endpoint.context}"


def _greed(facts: Facts, model: Model) -> Broken | None:
    if facts.greedy and model.profile is not None and model.profile.forbid_greedy:
        return Constraint.GREEDY, f"greedy sampling is refused by profile {model.profile.name}"
    return None
