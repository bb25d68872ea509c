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
    it may serve."""
    needed, greedy = needed_context(facts, model, model.output_for(facts.task)), greed(facts, model)
    return [
        reason or (too_small(needed, endpoint) if needed > endpoint.context else greedy)
        for endpoint, reason in zip(model.endpoints, barred(facts, policy, rule, model), strict=True)
    ]


def barred(facts: Facts, policy: Policy, rule: Rule, model: Model) -> list[Broken | None]:
    """The same of the constraints that come before the request's length. What is the same for all endpoints
    is looked at once."""
    found = _identity(facts, rule, model)
    if found is not None:
        return [found] * len(model.endpoints)
    cleared = policy.clearances[facts.data_class]
    unable = _inability(facts, model)
    return [_place(cleared, rule, model, endpoint) or unable for endpoint in model.endpoints]


def unsuited(facts: Facts, rule: Rule, model: Model, endpoint: Endpoint) -> Broken | None:
    """The first constraint that `endpoint` would break if key, data class and place were no matter.

    Only to say whose fault a refusal is; never to let anything pass. The request's pin must be met.
    """
    needed = needed_context(facts, model, model.output_for(facts.task))
    small = too_small(needed, endpoint) if needed > endpoint.context else None
    return _tier(facts, rule, model) or _inability(facts, model) or small or greed(facts, model)


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


def needed_context(facts: Facts, model: Model, usual: int) -> int:
    """Tokens of context, where the model usually writes `usual`. Asked after what the app cannot change, so
    that a shorter prompt is known to help those removed for it."""
    wanted, most = facts.max_output_tokens or usual, model.max_output
    return facts.input_tokens + (most if most is not None and most < wanted else wanted)


def too_small(needed: int, endpoint: Endpoint) -> Broken:
    """Why an endpoint with less context than that may not serve."""
    return Constraint.CONTEXT, f"needs about {needed} tokens, serves {endpoint.context}"


def greed(facts: Facts, model: Model) -> Broken | None:
    """The last constraint: of the app's sampling, which it can change."""
    if facts.greedy and model.profile is not None and model.profile.forbid_greedy:
        return Constraint.GREEDY, f"greedy sampling is refused by profile {model.profile.name}"
    return None
