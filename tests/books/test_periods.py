"""Months: closed in order, never changed, late rows and corrections taken over by the next, nothing lost."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from router.books.focus.providers import Providers
from router.books.months import microseconds, month_of
from router.books.periods.calendar import calendar, known_months
from router.books.periods.close import NotClosed, NotReopened, Who, altered, close, reopen
from router.books.periods.lines import lines
from router.books.periods.totals import totals
from router.books.rollups.facts import OUTCOMES
from router.books.rollups.roll import roll
from router.books.tie.compare import compare
from router.corrections.run import rerate
from router.domain.gpu import GpuRate, GpuRates
from router.domain.money import PicoUSD
from router.domain.usage import Usage
from router.gpu.bill import Order, bill_hour
from router.record.book_tables import period_charges, periods
from router.record.journal import Journal
from router.record.lines import as_done
from router.record.tables import attempts, corrections, judge_calls
from router.record.write import LedgerWriter
from tests.corrections import made
from tests.record import rows

MONTHS = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
AFTER = microseconds(date(2027, 1, 1))
BOOK = made.book(big=(7, 9, 8))
RATE = GpuRate("gpu", "big-1", PicoUSD(10**6 + 1), 1, 10_000, 1_000, 4_000,
               datetime(2026, 1, 1, tzinfo=UTC), None, "test")  # fmt: skip
TRIES = (("big",), ("small",), ("small", "big"), ("big", "big"), ())
DEARER = made.book(big=(8, 9, 9), small=(2, 3, 4))


@dataclass
class Ledger:
    """A ledger with a clock of its own, and what is done to it."""

    engine: Engine
    folder: Path
    now_us: int = AFTER
    ids: list[str] = field(default_factory=list)

    def tick(self) -> int:
        self.now_us += 1_000_000
        return self.now_us

    def book(self, month: date, tries: tuple[str, ...] = ("big",), day: int = 3, team: str = "search") -> str:
        """A request of that month, and its id; `small` has no price yet."""
        request, tried = made.request([made.Try(m, Usage(100, 0, 0, 50)) for m in tries], BOOK)
        started = microseconds(month) + day * 86_400_000_000
        request = rows.replace(request, started_us=started, day=f"{month:%Y-%m}-{day + 1:02}", team=team)
        LedgerWriter(self.engine).insert([as_done(request, tried)])
        return request.id

    def cancel(self, month: date, day: int) -> None:
        """A request whose client left: its one attempt's cost is estimated, and nothing was returned."""
        request, [attempt] = made.request([made.Try("big", Usage(100, 0, 0, 20))], BOOK)
        started = microseconds(month) + day * 86_400_000_000
        estimated = {"usage_estimated": True, "cost_state": "estimated"}
        request = rows.replace(
            request, started_us=started, day=f"{month:%Y-%m}-{day + 1:02}", outcome="cancelled",
            verdict="unverified", answered_n=None, tier=None, model=None, endpoint=None, **estimated,
        )  # fmt: skip
        attempt = rows.replace(attempt, status="cancelled", **estimated)
        assert LedgerWriter(self.engine).insert([as_done(request, [attempt])]) == []

    def judge(self, month: date, day: int) -> None:
        """The same with a judge's call for its answer."""
        key = self.book(month, day=day)
        call = rows.judge_call(key, started_us=microseconds(month) + day * 86_400_000_000 + 1)
        assert LedgerWriter(self.engine).insert_later("judge_calls", [astuple(call)]) == []

    def bill(self, month: date, day: int, *, again: bool) -> None:
        """An hour of GPUs, by the work that the ledger knows of it."""
        order = Order(GpuRates({RATE.endpoint: (RATE,)}), {}, self.tick(), "finance", again=again)
        with self.engine.begin() as connection:
            bill_hour(connection, order, RATE.endpoint, microseconds(month) + day * 86_400_000_000)

    def roll(self, behind_us: int = 0) -> None:
        """By a machine whose clock may be behind."""
        roll(self.engine, (), self.tick() - behind_us)

    def close(self, month: date) -> None:
        self.roll()
        close(self.engine, month, self.folder, Who("finance", self.tick()), ["invoices"])

    def correct(self) -> None:
        rerate(self.engine, DEARER, 0, 2**62, made.stamp(), dry_run=False)

    def costs(self) -> list[int]:
        """The cost of each month."""
        with self.engine.connect() as connection:
            return [totals(connection, month).cost for month in (*MONTHS, month_of(MONTHS[-1], 1))]

    def truth(self) -> int:
        """Attempts, judges' calls and corrections, from the ledger's rows."""
        columns = (attempts.c.cost_pico, judge_calls.c.cost_pico, corrections.c.delta_pico)
        with self.engine.connect() as connection:
            return sum(int(connection.scalar(select(func.sum(column))) or 0) for column in columns)


