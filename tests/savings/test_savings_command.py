"""`tiergate savings` on a ledger: every pico-dollar has one place, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from router.corrections.store import append
from router.domain.corrections import CorrectionRecord
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.write import LedgerWriter
from router.savings.command import savings_
from tests.record import rows

Run = Callable[..., Result]
SPAN = ("--from", "2026-09-01", "--to", "2026-10-01")


@pytest.fixture
def engine(ledger_url: str) -> Any:
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def run(ledger_url: str) -> Run:
    def command(*arguments: str) -> Result:
        unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}
        return CliRunner().invoke(savings_, arguments, env={**unset, "TIERGATE_DATABASE_URL": ledger_url})

    return command


def book(engine: Engine, cost: int | None, tried: list[dict[str, Any]], **changes: Any) -> str:
    """A request with attempts on its own endpoint unless they say otherwise."""
    key = rows.new_id()
    plain = {
        "baseline_pico": 1_000, "baseline_output": 10, "baseline_input_price": 40,
        "baseline_output_price": 60, "cost_pico": cost,
    }  # fmt: skip
    request = replace(rows.request(key, len(tried)), **{**plain, **changes})
    attempts = [rows.attempt(key, n, **one) for n, one in enumerate(tried, 1)]
    assert LedgerWriter(engine).insert([as_done(request, attempts)]) == []
    return key


def facts(run: Run, *arguments: str) -> list[dict[str, Any]]:
    result = run(*SPAN, "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)
    return found


def fill(engine: Engine) -> None:
    """An answer; one after a retry and a rejected answer; one that nobody answered; another team's."""
    book(engine, 100, [{"cost_pico": 100}])
    book(
        engine,
        460,
        [
            {"cost_pico": 10, "status": "timeout", "verdict": None},
            {"cost_pico": 50, "endpoint": "elsewhere", "verdict": "failed"},
            {"cost_pico": 400},
        ],
    )
    book(engine, 30, [{"cost_pico": 30, "status": "error"}], baseline_pico=None, outcome="exhausted")
    book(engine, 7, [{"cost_pico": 7}], team="care", baseline_pico=500, baseline_output=5)


def test_every_cost_has_one_place(run: Run, engine: Engine) -> None:
    """Answers, retries, escalations and what was not answered; the band is 30% of the output part."""
    fill(engine)
    [found] = facts(run)
    spent = found["spent"]
    assert (spent["answers"], spent["retries"], spent["escalations"], spent["unanswered"]) == (
        507,
        10,
        50,
        30,
    )
    assert (found["requests"], found["baseline_booked"]) == (3, 2_500)
    assert found["baseline"] == {"low": 2_500 - 450, "middle": 2_500, "high": 2_500 + 450}
    assert found["gross"]["middle"] == 2_500 - 507
    assert found["net"]["middle"] == 2_500 - 507 - 90
    assert found["holdout"] is None and "give or take 30%" in found["method"]


def test_samples_that_were_not_chosen_are_overhead(run: Run, engine: Engine) -> None:
    """One answer a request counts as such, however many were bought of the same model."""
    book(engine, 300, [{"cost_pico": 100}, {"cost_pico": 100}, {"cost_pico": 100}])
    [found] = facts(run)
    assert (found["spent"]["answers"], found["spent"]["escalations"]) == (100, 200)


def test_groups_add_up_to_the_whole(run: Run, engine: Engine) -> None:
    """By team, tier or day: the same money."""
    fill(engine)
    [whole] = facts(run)
    for by in ("team", "tier", "day", "project", "workload"):
        parts = facts(run, "--by", by)
        for name in ("gross", "net"):
            assert sum(part[name]["middle"] for part in parts) == whole[name]["middle"], by


def test_corrections_move_the_saving(run: Run, engine: Engine) -> None:
    """A cost corrected upwards is a saving that was not made; one that became known is compared since."""
    first = book(engine, 100, [{"cost_pico": 100}])
    second = book(engine, None, [{"cost_pico": None, "cost_state": "unpriced"}], cost_state="unpriced")
    made = [
        CorrectionRecord(key, 1, 1, "b", "rerate", 1, "f", "r", delta, 0, resolves, delta, 0, resolves,
                         0, 0, 0, 0, None, "p", "{}")
        for key, delta, resolves in ((first, 5, False), (second, 70, True))
    ]  # fmt: skip
    with engine.begin() as connection:
        append(connection, made)
    [found] = facts(run)
    assert (found["requests"], found["spent"]["answers"]) == (2, 175)
    assert found["gross"]["middle"] == 2_000 - 175


def test_a_holdout_is_measured_and_kept_out_of_the_rest(run: Run, engine: Engine) -> None:
    """35 held out at 900 micro-dollars against 40 routed at 100; only the routed ones have a saving."""
    micro = 10**6
    for _ in range(35):
        book(engine, 900 * micro, [{"cost_pico": 900 * micro}], holdout=True)
    for _ in range(40):
        book(engine, 100 * micro, [{"cost_pico": 100 * micro}], holdout=False)
    [found] = facts(run)
    assert (found["requests"], found["spent"]["answers"]) == (40, 40 * 100 * micro)
    held = found["holdout"]
    assert (held["held_out"], held["routed"]) == (35, 40)
    assert held["saving"] == dict.fromkeys(("low", "middle", "high"), 40 * 800 * micro)
    assert "measured on 35 requests held out at random against 40 routed" in run(*SPAN).output


def test_what_a_person_reads(run: Run, engine: Engine) -> None:
    """Bands, the method in one sentence, and the overhead in parts; nothing where nothing was asked."""
    assert "no requests in that time" in run(*SPAN).output
    fill(engine)
    shown = run(*SPAN).output
    assert "overhead: retries" in shown and "The declared baseline model's price" in shown
