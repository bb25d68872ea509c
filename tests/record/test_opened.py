"""What is booked of a request whose gateway died in the middle."""

from __future__ import annotations

from router.record.opened import INTERRUPTED, interrupted
from tests.record import rows


def test_every_opened_attempt_is_interrupted_and_its_cost_unknown() -> None:
    """Opened attempts become interrupted rows; cost and durations are unknown, theirs and the request's,
    never zero."""
    key = rows.new_id()
    request, attempts = interrupted([rows.opened(key, 1), rows.opened(key, 2, model="qwq-32b")])
    assert (request.id, request.outcome, request.http_status) == (key, "interrupted", 0)
    assert (request.cost_pico, request.cost_state) == (None, "usage_missing")
    assert (request.attempts, request.model, request.error_code) == (2, None, "interrupted")
    assert (request.duration_us, request.gateway_us, request.upstream_us) == (None, None, None)
    assert [(row.n, row.model, row.status) for row in attempts] == [
        (1, "smollm2", "interrupted"),
        (2, "qwq-32b", "interrupted"),
    ]
    assert {(row.cost_pico, row.cost_state, row.duration_us, row.error) for row in attempts} == {
        (None, "usage_missing", None, INTERRUPTED)
    }


def test_identity_is_kept() -> None:
    """Who asked, for what, and why it was decided so is on the interrupted row."""
    key = rows.new_id()
    record = rows.opened(key, workload="triage", tags='{"a":"b"}', stream=True)
    request, _ = interrupted([record])
    for name in ("team", "key_id", "workload", "tags", "stream", "rule", "trace", "policy_digest", "day"):
        assert getattr(request, name) == getattr(record, name), name


def test_attempts_known_to_have_ended_keep_their_end() -> None:
    """An earlier attempt that the open line says ended is booked as it ended."""
    key = rows.new_id()
    failed = rows.attempt(key, 1, status="error", http_status=500, cost_pico=0, cost_state="free")
    request, attempts = interrupted([rows.opened(key, 1), rows.opened(key, 2, ended=(failed,))])
    assert attempts[0] == failed
    assert attempts[1].status == "interrupted"
    assert request.attempts == 2


def test_simulated_only_if_every_attempt_was() -> None:
    """A request that may have cost real money is not called simulated."""
    key = rows.new_id()
    opens = [rows.opened(key, 1, simulated=True), rows.opened(key, 2, simulated=False)]
    assert interrupted(opens[:1])[0].simulated
    assert not interrupted(opens)[0].simulated