@pytest.fixture
def books(ledger: Engine, tmp_path: Path) -> Ledger:
    return Ledger(ledger, tmp_path)


ONE = 100 * 7 + 50 * 9


def test_a_closed_month_is_what_it_was(books: Ledger) -> None:
    """Late rows of it are an adjustment of the next month, by their own day; the closed month stays."""
    books.book(MONTHS[0])
    books.book(MONTHS[1])
    books.close(MONTHS[0])
    books.book(MONTHS[0], day=20)
    books.roll()
    assert books.costs() == [ONE, 2 * ONE, 0, 0]
    with books.engine.connect() as connection:
        found = totals(connection, MONTHS[1])
        assert (found.usage, found.adjustments, found.requests) == (ONE, ONE, 2)
        late = [key[0] for key in lines(connection, OUTCOMES, MONTHS[1]) if key[0] < "2026-09"]
    assert late == ["2026-08-21"]
    books.close(MONTHS[1])
    books.book(MONTHS[0], day=21)
    books.roll()
    assert books.costs() == [ONE, 2 * ONE, ONE, 0]
    assert sum(books.costs()) == books.truth()


def test_corrections_of_a_closed_month(books: Ledger) -> None:
    """A re-rating changes the open month only, and resolves what was unknown there."""
    books.book(MONTHS[0], ("big", "small"))
    books.close(MONTHS[0])
    before = books.costs()
    books.correct()
    books.roll()
    after = books.costs()
    assert after[0] == before[0] == ONE
    assert after[1] == (100 * 8 + 50 * 9 - ONE) + (100 * 2 + 50 * 3)
    with books.engine.connect() as connection:
        assert [totals(connection, month).unknown for month in MONTHS[:2]] == [1, -1]


def test_reopening_needs_a_reason_and_is_kept(books: Ledger) -> None:
    """Only the last closed month opens again; its closing stays, and it closes as another version."""
    for month in MONTHS[:2]:
        books.book(month)
        books.close(month)
    with pytest.raises(NotReopened, match="say why"):
        reopen(books.engine, MONTHS[1], Who("finance", books.tick()), " ")
    with pytest.raises(NotReopened, match="2026-09 is closed after it"):
        reopen(books.engine, MONTHS[0], Who("finance", books.tick()), "an error")
    with pytest.raises(NotReopened, match="is not closed"):
        reopen(books.engine, MONTHS[2], Who("finance", books.tick()), "an error")
    reopen(books.engine, MONTHS[1], Who("auditor", books.tick()), "the invoice came late")
    books.book(MONTHS[1])
    books.close(MONTHS[1])
    assert books.costs()[:2] == [ONE, 2 * ONE]
    with books.engine.connect() as connection:
        closings = calendar(connection).closings
    assert [(c.period, c.version, c.reopened_by) for c in closings] == [
        ("2026-08", 1, None), ("2026-09", 1, "auditor"), ("2026-09", 2, None)]  # fmt: skip
    assert closings[1].reopened_because == "the invoice came late"
    assert closings[2].previous_digest == closings[1].digest


