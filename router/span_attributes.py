"""The ledger's rows as span attributes, by the GenAI conventions. Unknown stays away; what was said does too:
an error's text may quote it."""

from __future__ import annotations

from router import telemetry as names
from router.domain.records import AttemptRecord, RequestRecord

Attribute = str | bool | int | list[str]


def of_request(request: RequestRecord) -> dict[str, Attribute | None]:
    """Of the request's own span."""
    return {
        names.SPAN_OPERATION: names.SPAN_REQUEST,
        names.SPAN_REQUEST_MODEL: request.requested_model,
        names.SPAN_RESPONSE_MODEL: request.model,
        names.SPAN_REQUEST_ID: request.id,
        names.SPAN_TASK: request.task,
        names.SPAN_TIER: request.tier,
        names.SPAN_RULE: request.rule,
        names.SPAN_POLICY: request.policy_digest,
        names.SPAN_OUTCOME: request.outcome,
        names.SPAN_VERDICT: request.verdict,
        names.SPAN_STREAM: request.stream,
        **_usage(request),
    }


def of_attempt(attempt: AttemptRecord) -> dict[str, Attribute | None]:
    """Of one call of an upstream."""
    return {
        names.SPAN_OPERATION: names.SPAN_REQUEST,
        names.SPAN_PROVIDER: attempt.endpoint,
        names.SPAN_REQUEST_MODEL: attempt.model,
        names.SPAN_TIER: attempt.tier,
        names.SPAN_SIMULATED: attempt.simulated,
        names.SPAN_STATUS: attempt.http_status,
        names.SPAN_FINISH: None if attempt.finish_reason is None else [attempt.finish_reason],
        names.SPAN_COST_STATE: attempt.cost_state,
        **_usage(attempt),
    }


def _usage(row: RequestRecord | AttemptRecord) -> dict[str, Attribute | None]:
    """Input is all of it, as the conventions count; unknown stays away."""
    parts = (row.uncached_input, row.cache_read, row.cache_write)
    known = [part for part in parts if part is not None]
    return {
        names.SPAN_INPUT: sum(known) if len(known) == len(parts) else None,
        names.SPAN_CACHE_READ: row.cache_read,
        names.SPAN_CACHE_WRITE: row.cache_write,
        names.SPAN_OUTPUT: row.output,
    }
