"""The holdout: a random share of requests that the baseline model answers, so that saving is measured. Pure.

Who is drawn depends on the request's id alone, so that a request drawn once is drawn again, and nothing of
the request can have a say. Only requests that could have gone either way take part: the baseline model must
be admissible, and neither the app nor a tool loop may have settled who answers.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from router.domain.decision import Decision
from router.domain.facts import Facts
from router.domain.policy import Policy

_DRAWS = 2**64


def hold_out(
    decision: Decision, facts: Facts, policy: Policy, request_id: str
) -> tuple[Decision, bool | None]:
    """The decision, the baseline model first where the request is drawn; and whether it is: None where it
    takes no part."""
    baseline = policy.baseline_for(facts.workload)
    if not baseline.holdout or facts.tool_loop or facts.pin.kind != "auto":
        return decision, None
    first = [found for found in decision.candidates if found.model.name == baseline.model]
    if not first:
        return decision, None
    if not drawn(request_id, baseline.holdout):
        return decision, False
    rest = [found for found in decision.candidates if found.model.name != baseline.model]
    note = f"drawn for the holdout of {baseline.holdout:g}: the baseline model answers"
    return (
        replace(
            decision,
            candidates=(*first, *rest),
            note=note,
            kept=None,
            cascade=None,
            uncredited=None if decision.cascade is None else "the request was drawn for the holdout",
        ),
        True,
    )


def drawn(request_id: str, share: float) -> bool:
    """Whether an id belongs to a random `share` (0..1) of all."""
    draw = blake2b(request_id.encode(), digest_size=8, person=b"holdout").digest()
    return int.from_bytes(draw, "big") < share * _DRAWS
