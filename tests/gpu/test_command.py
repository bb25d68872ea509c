"""`tiergate gpu` on a ledger: bills that tie out, once each, by rate or by OpenCost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, insert, select

from router.domain.gpu import HOUR_US
from router.gpu.command import gpu
from router.gpu.samples import Sample, keep
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.tables import gpu_allocations, gpu_hours, judge_calls, requests
from router.record.write import LedgerWriter
from tests.policy.conftest import Folder
from tests.record import rows

TEN_US = int(datetime(2026, 9, 21, 10, tzinfo=UTC).timestamp()) * 1_000_000
RATES = """\
  gpu_hours:
    - endpoint: gpu-simulated
      usd_per_gpu_hour: 2.50
      gpus: 2
      full_load: {input: 1000000, output: 400000}
      valid_from: 2026-01-01
      source: finance, 2026
"""
Run = Callable[..., Result]


@pytest.fixture
def engine(ledger_url: str, tmp_path: Path) -> Any:
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def run(engine: Engine, ledger_url: str, tmp_path: Path) -> Run:
    (tmp_path / "policies").mkdir()
    folder = Folder(tmp_path / "policies")
    folder.edit("prices", "  currency: USD\n", f"  currency: USD\n{RATES}")

    def command(*arguments: str) -> Result:
        variables = {
            "TIERGATE_DATABASE_URL": ledger_url,
            "TIERGATE_POLICY_DIR": str(tmp_path / "policies"),
            "BIG_KEY": "k",
        }
        unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}
        return CliRunner().invoke(gpu, arguments, env=unset | variables)

    return command


def serve(engine: Engine, minute: int, sent: int, written: int | None, **changes: Any) -> None:
    request_id, at = rows.new_id(), TEN_US + minute * 60_000_000
    attempt = rows.attempt(
        request_id,
        started_us=at,
        endpoint="gpu-simulated",
        uncached_input=sent,
        cache_write=0,
        output=written,
        **changes,
    )
    request = rows.request(request_id, started_us=at)
    assert LedgerWriter(engine).insert([as_done(request, [attempt])]) == []


def _bill(run: Run, *arguments: str) -> list[dict[str, Any]]:
    result = run("bill", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)
    return found


def test_an_hour_ties_out_by_the_ledgers_tokens(run: Run, engine: Engine) -> None:
    """A fifth of the capacity used: a fifth of the bill is the requests', the rest one idle line."""
    serve(engine, 5, 100_000, 40_000)
    serve(engine, 59, 100_000, 40_000)
    serve(engine, 61, 999, 999)
    serve(engine, 10, 1, None, cost_state="usage_missing")
    [hour] = _bill(run, "--hour", "2026-09-21T10:00")
    assert (hour["method"], hour["basis"], hour["unknown"]) == ("rate", "ledger", 1)
    assert (hour["bill_pico"], hour["request_pico"], hour["idle_pico"]) == (5 * 10**12, 10**12, 4 * 10**12)
    with engine.connect() as connection:
        shares = connection.execute(select(gpu_allocations.c.share_pico)).scalars().all()
    assert sum(shares) == 5 * 10**12 and len(shares) == 3


def test_counters_show_who_bypasses_the_gateway(run: Run, engine: Engine) -> None:
    """Work beyond the ledger's is a line of its own."""
    serve(engine, 5, 100_000, 40_000)
    with engine.begin() as connection:
        keep(connection, Sample("gpu-simulated", TEN_US, 0, 0, 0))
        keep(connection, Sample("gpu-simulated", TEN_US + HOUR_US, 320_000, 20_000, 120_000))
    [hour] = _bill(run, "--hour", "2026-09-21T10:00")
    assert hour["basis"] == "vllm_counters"
    assert [hour[f"{line}_pico"] for line in ("request", "outside", "idle")] == [
        5 * 10**11, 10**12, 35 * 10**11,
    ]  # fmt: skip


def test_judging_has_a_line_of_its_own(run: Run, engine: Engine) -> None:
    """What a judge on the same server took is no request's and not idle."""
    serve(engine, 5, 100_000, 40_000)
    with engine.begin() as connection:
        request_id = connection.execute(select(requests.c.id)).scalar_one()
        call = {
            "request_id": request_id, "n": 1, "call": 1, "purpose": "judge", "rule": "r", "day": "2026-09-21",
            "started_us": TEN_US + 60_000_000, "tier": "reasoning", "model": "m", "endpoint": "gpu-simulated",
            "simulated": False, "status": "ok", "uncached_input": 200_000, "cache_read": 0, "cache_write": 0,
            "output": 80_000, "usage_estimated": False, "cost_state": "priced",
        }  # fmt: skip
        connection.execute(insert(judge_calls), [call])
    [hour] = _bill(run, "--hour", "2026-09-21T10:00")
    parts = [hour[f"{line}_pico"] for line in ("request", "judge", "outside", "idle")]
    assert parts == [5 * 10**11, 10**12, 0, 35 * 10**11]


