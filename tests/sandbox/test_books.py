"""The demo's figures are the ledger's: rows are compared one by one and summed exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from router.domain.percentile import percentile
from router.domain.records import AttemptRecord, RequestRecord
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from router.record.tables import attempts, requests
from router.sandbox.books import figures, read_books, row_problems
from router.sandbox.checks import Answer
from router.sandbox.prompts import load_prompts
from router.sandbox.traffic import Sent, Try

TIERS = ("small", "reasoning", "frontier")
PROMPT = load_prompts()[0]
REQUEST = RequestRecord(
    id="r1",
    client_request_id=None,
    started_us=1,
    day="2025-11-01",
    organisation="demo",
    team="support",
    project="demo",
    key_id="k",
    workload=None,
    tags="{}",
    requested_model="auto",
    stream=False,
    task="math",
    difficulty=0.1,
    confidence=0.9,
    language="en",
    data_class="internal",
    rule="default",
    policy_digest="d",
    price_book="2025-11",
    tier="reasoning",
    model="qwq-32b",
    endpoint="e",
    simulated=True,
    outcome="accepted",
    verdict=None,
    http_status=200,
    error_code=None,
    attempts=1,
    uncached_input=10,
    cache_read=0,
    cache_write=0,
    output=100,
    reasoning=50,
    usage_estimated=False,
    cost_pico=3_000_000,
    list_pico=3_000_000,
    cost_state="priced",
    baseline_model="gpt-5",
    baseline_pico=9_000_000,
    baseline_output=None,
    baseline_input_price=None,
    baseline_output_price=None,
    holdout=None,
    answered_n=1,
    duration_us=2_000_000,
    gateway_us=1_000,
    upstream_us=1_999_000,
    ttft_us=None,
    trace="{}",
    prompt=None,
)
ATTEMPT = AttemptRecord(
    request_id="r1",
    n=1,
    started_us=1,
    tier="reasoning",
    model="qwq-32b",
    endpoint="e",
    simulated=True,
    status="ok",
    http_status=200,
    error=None,
    finish_reason="stop",
    verdict=None,
    uncached_input=10,
    cache_read=0,
    cache_write=0,
    output=100,
    reasoning=50,
    usage_estimated=False,
    units=None,
    service_tier=None,
    list_pico=None,
    input_list_price=None,
    cache_read_list_price=None,
    cache_write_list_price=None,
    output_list_price=None,
    cost_pico=3_000_000,
    cost_state="priced",
    price_id="p",
    input_price=20_000,
    cache_read_price=20_000,
    cache_write_price=20_000,
    output_price=28_000,
    duration_us=1_999_000,
    ttft_us=None,
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated SQLite ledger."""
    made = ledger_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrate(made)
    yield made
    made.dispose()


def write(engine: Engine, *rows: RequestRecord, n: int = 1) -> None:
    """The rows with `n` attempts each."""
    with engine.begin() as connection:
        for row in rows:
            connection.execute(insert(requests).values(**asdict(row)))
            for number in range(1, n + 1):
                attempt = replace(ATTEMPT, request_id=row.id, n=number, tier=row.tier or "small")
                connection.execute(insert(attempts).values(**asdict(attempt)))


def sent(request_id: str | None, *, tier: str = "reasoning", passed: bool | None = True, **more: Any) -> Sent:
    one = Try(request_id, 200, tier, Answer("42"), None)
    return Sent(PROMPT, (replace(one, **more),), passed)


async def test_rows_that_match_have_no_problem(engine: Engine) -> None:
    """A reply with its request row and its attempt rows is in order."""
    write(engine, replace(REQUEST, attempts=2), n=2)
    results = [sent("r1")]
    books = await read_books(engine, results, 1)
    assert row_problems(results, books) == []


async def test_each_mismatch_is_named(engine: Engine) -> None:
    """A missing row, missing attempts, another status, another tier and a missing id are each reported."""
    write(engine, REQUEST, replace(REQUEST, id="r2", attempts=3))
    results = [sent("r2"), sent("r1", status=502), sent("r1", tier="small"), sent("gone"), sent(None)]
    problems = row_problems(results, await read_books(engine, results, 0.1))
    assert len(problems) == 5
    for text in ("attempt rows [1]", "status 502", "tier small", "no row in the ledger", "no request id"):
        assert sum(text in problem for problem in problems) == 1, text


async def test_figures_sum_the_rows(engine: Engine) -> None:
    """Cost counts failed tries too, the baseline only what was answered; times and quality are per tier."""
    write(
        engine, REQUEST, replace(REQUEST, id="r2", tier="frontier", cost_pico=5_000_000, duration_us=500_000)
    )
    write(
        engine, replace(REQUEST, id="r3", tier=None, http_status=502, cost_pico=1_000_000, baseline_pico=None)
    )
    failed = Try("r3", 502, None, None, "upstream_failed", may_retry=True)
    again = sent("r2", tier="frontier", passed=False)
    results = [sent("r1"), replace(again, tries=(failed, *again.tries))]
    report = figures(results, await read_books(engine, results, 1), TIERS)
    assert [line.requests for line in report.tiers] == [0, 1, 1]
    assert [line.simulated for line in report.tiers] == [False, True, True]
    assert report.total.cost == 9_000_000
    assert report.baseline == 18_000_000
    assert report.tiers[1].p50_s == 2.0 and report.tiers[2].p95_s == 0.5
    assert (report.total.right, report.total.checked) == (1, 2)
    assert (report.attempts, report.repeated, report.unknown_costs) == (3, 1, 0)


async def test_unknown_cost_is_never_summed_as_zero(engine: Engine) -> None:
    """One unpriced request makes the sums unknown and is counted."""
    write(
        engine, REQUEST, replace(REQUEST, id="r2", cost_pico=None, cost_state="unpriced", baseline_pico=None)
    )
    results = [sent("r1"), sent("r2")]
    report = figures(results, await read_books(engine, results, 1), TIERS)
    assert report.total.cost is None and report.baseline is None
    assert report.unknown_costs == 1


async def test_refusals_are_counted_apart(engine: Engine) -> None:
    """A refusal that its prompt expects is no failure; any other is."""
    refused = Try("r1", 403, None, None, "no_admissible_candidate: no")
    write(engine, replace(REQUEST, http_status=403, tier=None, cost_pico=0, attempts=0), n=0)
    results = [Sent(replace(PROMPT, expect="refusal"), (refused,), None), Sent(PROMPT, (refused,), None)]
    report = figures(results, await read_books(engine, results, 1), TIERS)
    assert (report.refused_as_expected, report.refused_otherwise) == (1, 1)
    assert row_problems(results, await read_books(engine, results, 1)) == []


def test_percentile_is_the_nearest_rank() -> None:
    """Of one value it is that value, of nothing None."""
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.95) == 3.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
