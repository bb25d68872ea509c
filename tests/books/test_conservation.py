"""Money is conserved: in whatever order it is booked, retried, cancelled, judged, corrected, billed by the
GPU hour, closed and reopened, all that finance reads adds up to the ledger, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, func, select

from dashboard.filters import Filters
from dashboard.queries import charges
from router.books.focus.columns import VERSIONS
from router.books.focus.providers import Providers
from router.books.focus.rows import export
from router.books.months import month_of
from router.books.periods.close import NotClosed, NotReopened, Who, reopen
from router.books.rollups.facts import CHARGES
from router.books.statement.build import build
from router.books.statement.cents import rounded
from router.books.tie.compare import compare
from router.domain.money import PicoUSD, as_usd
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.books.focus_spec import refuse
from tests.books.test_periods import MONTHS, TRIES, Ledger
from tests.postgres import fresh_database


def on_screen(connection: Connection) -> set[int]:
    """What the dashboard's page of spend adds up to: in its headline, by day, by hour, by everything it
    divides by."""
    days = charges.by_day(connection, Filters())
    one_each = {date.fromisoformat(str(cell.name)) for cell in days}
    hours = [
        cell for day in one_each for cell in charges.by_hour(connection, Filters(first_day=day, last_day=day))
    ]
    divided = [days, hours, *(charges.parts(connection, Filters(), by) for by in charges.BY)]
    whole = charges.totals(connection, Filters()).spend
    return {whole, *(sum(cell.sums.spend for cell in cells) for cells in divided)}


class Conservation(RuleBasedStateMachine):
    """Whatever is booked, retried, cancelled, corrected, rolled up, closed and reopened, in any order: the
    months together are the ledger, to the pico, and so are the dashboard's sums; closed months stay what they
    were."""

    folder: Path
    another: Callable[[], AbstractContextManager[str]]
    """The URL of an empty ledger with its tables."""

    @initialize()
    def start(self) -> None:
        self.place = type(self).another()
        self.books = Ledger(ledger_engine(self.place.__enter__()), self.folder)
        self.closed: dict[date, int] = {}

    @rule(month=st.sampled_from(MONTHS), tries=st.sampled_from(TRIES), day=st.integers(0, 27))
    def book(self, month: date, tries: tuple[str, ...], day: int) -> None:
        self.books.book(month, tries, day)

    @rule(month=st.sampled_from(MONTHS), day=st.integers(0, 27))
    def cancel(self, month: date, day: int) -> None:
        self.books.cancel(month, day)

    @rule(month=st.sampled_from(MONTHS), day=st.integers(0, 27))
    def judge(self, month: date, day: int) -> None:
        """An answer that is judged, for which the judge is paid."""
        self.books.judge(month, day)

    @rule(month=st.sampled_from(MONTHS), day=st.integers(0, 27), again=st.booleans())
    def bill(self, month: date, day: int, again: bool) -> None:
        """The hour of the day's requests, at the endpoint of the big model."""
        self.books.bill(month, day, again=again)

    @rule()
    def correct(self) -> None:
        self.books.correct()

    @rule()
    def roll(self) -> None:
        self.books.roll()

    @rule(month=st.sampled_from(MONTHS))
    def close(self, month: date) -> None:
        try:
            self.books.close(month)
        except NotClosed:
            return
        self.closed[month] = self.books.costs()[MONTHS.index(month)]

    @rule(month=st.sampled_from(MONTHS))
    def reopen(self, month: date) -> None:
        try:
            reopen(self.books.engine, month, Who("x", self.books.tick()), "why not")
        except NotReopened:
            return
        del self.closed[month]

    @invariant()
    def nothing_is_lost(self) -> None:
        self.books.roll()
        costs = self.books.costs()
        with self.books.engine.connect() as connection:
            found = list(compare(connection, Providers()))
        assert [one for one in found if one.off] == []
        for month, cost in self.closed.items():
            assert costs[MONTHS.index(month)] == cost
        with self.books.engine.connect() as connection:
            live = select(func.sum(CHARGES.day.c.cost_pico))
            assert int(connection.execute(live).scalar_one() or 0) == sum(costs)
            assert on_screen(connection) == {sum(costs)}

    def teardown(self) -> None:
        """At the end, statements, printed cents and FOCUS files of all months are held against them too."""
        if not hasattr(self, "books"):
            return
        with self.books.engine.connect() as connection:
            for month, cost in zip((*MONTHS, month_of(MONTHS[-1], 1)), self.books.costs(), strict=True):
                made = build(connection, month)
                assert sum(line.cost_pico for line in made.lines) == cost
                assert sum(line.printed for line in made.lines) == made.printed == rounded(cost)
                for version in VERSIONS:
                    rows = export(connection, month, version, Providers()).rows
                    assert sum(row["EffectiveCost"] for row in rows) == as_usd(PicoUSD(cost))
                    assert [said for row in rows for said in refuse(row, version)] == []
        self.books.engine.dispose()
        self.place.__exit__(None, None, None)


def hold(tmp_path: Path, another: Callable[[], AbstractContextManager[str]], examples: int) -> None:
    of_it = {"folder": tmp_path, "another": staticmethod(another)}
    machine: Any = type("Conservation", (Conservation,), of_it)
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=14))


def made_ready(url: str) -> None:
    engine = ledger_engine(url)
    migrate(engine)
    engine.dispose()


def test_months_together_are_the_ledger(tmp_path: Path) -> None:
    """The property above, over any order of doing things."""
    first = tmp_path / "first.sqlite"
    made_ready(f"sqlite:///{first}")

    @contextmanager
    def another() -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            yield f"sqlite:///{shutil.copy(first, folder)}"

    hold(tmp_path, another, 45)


def test_months_together_are_the_ledger_on_postgresql(tmp_path: Path, postgres_server_url: str) -> None:
    """The same where amounts, sums and what is locked are another database's."""
    with fresh_database(postgres_server_url) as first:
        made_ready(first)
        hold(tmp_path, lambda: fresh_database(postgres_server_url, first), 10)
