"""A decision without candidates, told to whoever must act: the app, the owner of the key, or the admin.

Where money alone stands in the way of some endpoint, that is said, whatever removed the others.
The app is told to change its request when that would help and nothing else stands in the way: an endpoint was
removed by the request's own needs alone, and no endpoint that could serve the request as it is was removed
by key, data class, residency, licence, price or cost limit. Those stay refusals of permission. What only says
where a request should rather go (pin, tiers, languages and tasks served) never hides the app's own fault.
"""

from __future__ import annotations

from router.domain.caller import Caller
from router.domain.catalog import Catalog
from router.domain.decision import Constraint, Decision, Removed
from router.domain.facts import Facts
from router.domain.kinds import Tier
from router.errors import (
    InsufficientQuota,
    InvalidRequest,
    NoCandidate,
    NotAllowed,
    TiergateError,
    Unavailable,
)
from router.policy.constraints import unsuited

_APP = frozenset({Constraint.CAPABILITY, Constraint.CONTEXT, Constraint.GREEDY})
_PREFERENCE = frozenset(
    {
        Constraint.PIN,
        Constraint.MIN_TIER,
        Constraint.RULE_TIERS,
        Constraint.LANGUAGE,
        Constraint.SERVES,
    }
)
_SHOWN = 6
_DRAINED_S = "30"
"""A restart takes a minute; the official clients try twice."""


def refusal(decision: Decision, facts: Facts, catalog: Catalog) -> TiergateError:
    """The error for `decision` on `facts` and `catalog`, which has no candidate."""
    if decision.denied is not None:
        return NoCandidate(f"Rule '{decision.rule.name}': {decision.denied}.", code="denied_by_policy")
    # What the request itself did not ask for is no reason: those removed by its pin are left out.
    telling = [r for r in decision.removed if r.constraint is not Constraint.PIN]
    if not telling:
        return NoCandidate("No endpoint of what was asked for is active.", code="no_active_endpoint")
    unpaid = [r for r in telling if r.constraint is Constraint.BUDGET]
    if unpaid:
        return InsufficientQuota(f"A budget is spent. {_told(unpaid)}.")
    if {r.constraint for r in telling} == {Constraint.KEY}:
        said = f"This key may not use the tier or model that was asked for; it {_may(facts.caller)}"
        return NotAllowed(said, param="model")
    drained = [r for r in telling if r.constraint is Constraint.DRAINED]
    if drained:  # nothing else stood in the way of these; who drained them and why is not for apps
        places = ", ".join(f"{r.model} on {r.endpoint}" for r in drained[:_SHOWN])
        message = f"Whoever may serve this request is out of service for now: {places}. Try again later."
        return Unavailable(message, code="endpoint_drained", headers={"retry-after": _DRAINED_S})
    faults = [r for r in telling if r.constraint in _APP]
    if faults and not any(_stands_between(r, decision, facts, catalog) for r in telling):
        return _app_fault(faults)
    said = f"No model may serve this request under the policy in force. {_told(telling)}."
    if any(r.constraint is Constraint.KEY for r in telling):
        said += f" This key {_may(facts.caller)}"
    return NoCandidate(said)


def _stands_between(removed: Removed, decision: Decision, facts: Facts, catalog: Catalog) -> bool:
    """Whether only what the app may not overrule keeps an endpoint from serving the request as it is."""
    if removed.constraint in _APP or removed.constraint in _PREFERENCE:
        return False
    model = catalog.models[removed.model]
    endpoint = next(endpoint for endpoint in model.endpoints if endpoint.id == removed.endpoint)
    return unsuited(facts, decision.rule, model, endpoint) is None


def _app_fault(faults: list[Removed]) -> InvalidRequest:
    """A model that lacks a capability is no help however short the prompt; one that is too small is."""
    message = f"No model can serve this request as it is. {_told(faults)}."
    broken = {fault.constraint for fault in faults}
    if Constraint.CONTEXT in broken and Constraint.GREEDY not in broken:
        return InvalidRequest(message, param="messages", code="context_length_exceeded")
    return InvalidRequest(message, code="unsupported_by_model")


def _may(caller: Caller) -> str:
    """What the app can do with its key, and who can give it another: a key's own boundary stays as it is."""
    return f"may use {_allowed(caller)}. An admin or the lead of its team can make one that may use more."


def _allowed(caller: Caller) -> str:
    """What a key may use that may not use everything."""
    tiers = [f"auto/{tier}" for tier in Tier if tier in caller.allowed_tiers]
    models = sorted(caller.allowed_models)
    if not models:
        return ", ".join(tiers)
    return ", ".join(models) + (f", of {', '.join(tiers)}" if tiers else "")


def _told(removed: list[Removed]) -> str:
    return "; ".join(f"{r.model} on {r.endpoint}: {r.reason}" for r in removed[:_SHOWN])
