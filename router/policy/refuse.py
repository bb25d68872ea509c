"""A decision without candidates, told to whoever must act: the app, the owner of the key, or the admin."""

from __future__ import annotations

from router.domain.decision import Constraint, Decision
from router.errors import InvalidRequest, NoCandidate, NotAllowed, TiergateError

_APP = frozenset({Constraint.CAPABILITY, Constraint.CONTEXT, Constraint.GREEDY})
_SHOWN = 6


def refusal(decision: Decision) -> TiergateError:
    """The error for `decision`, which has no candidate."""
    if decision.denied is not None:
        return NoCandidate(f"Rule '{decision.rule.name}': {decision.denied}.", code="denied_by_policy")
    # What the request itself did not ask for is no reason: those removed by its pin are left out.
    telling = [r for r in decision.removed if r.constraint is not Constraint.PIN]
    told = "; ".join(f"{r.model} on {r.endpoint}: {r.reason}" for r in telling[:_SHOWN])
    broken = {r.constraint for r in telling}
    if not telling:
        return NoCandidate("No endpoint of what was asked for is active.", code="no_active_endpoint")
    if broken == {Constraint.KEY}:
        return NotAllowed("This key may not use the tier or model that was asked for.", param="model")
    if broken <= _APP:
        code = "context_length_exceeded" if broken == {Constraint.CONTEXT} else "unsupported_by_model"
        return InvalidRequest(f"No model can serve this request as it is. {told}.", code=code)
    return NoCandidate(f"No model may serve this request under the policy in force. {told}.")
