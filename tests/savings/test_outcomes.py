"""Cost per accepted outcome: verified, judged and reported each on their own requests, never mixed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from router.domain.opinions import JudgementRecord
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.write import LedgerWriter
from router.savings.unit_command import outcomes_
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
        return CliRunner().invoke(outcomes_, arguments, env={**unset, "TIERGATE_DATABASE_URL": ledger_url})

    return command


def book(engine: Engine, cost: int | None, verdict: str | None = None, **changes: Any) -> str:
    key = rows.new_id()
    state = "priced" if cost is not None else "unpriced"
    request = replace(rows.request(key), cost_pico=cost, cost_state=state, verdict=verdict, **changes)
    assert LedgerWriter(engine).insert([as_done(request, [rows.attempt(key, cost_pico=cost)])]) == []
    return key


def judge(engine: Engine, key: str, outcome: str, score: float | None = None, model: str = "j") -> None:
    row = JudgementRecord(key, 1, model, False, "default", "small", "pairwise", None, None, outcome, None,
                          None, score, 10, 10, None, 1)  # fmt: skip
    assert LedgerWriter(engine).insert_later("judgements", [astuple(row)]) == []


def report(engine: Engine, key: str, at: int, **changes: Any) -> None:
    row = replace(
        rows.feedback(key), id=f"{key}-{at}", created_us=at, **{"thumb": None, "score": None, **changes}
    )
    assert LedgerWriter(engine).insert_later("feedback", [astuple(row)]) == []


def fill(engine: Engine) -> None:
    """Verified 10 good, 30 bad, and 5 good after the reply; judged 7 and 8; reported 20 and 40; and 100."""
    book(engine, 10, "passed")
    book(engine, 30, "failed")
    late = book(engine, 5)
    LedgerWriter(engine).insert_later("verdicts", [astuple(rows.verdict(late))])
    good, bad = book(engine, 7), book(engine, 8)
    judge(engine, good, "tie")
    judge(engine, good, "better", model="k")
    judge(engine, bad, "graded", 0.2)
    judge(engine, bad, "unreadable", model="k")
    liked, scored = book(engine, 20), book(engine, 40)
    report(engine, liked, 1, thumb="down")
    report(engine, liked, 2, thumb="up")
    report(engine, scored, 1, score=0.3)
    book(engine, 100)
    book(engine, None)


def test_each_kind_of_quality_has_its_own_requests(run: Run, engine: Engine) -> None:
    """Cost of all that were looked at, the bad ones too, over the good ones; no other request counts."""
    fill(engine)
    result = run(*SPAN, "--json")
    [found] = json.loads(result.output)
    assert (found["requests"], found["cost_pico"], found["per_request_pico"]) == (8, 220, round(220 / 8))
    assert [found[basis][name] for basis in ("verified", "judged", "reported") for name in
            ("n", "good", "cost_pico", "per_outcome_pico")] == [
        3, 2, 45, 22,
        2, 1, 15, 15,
        2, 1, 60, 60,
    ]  # fmt: skip
    assert found["verified"]["share_low"] < 2 / 3 < found["verified"]["share_high"]
    assert found["tokens"] == 8 * 151
    assert found["per_million_tokens_pico"] == round(220 * 10**6 / (8 * 151))


def test_groups_and_what_nobody_looked_at(run: Run, engine: Engine) -> None:
    """A team without any check has no cost per outcome, not a cost of nothing."""
    fill(engine)
    book(engine, 9, team="dark")
    dark = next(
        row for row in json.loads(run(*SPAN, "--by", "team", "--json").output) if row["group"] == "dark"
    )
    assert (dark["verified"]["n"], dark["verified"]["per_outcome_pico"]) == (0, None)
    shown = run(*SPAN, "--by", "team").output
    assert "- (n 0)" in shown and "(2 of 3, 67%" in shown
    assert "no requests of known cost" in run("--from", "2020-01-01", "--to", "2020-02-01").output
