"""Rows for the ledger's tests: valid, distinct and cheap to make."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from router.domain.ids import uuid7
from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.domain.records import AttemptRecord, RequestRecord, VerdictRecord
from router.record.opened import OpenRecord

STARTED_US = 1_790_000_000_000_000
TRACE = '{"candidates":[' + ",".join(['{"model":"qwq-32b","reason":"cheapest that meets 0.8"}'] * 8) + "]}"

UNPRICED: dict[str, Any] = {
    "cost_pico": None,
    "list_pico": None,
    "cost_state": "unpriced",
    "price_id": None,
    "input_price": None,
    "cache_read_price": None,
    "cache_write_price": None,
    "output_price": None,
    "input_list_price": None,
    "cache_read_list_price": None,
    "cache_write_list_price": None,
    "output_list_price": None,
}
"""What changes in an attempt when no price was in force."""


def new_id() -> str:
    """A request id as the gateway mints them."""
    return uuid7(STARTED_US // 1000, secrets.randbits(74))


def opened(request_id: str, n: int = 1, **changes: Any) -> OpenRecord:
    """The open line of attempt `n`."""
    record = OpenRecord(
        id=request_id,
        client_request_id=None,
        started_us=STARTED_US,
        day="2026-09-21",
        organisation="acme",
        team="search",
        project="answers",
        key_id="abcdefghijkl",
        workload=None,
        tags="{}",
        requested_model="auto",
        stream=False,
        task="math",
        difficulty=0.25,
        confidence=0.75,
        language="en",
        data_class="internal",
        rule="default",
        policy_digest="0" * 64,
        price_book="2026-09",
        trace=TRACE,
        n=n,
        tier="small",
        model="smollm2",
        endpoint="local",
        simulated=False,
        attempt_started_us=STARTED_US + 400 * n,
    )
    return replace(record, **changes)


def attempt(request_id: str, n: int = 1, **changes: Any) -> AttemptRecord:
    """A successful attempt `n`; its cost is its tokens times its prices."""
    record = AttemptRecord(
        request_id=request_id,
        n=n,
        started_us=STARTED_US + 400 * n,
        tier="small",
        model="smollm2",
        endpoint="local",
        simulated=False,
        status="ok",
        http_status=200,
        error=None,
        finish_reason="stop",
        verdict="passed",
        uncached_input=100,
        cache_read=0,
        cache_write=0,
        output=51,
        reasoning=0,
        usage_estimated=False,
        units=None,
        service_tier=None,
        cost_pico=1_000_001,
        list_pico=1_000_001,
        cost_state="priced",
        price_id="smollm2-2026",
        input_price=4_874,
        cache_read_price=4_874,
        cache_write_price=4_874,
        output_price=10_051,
        input_list_price=4_874,
        cache_read_list_price=4_874,
        cache_write_list_price=4_874,
        output_list_price=10_051,
        duration_us=12_000,
        ttft_us=3_000,
    )
    return replace(record, **changes)


def request(request_id: str, attempts: int = 1, **changes: Any) -> RequestRecord:
    """An answered request with `attempts` attempts."""
    record = RequestRecord(
        id=request_id,
        client_request_id="client-1",
        started_us=STARTED_US,
        day="2026-09-21",
        organisation="acme",
        team="search",
        project="answers",
        key_id="abcdefghijkl",
        workload=None,
        tags="{}",
        requested_model="auto",
        stream=False,
        task="math",
        difficulty=0.25,
        confidence=0.75,
        language="en",
        data_class="internal",
        rule="default",
        policy_digest="0" * 64,
        price_book="2026-09",
        tier="small",
        model="smollm2",
        endpoint="local",
        simulated=False,
        outcome="accepted",
        verdict="passed",
        http_status=200,
        error_code=None,
        attempts=attempts,
        uncached_input=100 * attempts,
        cache_read=0,
        cache_write=0,
        output=51 * attempts,
        reasoning=0,
        usage_estimated=False,
        cost_pico=1_000_001 * attempts,
        list_pico=1_000_001 * attempts,
        cost_state="priced",
        baseline_model="gpt-frontier",
        baseline_pico=3_000_000_000,
        baseline_output=None,
        baseline_input_price=None,
        baseline_output_price=None,
        holdout=None,
        answered_n=attempts,
        duration_us=15_000,
        gateway_us=600,
        upstream_us=14_400,
        ttft_us=3_500,
        trace=TRACE,
        prompt=None,
    )
    return replace(record, **changes)


def verdict(request_id: str, n: int = 1, **changes: Any) -> VerdictRecord:
    """What one verifier said of attempt `n`."""
    record = VerdictRecord(
        request_id, n, "code", "passed", "3 of 3 tests hold", 150_000, STARTED_US + 900_000
    )
    return replace(record, **changes)


def feedback(request_id: str, version: int = 1, **changes: Any) -> FeedbackRecord:
    """What a key reported of a request."""
    record = FeedbackRecord(
        id=f"{request_id}-{version}",
        request_id=request_id,
        version=version,
        created_us=STARTED_US + 1_000_000 * version,
        organisation="acme",
        team="search",
        project="answers",
        key_id="abcdefghijkl",
        score=None,
        thumb="up",
        label=None,
        correction=None,
        comment=None,
        edit_distance=None,
        idempotency_key=None,
        content=f"content {version}",
    )
    return replace(record, **changes)


def judgement(request_id: str, n: int = 1, **changes: Any) -> JudgementRecord:
    """A judge's opinion on attempt `n`."""
    record = JudgementRecord(
        request_id=request_id,
        n=n,
        judge_model="gpt-frontier",
        simulated=False,
        rule="default",
        judged_model="smollm2",
        mode="pairwise",
        other="reference",
        other_model=None,
        outcome="better",
        first="answer",
        second="answer",
        score=None,
        answer_chars=100,
        other_chars=80,
        reason=None,
        decided_us=STARTED_US + 2_000_000,
    )
    return replace(record, **changes)


def judge_call(request_id: str, call: int = 1, n: int = 1, **changes: Any) -> JudgeCallRecord:
    """A finished call for a judgement."""
    record = JudgeCallRecord(
        request_id=request_id,
        n=n,
        call=call,
        purpose="judge",
        rule="default",
        started_us=STARTED_US + 1_000_000,
        day="2026-09-21",
        tier="frontier",
        model="gpt-frontier",
        endpoint="gpt",
        simulated=False,
        status="ok",
        http_status=200,
        error=None,
        uncached_input=300,
        cache_read=0,
        cache_write=0,
        output=40,
        reasoning=None,
        usage_estimated=False,
        units=None,
        service_tier=None,
        cost_pico=5_000_000,
        list_pico=5_000_000,
        cost_state="priced",
        price_id="gpt-2026",
        input_price=10_000,
        cache_read_price=10_000,
        cache_write_price=10_000,
        output_price=50_000,
        input_list_price=10_000,
        cache_read_list_price=10_000,
        cache_write_list_price=10_000,
        output_list_price=50_000,
        duration_us=900_000,
    )
    return replace(record, **changes)
