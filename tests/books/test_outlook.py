"""Forecasts and odd days from the daily charges: exact histories, the planted week, and the commands."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select

from router.books.outlook.ahead import forecast_month
from router.books.outlook.daily import Part, by_team, daily, history
from router.books.outlook.odd import explained_days, odd_days
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.cli import main
from router.policy.documents import Bundle
from router.record.tables import attempts, judge_calls

TODAY = date(2026, 10, 19)
STORY = [date(2026, 10, 19) + timedelta(days=n) for n in range(7)]


def seeded(ledger: Engine, shipped: Bundle, rows: int) -> None:
    """Three months that end with October."""
    seed_ledger(ledger, Order(rows, 3, 1, date(2026, 10, 1)), shipped.catalog, shipped.prices, lambda _: None)
    roll(ledger, (), 1)


def test_history_is_the_ledgers_cost_by_day(ledger: Engine, shipped: Bundle) -> None:
    """To the pico, as a whole and by team; days are consecutive, and today is apart."""
    seeded(ledger, shipped, 3_000)
    first, end = date(2026, 8, 1), date(2026, 11, 1)
    with ledger.connect() as connection:
        calls = attempts.c.cost_pico, judge_calls.c.cost_pico
        truth = sum(int(connection.scalar(select(func.sum(cost))) or 0) for cost in calls)
        whole = daily(connection, Part(), first, end)
        teams = by_team(connection, Part(), first, end)
        past, today = history(connection, Part(), TODAY)
        none = history(connection, Part(team="nobody"), TODAY)
    assert sum(whole.amounts) == truth and len(whole.amounts) == 92
    assert sum(sum(series.amounts) for series in teams.values()) == truth
    assert past.end == TODAY and today == whole.amounts[(TODAY - first).days]
    assert past.amounts == whole.amounts[: (TODAY - first).days]
    assert none[0].amounts == () and none[1] == 0


def test_a_month_is_forecast_from_the_days_before(ledger: Engine, shipped: Bundle) -> None:
    """The spent part is exact; the end of the month is near what came."""
    seeded(ledger, shipped, 20_000)
    with ledger.connect() as connection:
        found = forecast_month(connection, Part(), TODAY)
        october = daily(connection, Part(), date(2026, 10, 1), date(2026, 11, 1)).amounts
        assert forecast_month(connection, Part(), date(2026, 8, 20)) is None
    assert found is not None and found.path[-1].day == date(2026, 10, 31)
    assert found.spent == sum(october[:19])
    assert abs(found.total.middle - sum(october)) < 0.1 * sum(october)


def test_the_planted_week_is_odd_and_explained(sqlite_ledger: Engine, shipped: Bundle) -> None:
    """Weekdays of the story stand out for that team, its mix is the cause, and effects add up exactly."""
    seeded(sqlite_ledger, shipped, 60_000)
    with sqlite_ledger.connect() as connection:
        found = odd_days(connection, Part(team="search"), "team", (date(2026, 10, 1), date(2026, 10, 31)))
        causes = explained_days(connection, found)
        series = daily(connection, Part(team="search"), date(2026, 8, 1), date(2026, 11, 1))
    assert len([odd for odd in found if odd.anomaly.day in STORY and odd.anomaly.beyond > 0]) >= 2
    for odd, why in zip(found, causes, strict=True):
        day, like = (series.amounts[(d - series.first).days] for d in (odd.anomaly.day, odd.anomaly.like))
        assert why.change == day - like == sum(why.effects.values())
    mixes = [why for odd, why in zip(found, causes, strict=True) if odd.anomaly.day in STORY]
    assert all(why.largest is not None and why.largest[1] == "mix" for why in mixes)


def test_the_commands(
    sqlite_ledger: Engine, sqlite_url: str, shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text and JSON say the same; too little history and a month that is over are errors that say so."""
    seeded(sqlite_ledger, shipped, 20_000)
    monkeypatch.setenv("TIERGATE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))

    def run(*args: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, args)
        return done.exit_code, done.output

    code, text = run("forecast", "--as-of", "2026-10-19", "--team", "search", "--amount", "1.5")
    assert code == 0 and "will be used up about 2026-10-" in text
    code, made = run("forecast", "--as-of", "2026-10-19", "--team", "search", "--amount", "1.5", "--json")
    facts = orjson.loads(made)
    assert code == 0 and facts["estimate"] is True and facts["path"][-1]["day"] == "2026-10-31"
    assert facts["total_pico"]["low"] <= facts["total_pico"]["middle"] <= facts["total_pico"]["high"]
    assert facts["run_out"]["expected"] in text
    code, said = run("forecast")
    assert code == 1 and "28 whole days" in said and "2026-10-31" in said
    assert run("forecast", "--month", "2026-09", "--as-of", "2026-10-19")[0] == 2
    assert run("forecast", "--amount", "much")[0] == 2
    code, said = run("anomalies", "--from", "2026-10-01", "--to", "2026-10-31", "--least", "0.02")
    assert code == 0 and "mix" in said and "median absolute deviation" in said
    code, made = run("anomalies", "--from", "2026-10-01", "--to", "2026-10-31", "--least", "0.02", "--json")
    for one in orjson.loads(made):
        assert sum(one["effects"].values()) == one["change_since_like"]
    assert run("anomalies", "--from", "2026-10-09", "--to", "2026-10-01")[0] == 2
