"""What screens ask of the rollups, timed with the database's own plan: `python -m tests.bench.books_queries`.

On the ledger that TIERGATE_DATABASE_URL or TIERGATE_DATA_DIR names; make one first with `tiergate ledger seed
--rows 10000000 --months 6` and `tiergate books roll`. Each query runs five times; the fastest counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from router.books.explain.weeks import explain_week
from router.books.months import microseconds
from router.books.outlook.ahead import forecast_month
from router.books.outlook.daily import Part
from router.books.outlook.odd import odd_days
from router.books.statement.build import build
from router.domain.teams import Team
from router.gpu.loaded import loaded
from router.record.book_tables import charges_day, charges_hour, outcomes_day, rollup_days
from router.record.engine import ledger_engine
from router.savings.period import Period
from router.savings.query import found
from router.savings.unit_query import unit_costs
from router.settings import read_settings

Call = Callable[[], object]
_RUNS = 5
_C, _H, _O = charges_day.c, charges_hour.c, outcomes_day.c


def queries(first: str, last: str, team: str, hour_us: int) -> Iterator[tuple[str, Select[Any]]]:
    """By what a reader would call them."""
    within = _C.day.between(first, last)
    cost, listed = func.sum(_C.cost_pico), func.sum(_C.list_pico)
    yield "spend by team, all time", select(_C.team, cost).group_by(_C.team)
    yield "spend by day and tier, all time", select(_C.day, _C.tier, cost).group_by(_C.day, _C.tier)
    part = select(_C.project, _C.workload, _C.model, cost, listed).where(within, _C.team == team)
    yield "one team's month", part.group_by(_C.project, _C.workload, _C.model)
    yield "spend by tags, last month", select(_C.tags, cost).where(within).group_by(_C.tags)
    measures = (func.sum(_O.requests), func.sum(_O.baseline_pico), func.sum(_O.compared_cost_pico))
    yield "verdicts by tier, all time", select(_O.tier, _O.verdict, *measures).group_by(_O.tier, _O.verdict)
    day = _H.hour_us.between(hour_us, hour_us + 86_400_000_000)
    hours = select(_H.hour_us, _H.tier, func.sum(_H.cost_pico)).where(day)
    yield "one day by hour", hours.group_by(_H.hour_us, _H.tier)


def main() -> None:
    engine = ledger_engine(read_settings().ledger_url)
    with engine.connect() as connection:
        last = connection.execute(select(func.max(rollup_days.c.day))).scalar_one()
        whose = Team(*connection.execute(select(_C.organisation, _C.team).limit(1)).one())
        hour = connection.execute(select(func.max(_H.hour_us))).scalar_one() - 86_400_000_000
        rows = [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in
                (charges_day, outcomes_day, charges_hour)]  # fmt: skip
        print(
            f"{engine.dialect.name}: {rows[0]:,} charges and {rows[1]:,} outcomes by day, {rows[2]:,} by hour"
        )
        for name, query in queries(f"{last[:7]}-01", last, whose.name, hour):
            print(f"\n{name}: {_fastest(partial(_rows, connection, query))}")
            for line in _plan(connection, query):
                print(f"    {line}")
        print()
        for name, call in calls(connection, f"{last[:7]}-01", last, whose):
            print(f"{name}: {_fastest(call)}")


def calls(
    connection: Connection, first: str, last: str, team: Team
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What pages and commands ask for through functions, each of which reads several sums."""
    start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    month = Period(microseconds(start), microseconds(end))
    ever = Period(0, microseconds(end))
    today, part = date.fromisoformat(last), Part.of(team)
    yield "savings, a month", lambda: found(connection, "all", month)
    yield "savings by team, all time", lambda: found(connection, "team", ever)
    yield "cost per accepted outcome by team, all time", lambda: unit_costs(connection, "team", ever)
    yield "forecast of a team's month", lambda: forecast_month(connection, part, today)
    yield "odd days of every team, a month", lambda: odd_days(connection, Part(), "team", (start, today))
    yield "why a team's week changed", lambda: explain_week(connection, team, today - timedelta(days=13))
    yield "GPU hours, a month", lambda: loaded(connection, month.first_us, month.end_us)
    yield "statement of a month", lambda: build(connection, start)


def _fastest(call: Call) -> str:
    """Elapsed, and this process's CPU: with SQLite all of the work, with PostgreSQL none of the server's.
    Other work on the machine only ever adds to the first."""
    taken = []
    for _ in range(_RUNS):
        started, busy = time.perf_counter(), time.process_time()
        call()
        taken.append((time.perf_counter() - started, time.process_time() - busy))
    elapsed, cpu = (min(one) * 1000 for one in zip(*taken, strict=True))
    return f"{elapsed:,.1f} ms ({cpu:,.1f} ms CPU)"


def _rows(connection: Connection, query: Select[Any]) -> object:
    return connection.execute(query).all()


def _plan(connection: Connection, query: Select[Any]) -> list[str]:
    lite = connection.dialect.name == "sqlite"
    dialect = sqlite.dialect() if lite else postgresql.dialect()
    sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    rows = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if lite else ''}{sql}".replace(":", r"\:")))
    return [str(row[-1]) for row in rows]


if __name__ == "__main__":
    main()
