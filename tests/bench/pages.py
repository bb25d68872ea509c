"""Every statement of the dashboard's pages, timed, with the database's plan: `python -m tests.bench.pages`.

On the ledger that TIERGATE_DATABASE_URL or TIERGATE_DATA_DIR names; make one first with `tiergate ledger seed
--rows 10000000 --months 6` and `tiergate books roll`. The pages run by Streamlit's test runner, for
somebody who sees every team and for the lead of one. Each statement they made is then made again by itself,
all of its rows fetched, and the fastest of three counts: elapsed, and this process's CPU (with SQLite all of
the work, with PostgreSQL none of the server's). `--plans` prints the plan of each. Exit code 1: one took a
second or more.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, event, func, select
from streamlit.testing.v1 import AppTest

from dashboard import access
from dashboard.ledger import ledger_url, reading
from router.domain.roles import Principal, Role
from router.record.book_tables import rollup_days
from router.record.tables import requests

_HOME = Path(__file__).parents[2] / "dashboard" / "Home.py"
_RUNS = 3
_MOST_MS = 1_000.0
_TEAM = "search"
_HEAD = """\
| page | seen by | statements | together | slowest | its CPU | it reads whole |
| --- | --- | ---: | ---: | ---: | ---: | --- |"""
Params = dict[str, str]


@dataclass(slots=True)
class Statement:
    """One that a page made. `scans`: what its plan reads whole."""

    sql: str
    given: Any
    ms: float = 0.0
    cpu_ms: float = 0.0
    rows: int = 0
    plan: list[str] = field(default_factory=list)

    @property
    def scans(self) -> list[str]:
        words = ("SCAN ", "Seq Scan on ")
        return [line.strip() for line in self.plan if any(word in line for word in words)]


def views(day: str, request_id: str) -> list[tuple[str, Params]]:
    """Each page as it opens, and as whatever a reader can ask of it that takes longest."""
    everything = {"period": "all"}
    return [
        ("overview", {}), ("overview", everything),
        ("spend", {}), ("spend", {**everything, "by": "workload"}),
        ("spend", {**everything, "by": "tag cost_centre"}),
        ("spend", {"day": day}), ("spend", {**everything, "team": _TEAM, "by": "model"}),
        ("changes", {"team": _TEAM}),
        ("budgets", {}), ("budgets", {"team": _TEAM}),
        ("savings", {}), ("savings", {**everything, "by": "workload"}),
        ("quality", {}), ("quality", {**everything, "by": "task"}),
        ("models", {}), ("models", everything),
        ("requests", {}), ("requests", everything), ("requests", {**everything, "team": _TEAM}),
        ("requests", {**everything, "cost": "unknown"}), ("requests", {**everything, "outcome": "refused"}),
        ("requests", {**everything, "page": "1000"}), ("requests", {**everything, "workload": "not named"}),
        ("request", {"id": request_id}),
        ("policy", {}), ("policy", {"by": "30 days"}),
        ("close", {}), ("close", {"team": _TEAM}),
    ]  # fmt: skip


@contextmanager
def heard() -> Iterator[list[Statement]]:
    """The statements that the block makes, by whatever connection."""
    found: list[Statement] = []

    def note(_c: Any, _cursor: Any, sql: str, given: Any, _context: Any, _many: bool) -> None:
        if sql.lstrip()[:6].upper() in ("SELECT", "WITH"):
            found.append(Statement(sql, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def made(page: str, params: Params, who: Principal) -> list[Statement]:
    """What a page asked the ledger, each statement once. Raises RuntimeError where it failed."""
    app = AppTest.from_file(_HOME, default_timeout=600)
    app.query_params.update(params)
    with patch.object(access, "principal", lambda: who):
        if page != "overview":
            app.run()
            app.switch_page(f"views/{page}.py")
            app.query_params.update(params)
        app.run()  # the address counts from a page's second run on, in the test runner
        with heard() as found:
            app.run()
    if app.exception:
        raise RuntimeError(f"{page} {params}: {app.exception[0].value}")
    return list({(one.sql, str(one.given)): one for one in found}.values())


def measure(connection: Connection, one: Statement) -> None:
    """Times the statement and asks for its plan."""
    taken = []
    for _ in range(_RUNS):
        started, busy = time.perf_counter(), time.process_time()
        one.rows = len(connection.exec_driver_sql(one.sql, one.given).fetchall())
        taken.append((time.perf_counter() - started, time.process_time() - busy))
    one.ms, one.cpu_ms = (min(part) * 1000 for part in zip(*taken, strict=True))
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    one.plan = [str(row[-1]) for row in connection.exec_driver_sql(explain + one.sql, one.given)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plans", action="store_true", help="print every statement with its plan")
    parser.add_argument("--only", help="only this page")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    url = ledger_url(os.environ)
    slow = False
    with reading(url, access.LOCAL) as connection:
        day = str(connection.scalar(select(func.max(rollup_days.c.day))))
        request_id = str(connection.scalar(select(requests.c.id).limit(1)))
        print(f"{connection.dialect.name}\n\n{_HEAD}")
        for page, params in views(day, request_id):
            for who in (access.LOCAL, Principal("lead", Role.TEAM_LEAD, (_TEAM,))):
                if asked.only in (None, page):
                    found = made(page, params, who)
                    slow |= _told(connection, found, _named(page, params, who), plans=asked.plans)
    sys.exit(1 if slow else 0)


def _named(page: str, params: Params, who: Principal) -> str:
    shown = " ".join([page, *(f"{name}={value}" for name, value in params.items() if name != "id")])
    return f"{shown} | {'a lead' if who.limited_to else 'everybody'}"


def _told(connection: Connection, found: list[Statement], name: str, *, plans: bool) -> bool:
    for one in found:
        measure(connection, one)
    slowest = max(found, key=lambda one: one.ms)
    times = (sum(one.ms for one in found), slowest.ms, slowest.cpu_ms)
    scans = "; ".join(dict.fromkeys(slowest.scans)) or "nothing"
    print(f"| {name} | {len(found)} | {' | '.join(f'{ms:,.0f} ms' for ms in times)} | {scans} |", flush=True)
    for one in found if plans else [one for one in found if one.ms >= _MOST_MS]:
        plan = "\n".join(f"    {line}" for line in one.plan)
        print(f"\n{one.ms:,.1f} ms, {one.rows:,} rows\n{one.sql}\n{plan}")
    return any(one.ms >= _MOST_MS for one in found)


if __name__ == "__main__":
    main()
