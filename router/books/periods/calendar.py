"""Which months are closed, and which one takes what comes late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from router.books.months import month_of, name, parse_month
from router.record.book_tables import charges_day, outcomes_day, periods


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing of a month. In force while `reopened_us` is None. `form` and `lengths`: see `digest.py`."""

    id: int
    period: str
    version: int
    closed_us: int
    closed_by: str
    digest: str
    previous_digest: str | None
    checks: str
    reopened_us: int | None
    reopened_by: str | None
    reopened_because: str | None
    form: int
    lengths: str | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """All closings, oldest first."""

    closings: tuple[Closing, ...]

    @property
    def in_force(self) -> dict[str, Closing]:
        """By month, in order."""
        return {c.period: c for c in sorted(self.closings, key=lambda c: c.period) if c.reopened_us is None}

    @property
    def last_closed(self) -> Closing | None:
        return next(reversed(self.in_force.values()), None)

    @property
    def first_open(self) -> date | None:
        """The month that takes what comes late. None: nothing is closed, so nothing is late."""
        last = self.last_closed
        return None if last is None else month_of(parse_month(last.period), 1)

    def closing_of(self, month: date) -> Closing | None:
        """The closing in force; None: the month is open."""
        return self.in_force.get(name(month))

    def settled(self, month: date) -> bool:
        """Whether the month is closed, or so old that it takes nothing any more."""
        return self.first_open is not None and month < self.first_open


def calendar(connection: Connection) -> Calendar:
    """As it stands."""
    rows = connection.execute(select(periods).order_by(periods.c.id))
    return Calendar(tuple(Closing(*row) for row in rows))


def known_months(connection: Connection) -> list[date]:
    """Months that have any sums of their own or are closed, in order: a closed one may hold nothing but what
    came late for others."""
    found = set(calendar(connection).in_force)
    for table in (charges_day, outcomes_day):
        month = func.substr(table.c.day, 1, 7)
        found |= set(connection.execute(select(month).distinct()).scalars())
    return sorted(map(parse_month, found))