def test_every_hour_is_billed_once_and_again_only_where_it_differs(run: Run, engine: Engine) -> None:
    """Late rows make a next version; the version before stays."""
    serve(engine, 5, 100_000, 40_000)
    span = ("--from", "2026-09-21T10:00", "--to", "2026-09-21T12:30")
    assert len(_bill(run, *span)) == 2
    assert _bill(run, *span) == [] == _bill(run, *span, "--again")
    serve(engine, 6, 100_000, 40_000)
    [hour] = _bill(run, *span, "--again")
    assert (hour["version"], hour["request_pico"]) == (2, 10**12)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(gpu_hours)).scalar_one() == 3
    [report] = json.loads(run("report", *span, "--json").output)
    assert (report["hours"], report["bill"], report["requests"]) == (2, 10**13, 10**12)
    parts = [report[line] for line in ("requests", "judges", "outside", "idle")]
    assert sum(parts) == report["bill"]
    assert report["marginal"] == 2 * 1_000_001


def test_opencost_says_what_an_hour_cost(run: Run, engine: Engine, tmp_path: Path) -> None:
    """Its rows of the hour are added up, its floats rounded once; other names are left alone."""
    serve(engine, 5, 100_000, 40_000)
    file = tmp_path / "export.csv"
    file.write_text(
        "Name,Window Start,Window End,GPU Cost,Total Cost\n"
        "vllm-qwq,2026-09-21T10:00:00Z,2026-09-21T11:00:00Z,2.2,2.3000000000001\n"
        "vllm-qwq,2026-09-21T10:00:00Z,2026-09-21T11:00:00Z,0.1,0.1\n"
        "other,2026-09-21T10:00:00Z,2026-09-21T11:00:00Z,9,9\n"
    )
    hour = ("--hour", "2026-09-21T10:00", "--opencost", str(file))
    assert "names there: other, vllm-qwq; give --map" in run("bill", *hour).output
    [billed] = _bill(run, *hour, "--map", "vllm-qwq=gpu-simulated")
    assert (billed["method"], billed["bill_pico"]) == ("opencost", 2_400_000_000_000)
    late = run(
        "bill", "--hour", "2026-09-21T11:00", "--opencost", str(file), "--map", "vllm-qwq=gpu-simulated"
    )
    assert late.exit_code == 1 and "has no row for 2026-09-21 11:00 UTC in the export" in late.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "export.csv:1: no column for name"),
        ("name,start,totalCost\ngpu-simulated,10 o'clock,1\n", "export.csv:2: start and end must be times"),
        ("name,start,end,totalCost\ngpu-simulated,2026-09-21T10:00Z,2026-09-22T10:00Z,1\n", "one full hour"),
        ("name,start,totalCost\ngpu-simulated,2026-09-21T10:00Z,-1\n", "finite and not negative"),
        ("name,start,totalCost\ngpu-simulated,2026-09-21T10:00Z\n", "export.csv:2: 2 columns instead of 3"),
    ],
)
def test_an_export_that_cannot_be_used_is_refused(run: Run, tmp_path: Path, text: str, said: str) -> None:
    """With the line and what would be right; nothing is billed."""
    file = tmp_path / "export.csv"
    file.write_text(text)
    result = run("bill", "--hour", "2026-09-21T10:00", "--opencost", str(file))
    assert (result.exit_code, said in result.output) == (1, True), result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --hour, or --from"),
        (("--hour", "2026-09-21T10:30"), "must be the start of an hour"),
        (("--hour", "2099-01-01T10:00"), "that hour is not over"),
        (("--hour", "2025-01-01T10:00"), "has no GPU-hour rate in force at 2025-01-01 10:00 UTC"),
        (("--hour", "2026-09-21T10:00", "--endpoint", "gpu-simulatd"), "did you mean 'gpu-simulated'"),
    ],
)
def test_what_cannot_be_billed_is_said(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """Hours that are not over, hours without a rate, endpoints that do not exist."""
    result = run("bill", *arguments)
    assert result.exit_code != 0 and said in result.output, result.output


def test_break_even_is_held_against_both_lengths(run: Run, engine: Engine) -> None:
    """One hour at 5 USD against 100,000 tokens in and 40,000 out at the API's price."""
    serve(engine, 5, 100_000, 40_000)
    span = ("--from", "2026-09-21T10:00", "--to", "2026-09-21T11:00")
    result = run("break-even", "--endpoint", "gpu-simulated", "--against", "big", *span, "--json")
    facts = json.loads(result.output)
    assert (facts["bill"], facts["attempts"], facts["tokens"]) == (5 * 10**12, 1, 140_000)
    assert facts["same_tokens"] == 100_000 * 1_250_000 + 40_000 * 10_000_000
    shown = run("break-even", "--endpoint", "gpu-simulated", "--against", "big", *span).output
    assert "big at the same tokens: 0.5250 USD, the API model is cheaper; break-even at 9.52 times" in shown
