"""What screens ask of the rollups, timed with the database's own plan: `python -m tests.bench.books_queries`.

On the ledger that TIERGATE_DATABASE_URL or TIERGATE_DATA_DIR names; make one first with `tiergate ledger seed
--rows 10000000 --months 6` and `tiergate books roll`. Each query runs five times; the median counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from router.record.book_tables import charges_day, charges_hour, outcomes_day, rollup_days
from router.record.engine import ledger_engine
from router.settings import read_settings

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
        team = connection.execute(select(_C.team).limit(1)).scalar_one()
        hour = connection.execute(select(func.max(_H.hour_us))).scalar_one() - 86_400_000_000
        rows = [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in
                (charges_day, outcomes_day, charges_hour)]  # fmt: skip
        print(
            f"{engine.dialect.name}: {rows[0]:,} charges and {rows[1]:,} outcomes by day, {rows[2]:,} by hour"
        )
        for name, query in queries(f"{last[:7]}-01", last, team, hour):
            print(f"\n{name}: {_median_ms(connection, query):,.1f} ms")
            for line in _plan(connection, query):
                print(f"    {line}")


def _median_ms(connection: Connection, query: Select[Any]) -> float:
    taken = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        connection.execute(query).all()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _plan(connection: Connection, query: Select[Any]) -> list[str]:
    lite = connection.dialect.name == "sqlite"
    dialect = sqlite.dialect() if lite else postgresql.dialect()
    sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    rows = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if lite else ''}{sql}".replace(":", r"\:")))
    return [str(row[-1]) for row in rows]


if __name__ == "__main__":
    main()
