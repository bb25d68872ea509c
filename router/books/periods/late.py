"""What arrived for a month after it was closed, request by request, and which month takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from router.books.months import microseconds, month_of
from router.books.periods.calendar import Calendar, Closing, calendar
from router.record.book_tables import late_arrivals
from router.record.tables import requests

_L, _R = late_arrivals.c, requests.c


@dataclass(frozen=True, slots=True)
class Late:
    """A request that reached the ledger when its month was closed. Times in Unix microseconds; `cost_pico` as
    it was booked, None unknown. `taken_by`: the month whose adjustments it is among."""

    request_id: str
    started_us: int
    arrived_us: int
    team: str
    project: str
    workload: str | None
    model: str | None
    cost_pico: int | None
    taken_by: date


def late(connection: Connection, month: date) -> list[Late]:
    """Oldest arrival first; none where the month is open. Raises SQLAlchemyError."""
    known = calendar(connection)
    closing = known.closing_of(month)
    if closing is None:
        return []
    columns = (_R.id, _R.started_us, _L.arrived_us, _R.team, _R.project, _R.workload, _R.model, _R.cost_pico)
    first, end = microseconds(month), microseconds(month_of(month, 1))
    query = (
        select(*columns)
        .join_from(late_arrivals, requests, _R.id == _L.request_id)
        .where(_L.hour_us >= first, _L.hour_us < end, _L.arrived_us > closing.closed_us)
        .order_by(_L.arrived_us, _R.id)
    )
    return [Late(*row, _taken_by(known, closing, row.arrived_us)) for row in connection.execute(query)]


def _taken_by(known: Calendar, closing: Closing, arrived_us: int) -> date:
    """The first month closed after the arrival; else the one that is open."""
    later = [c for c in known.in_force.values() if c.period > closing.period and c.closed_us > arrived_us]
    assert known.first_open is not None
    return date.fromisoformat(f"{later[0].period}-01") if later else known.first_open