def test_what_keeps_a_month_open(books: Ledger) -> None:
    """Not over, not in order, closed already, hours not rolled up: each is said, and nothing is frozen."""
    books.book(MONTHS[0])
    books.book(MONTHS[1])
    with pytest.raises(NotClosed, match="changed since they were rolled up"):
        close(books.engine, MONTHS[0], books.folder, Who("finance", AFTER))
    books.roll()
    with pytest.raises(NotClosed, match="close 2026-08 first"):
        close(books.engine, MONTHS[1], books.folder, Who("finance", AFTER))
    with pytest.raises(NotClosed, match="not over yet"):
        close(books.engine, MONTHS[0], books.folder, Who("finance", microseconds(date(2026, 8, 31))))
    books.close(MONTHS[0])
    with pytest.raises(NotClosed, match="closed already"):
        books.close(MONTHS[0])
    with books.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(periods)).scalar_one() == 1


def test_lines_in_quarantine_keep_a_month_open(books: Ledger) -> None:
    """Unless somebody accepts them by name, which the closing remembers."""
    books.book(MONTHS[0])
    books.roll()
    (books.folder / "journal").mkdir()
    (books.folder / "journal" / "quarantine.jsonl").write_text("{}\n")
    with pytest.raises(NotClosed, match="1 journal lines could not be booked"):
        books.close(MONTHS[0])
    closing, _ = close(
        books.engine, MONTHS[0], books.folder, Who("f", books.tick()), ["quarantine", "invoices"]
    )
    assert '"name": "quarantine"' in closing.checks and '"accepted": true' in closing.checks


def test_a_journal_that_is_not_shipped_keeps_a_month_open(books: Ledger) -> None:
    """A settled request and an attempt without an end, written to the journal of a gateway that is gone."""
    books.book(MONTHS[0])
    key = rows.new_id()
    started = microseconds(MONTHS[0]) + 5
    journal = Journal(books.folder / "journal", fsync="never", segment_bytes=1_000_000, count_failure=int)
    journal.settle(rows.request(key, started_us=started), [rows.attempt(key)])
    journal.close()
    with pytest.raises(NotClosed, match="holds 1 requests of the month that are not in the ledger"):
        books.close(MONTHS[0])


def test_an_altered_closing_is_found(books: Ledger) -> None:
    """The digest is over every line: changing one amount in the database shows."""
    books.book(MONTHS[0])
    books.close(MONTHS[0])
    with books.engine.begin() as connection:
        closing = calendar(connection).in_force["2026-08"]
        assert not altered(connection, closing, MONTHS[0])
        changed = period_charges.c.cost_pico + 1
        connection.execute(
            update(period_charges).where(period_charges.c.cost_pico > 0).values(cost_pico=changed)
        )
        assert altered(connection, closing, MONTHS[0])


def test_a_month_that_was_passed_over(books: Ledger) -> None:
    """It had nothing when later ones were closed; what comes for it then is late for the open one."""
    books.close(MONTHS[0])
    books.close(MONTHS[2])
    books.bill(MONTHS[1], 0, again=False)
    books.roll()
    costs = books.costs()
    assert costs[:3] == [0, 0, 0] and costs[3] > 0
    with books.engine.connect() as connection:
        assert [one for one in compare(connection, Providers()) if one.off] == []


def test_a_closed_month_of_nothing_but_late_rows(books: Ledger) -> None:
    """It is listed and tied out like any other, although no day of it has sums."""
    march, april, may = MONTHS[0], month_of(MONTHS[0], 1), month_of(MONTHS[0], 2)
    books.judge(march, 0)
    books.close(march)
    books.close(april)
    books.judge(march, 0)
    books.close(may)
    with books.engine.connect() as connection:
        assert known_months(connection) == [march, april, may]
        assert [one for one in compare(connection, Providers()) if one.off] == []
        assert totals(connection, may).cost > 0


def test_a_roll_by_a_clock_that_is_behind(books: Ledger) -> None:
    """What came late is taken over all the same."""
    books.book(MONTHS[0])
    books.close(MONTHS[0])
    books.book(MONTHS[0])
    books.roll(behind_us=3_600_000_000)
    assert books.costs()[:2] == [ONE, ONE]
