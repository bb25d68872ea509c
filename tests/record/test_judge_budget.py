"""A judge's budget: hard, across gateways, whatever is in flight."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from router.domain.judgement import CompareWith, Judge
from router.domain.money import PicoUSD
from router.record.judge_budget import JudgeBudget
from router.record.lines import as_done
from router.record.write import LedgerWriter
from tests.record import rows

NOW = datetime(2026, 9, 30, 23, 0, tzinfo=UTC)
JUDGE = Judge("j", 1.0, CompareWith.NOTHING, PicoUSD(100), PicoUSD(150), None, 1024)


def spent(ledger: Engine) -> dict[str, int]:
    with ledger.connect() as connection:
        return {row.period: row.spent_pico for row in connection.execute(text("SELECT * FROM judge_budgets"))}


def test_day_and_month_both_hold(ledger: Engine) -> None:
    """A day that is used up ends that day; the month ends it for good, in its new day too."""
    budget = JudgeBudget(ledger)
    assert budget.reserve("r", JUDGE, NOW, PicoUSD(60))
    assert not budget.reserve("r", JUDGE, NOW, PicoUSD(60))
    assert budget.reserve("other rule", JUDGE, NOW, PicoUSD(60))
    yesterday = NOW - timedelta(days=1)
    assert budget.reserve("r", JUDGE, yesterday, PicoUSD(90))
    assert not budget.reserve("r", JUDGE, NOW - timedelta(days=2), PicoUSD(1))
    assert budget.reserve("r", JUDGE, NOW + timedelta(days=1), PicoUSD(100))


def test_refused_leaves_nothing_set_aside(ledger: Engine) -> None:
    """What the month refuses is not taken from the day."""
    budget = JudgeBudget(ledger)
    small = replace(JUDGE, day_pico=PicoUSD(100), month_pico=PicoUSD(10))
    assert not budget.reserve("r", small, NOW, PicoUSD(50))
    assert sum(spent(ledger).values()) == 0


def test_what_is_left_comes_back(ledger: Engine) -> None:
    """The difference between the most and the cost can be spent again, on the day it was taken from."""
    budget = JudgeBudget(ledger)
    assert budget.reserve("r", JUDGE, NOW, PicoUSD(100))
    budget.settle("r", JUDGE, NOW, PicoUSD(100), PicoUSD(7))
    assert spent(ledger) == {"2026-09-30": 7, "2026-09": 7}
    assert budget.reserve("r", JUDGE, NOW, PicoUSD(93))
    assert not budget.reserve("r", JUDGE, NOW, PicoUSD(1))


@pytest.mark.parametrize("only", ["day_pico", "month_pico"])
def test_one_budget_is_enough(ledger: Engine, only: str) -> None:
    """The other period is not kept."""
    other = "month_pico" if only == "day_pico" else "day_pico"
    judge = replace(JUDGE, **{other: None})
    assert JudgeBudget(ledger).reserve("r", judge, NOW, PicoUSD(50))
    assert len(spent(ledger)) == 1


def test_many_at_once(ledger: Engine) -> None:
    """Of forty who want a tenth of it at the same time, ten get it."""
    budget = JudgeBudget(ledger)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: budget.reserve("r", JUDGE, NOW, PicoUSD(10)), range(40)))
    assert sum(got) == 10
    assert spent(ledger) == {"2026-09-30": 100, "2026-09": 100}


def test_a_call_is_booked_once_however_it_ends(ledger: Engine) -> None:
    """The row of before the call gives way to that of its end, and not the other way round."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key), [rows.attempt(key)])])
    ended = rows.judge_call(key)
    begun = replace(ended, status="interrupted", cost_pico=None, cost_state="usage_missing", output=None)
    other = replace(begun, call=2)
    for batch in ([begun, other], [begun, ended], [begun], [ended, begun]):
        assert writer.insert_later("judge_calls", list(map(astuple, batch))) == []
    with ledger.connect() as connection:
        found = connection.execute(
            text("SELECT call, status, cost_pico FROM judge_calls ORDER BY call")
        ).all()
    assert [tuple(row) for row in found] == [(1, "ok", ended.cost_pico), (2, "interrupted", None)]
