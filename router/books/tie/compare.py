"""What finance reads of a month, beside the month's own rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from router.books.focus.columns import VERSIONS
from router.books.focus.providers import Providers
from router.books.focus.rows import export
from router.books.months import microseconds, month_of
from router.books.periods.calendar import calendar, known_months
from router.books.periods.close import altered
from router.books.periods.totals import totals
from router.books.reconcile.store import ledger_sides, results
from router.books.rollups.facts import CHARGES, OUTCOMES
from router.books.rollups.meters import ATTEMPTS
from router.books.rollups.roll import waiting
from router.books.statement.build import build
from router.books.statement.cents import rounded
from router.books.tie.ledger import rows_of
from router.record.sums import halves, whole

_DOLLAR = 10**12


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure read at two places. `month` None: all months together. Money in pico-USD, cents as said."""

    month: date | None
    what: str
    expected: int
    found: int

    @property
    def off(self) -> int:
        return self.found - self.expected


def compare(connection: Connection, providers: Providers) -> Iterator[Compared]:
    """Every month with sums, then all of them; in one transaction, so that nothing arrives in between."""
    yield Compared(None, "hours that wait to be rolled up", 0, waiting(connection))
    months = _months(connection)
    for month in months:
        yield from _sums(connection, month)
        yield from _read(connection, month, providers)
        yield from _invoices(connection, month, providers)
    live = select(*halves(CHARGES.day.c.cost_pico))
    yield Compared(
        None,
        "months together, sums by day",
        whole(*connection.execute(live).one()),
        sum(totals(connection, month).cost for month in months),
    )


def _months(connection: Connection) -> list[date]:
    """Those that are known, and the one that takes what comes late for them."""
    found = set(known_months(connection))
    first_open = calendar(connection).first_open
    return sorted(found | ({first_open} if first_open else set()))


def _sums(connection: Connection, month: date) -> Iterator[Compared]:
    """By the day of usage: closing a month changes none of these."""
    rows = rows_of(connection, month)
    end = month_of(month, 1)
    for fact, table, when, span in (
        ("hour", CHARGES.hour, CHARGES.hour.c.hour_us, (microseconds(month), microseconds(end))),
        ("day", CHARGES.day, CHARGES.day.c.day, (month.isoformat(), end.isoformat())),
    ):
        within = when >= span[0], when < span[1]
        cost = connection.execute(select(*halves(table.c.cost_pico)).where(*within)).one()
        yield Compared(month, f"ledger, sums by {fact}", rows.cost, whole(*cost))
        count: Any = select(func.sum(table.c.quantity)).where(*within, table.c.meter == ATTEMPTS)
        made = connection.execute(count.where(table.c.kind != "judge")).scalar_one()
        yield Compared(month, f"attempts, sums by {fact}", rows.attempts, int(made or 0))
    o = OUTCOMES.day.c
    asked = select(func.sum(o.requests)).where(o.day >= month.isoformat(), o.day < end.isoformat())
    yield Compared(
        month, "requests, sums by day", rows.requests, int(connection.execute(asked).scalar_one() or 0)
    )


def _read(connection: Connection, month: date, providers: Providers) -> Iterator[Compared]:
    """The month as it is reported: with adjustments while it is open, as it was frozen when it is closed."""
    cost, made = totals(connection, month).cost, build(connection, month)
    yield Compared(month, "statement", cost, sum(line.cost_pico for line in made.lines))
    printed = sum(line.printed for line in made.lines)
    yield Compared(month, "statement, printed cents", rounded(cost), printed)
    for version in VERSIONS:
        rows = export(connection, month, version, providers).rows
        effective = sum(int(row["EffectiveCost"] * _DOLLAR) for row in rows)
        yield Compared(month, f"FOCUS {version}", cost, effective)
    if made.closing is not None:
        yield Compared(month, "digest of the closing", 0, int(altered(connection, made.closing, month)))


def _invoices(connection: Connection, month: date, providers: Providers) -> Iterator[Compared]:
    """What was held against an invoice is what the ledger still says, and every cent has its cause."""
    for issuer, result in results(connection, month).items():
        sides, _ = ledger_sides(connection, month, issuer, providers)
        booked = sum(side.amount or 0 for side in sides.values())
        yield Compared(month, f"ledger side of {issuer}'s invoice", booked, result.ledger)
        causes = sum(result.causes.values())
        yield Compared(month, f"causes of {issuer}'s variance", result.invoice - result.ledger, causes)
