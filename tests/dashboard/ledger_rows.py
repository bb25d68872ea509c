"""Single ledger rows for hand-computed sums, and a way to fill a ledger with rows.

The models and prices are those of a small catalog; `ledger_month.py` makes a plausible month of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import create_engine, insert

import router.record.admin_tables  # noqa: F401 - its tables are a ledger's too
from router.books.rollups.roll import mark_all, roll
from router.domain.kinds import AttemptStatus, CostState, Outcome, Tier, Verdict
from router.domain.money import price_per_million
from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.domain.records import AttemptRecord, RequestRecord, VerdictRecord
from router.record.book_tables import HOUR_US, rollup_marks
from router.record.metadata import metadata
from router.record.tables import attempts, feedback, judge_calls, judgements, requests, verdicts

BASELINE = "gpt-frontier"


@dataclass(frozen=True, slots=True)
class Served:
    """A model of the demo catalog: where it runs, what a token costs, how fast it writes."""

    tier: Tier
    model: str
    endpoint: str
    input: int
    cached: int
    output: int
    tokens_per_second: int
    p_success: float


SMALL = Served(Tier.SMALL, "smollm2-135m", "in-process", price_per_million("0.02"),
               price_per_million("0.02"), price_per_million("0.06"), 55, 0.71)  # fmt: skip
REASONING = Served(Tier.REASONING, "qwq-32b", "vllm-a100-1", price_per_million("0.40"),
                   price_per_million("0.40"), price_per_million("1.20"), 38, 0.86)  # fmt: skip
FRONTIER = Served(Tier.FRONTIER, BASELINE, "api.frontier.example", price_per_million("2.50"),
                  price_per_million("0.25"), price_per_million("15.00"), 70, 0.95)  # fmt: skip
SERVED = (SMALL, REASONING, FRONTIER)

NO_PRICE: dict[str, Any] = {
    "price_id": None, "input_price": None, "cache_read_price": None, "cache_write_price": None,
    "output_price": None,
}  # fmt: skip
"""An attempt's columns where no price was in force."""

Opinion = FeedbackRecord | JudgementRecord | JudgeCallRecord
_TABLES = {FeedbackRecord: feedback, JudgementRecord: judgements, JudgeCallRecord: judge_calls}

Rows = tuple[RequestRecord, tuple[AttemptRecord, ...]]


def prices(served: Served) -> dict[str, Any]:
    """An attempt's columns for the price of `served`; writing the cache costs what input costs."""
    return {
        "price_id": f"{served.model}@2026-10-01", "input_price": served.input,
        "cache_read_price": served.cached, "cache_write_price": served.input,
        "output_price": served.output,
    }  # fmt: skip


def a_request(**changes: Any) -> RequestRecord:
    """An accepted, priced request of no particular interest, with `changes`."""
    plain = RequestRecord(
        id="0193a000-0000-7000-8000-000000000000", client_request_id=None,
        started_us=1_793_000_000_000_000, day="2026-10-26", organisation="acme", team="support",
        project="helpdesk", key_id="key-1", workload=None, tags="{}", requested_model="auto",
        stream=False, task="classification", difficulty=0.25, confidence=0.9, language="en",
        data_class="internal", rule="default", policy_digest="sha256:5f2c", price_book="2026-10-01",
        tier="small", model=SMALL.model, endpoint=SMALL.endpoint, simulated=False,
        outcome=Outcome.ACCEPTED, verdict=Verdict.PASSED, http_status=200, error_code=None,
        attempts=1, uncached_input=100, cache_read=0, cache_write=0, output=50, reasoning=None,
        usage_estimated=False, cost_pico=5_000_000, list_pico=None, cost_state=CostState.PRICED,
        baseline_model=BASELINE, baseline_pico=1_000_000_000, baseline_output=None,
        baseline_input_price=None, baseline_output_price=None, holdout=None, answered_n=1,
        duration_us=900_000, gateway_us=400, upstream_us=899_600, ttft_us=120_000, trace="{}", prompt=None,
    )  # fmt: skip
    return replace(plain, **changes)


def an_attempt(**changes: Any) -> AttemptRecord:
    """The one attempt of `a_request()`, with `changes`; plain, its cost is its tokens times its prices."""
    plain = AttemptRecord(
        request_id="0193a000-0000-7000-8000-000000000000", n=1, started_us=1_793_000_000_000_200,
        tier="small", model=SMALL.model, endpoint=SMALL.endpoint, simulated=False,
        status=AttemptStatus.OK, http_status=200, error=None, finish_reason="stop",
        verdict=Verdict.PASSED, uncached_input=100, cache_read=0, cache_write=0, output=50,
        reasoning=None, usage_estimated=False, units=None, service_tier=None, cost_pico=5_000_000,
        list_pico=None, cost_state=CostState.PRICED, **prices(SMALL), input_list_price=None,
        cache_read_list_price=None, cache_write_list_price=None, output_list_price=None,
        duration_us=899_600, ttft_us=120_000,
    )  # fmt: skip
    return replace(plain, **changes)


def write(
    url: str, rows: Iterable[Rows], judged: Iterable[VerdictRecord] = (), opinions: Iterable[Opinion] = ()
) -> None:
    """Create the ledger's tables at `url` and fill them, as the gateway's shipper would."""
    engine = create_engine(url)
    metadata.create_all(engine)
    kept = list(rows)
    with engine.begin() as connection:
        if kept:
            connection.execute(insert(requests), [asdict(request) for request, _ in kept])
            hours = {request.started_us - request.started_us % HOUR_US for request, _ in kept}
            connection.execute(insert(rollup_marks), [{"hour_us": hour} for hour in hours])
        made = [asdict(attempt) for _, group in kept for attempt in group]
        if made:
            connection.execute(insert(attempts), made)
        said = [asdict(verdict) for verdict in judged]
        if said:
            connection.execute(insert(verdicts), said)
        for opinion in opinions:
            connection.execute(insert(_TABLES[type(opinion)]).values(asdict(opinion)))
    engine.dispose()


def rolled(url: str, now_us: int = 1_794_000_000_000_000, tags: tuple[str, ...] = ()) -> None:
    """Make the sums of the ledger at `url`, as `tiergate books roll` does; `tags` are kept."""
    engine = create_engine(url)
    mark_all(engine)
    roll(engine, tags, now_us)
    engine.dispose()
