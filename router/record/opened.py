"""What is known of an attempt before it is dispatched, and what is booked when nothing more is ever known.

Pure: no clock, no files, no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from router.domain.kinds import AttemptStatus, CostState, Outcome
from router.domain.records import AttemptRecord, RequestRecord
from router.domain.value import value

INTERRUPTED = "the gateway stopped before this attempt was settled"


@value
class OpenRecord:
    """One attempt about to be dispatched, with all it takes to book it if the gateway dies meanwhile.

    The fields up to `trace` are those of RequestRecord, the rest those of AttemptRecord
    (`attempt_started_us` is its `started_us`). `ended` are this request's earlier attempts as far as the
    caller already knows how they ended; leaving it empty books them as interrupted too.
    """

    id: str
    client_request_id: str | None
    started_us: int
    day: str
    organisation: str
    team: str
    project: str
    key_id: str
    workload: str | None
    tags: str
    requested_model: str
    stream: bool
    task: str | None
    difficulty: float | None
    confidence: float | None
    language: str
    data_class: str
    rule: str | None
    policy_digest: str
    price_book: str
    trace: str
    n: int
    tier: str
    model: str
    endpoint: str
    simulated: bool
    attempt_started_us: int
    reserved_pico: int | None = None
    held_by: str | None = None
    ended: tuple[AttemptRecord, ...] = ()


_SHARED = tuple(
    name
    for name in (field.name for field in fields(OpenRecord))
    if name in {field.name for field in fields(RequestRecord)}
    and name not in {"tier", "model", "endpoint", "simulated"}
)


def interrupted(opens: Sequence[OpenRecord]) -> tuple[RequestRecord, tuple[AttemptRecord, ...]]:
    """The rows of a request whose gateway died: `opens` are its open lines, at least one.

    Money may have been spent, so the cost is unknown, never zero. `http_status` is 0: no response was
    completed. How long it took is unknown too.
    """
    attempts = {record.n: _interrupted_attempt(record) for record in opens}
    attempts |= {ended.n: ended for record in opens for ended in record.ended}
    last = max(opens, key=lambda record: record.n)
    request = RequestRecord(
        **{name: getattr(last, name) for name in _SHARED},
        tier=None,
        model=None,
        endpoint=None,
        simulated=all(attempt.simulated for attempt in attempts.values()),
        outcome=Outcome.INTERRUPTED.value,
        verdict=None,
        http_status=0,
        error_code="interrupted",
        attempts=len(attempts),
        uncached_input=None,
        cache_read=None,
        cache_write=None,
        output=None,
        reasoning=None,
        usage_estimated=False,
        cost_pico=None,
        list_pico=None,
        cost_state=CostState.USAGE_MISSING.value,
        baseline_model=None,
        baseline_pico=None,
        baseline_output=None,
        baseline_input_price=None,
        baseline_output_price=None,
        holdout=None,
        answered_n=None,
        duration_us=None,
        gateway_us=None,
        upstream_us=None,
        ttft_us=None,
        prompt=None,
    )
    return request, tuple(attempts[n] for n in sorted(attempts))


def _interrupted_attempt(record: OpenRecord) -> AttemptRecord:
    return AttemptRecord(
        request_id=record.id,
        n=record.n,
        started_us=record.attempt_started_us,
        tier=record.tier,
        model=record.model,
        endpoint=record.endpoint,
        simulated=record.simulated,
        status=AttemptStatus.INTERRUPTED.value,
        http_status=None,
        error=INTERRUPTED,
        finish_reason=None,
        verdict=None,
        uncached_input=None,
        cache_read=None,
        cache_write=None,
        output=None,
        reasoning=None,
        usage_estimated=False,
        units=None,
        service_tier=None,
        cost_pico=None,
        list_pico=None,
        cost_state=CostState.USAGE_MISSING.value,
        reserved_pico=record.reserved_pico,
        held_by=record.held_by,
        price_id=None,
        input_price=None,
        cache_read_price=None,
        cache_write_price=None,
        output_price=None,
        input_list_price=None,
        cache_read_list_price=None,
        cache_write_list_price=None,
        output_list_price=None,
        duration_us=None,
        ttft_us=None,
    )
