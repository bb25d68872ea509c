"""The billed hours of self-hosted endpoints: what they cost, how busy they were, and what stood idle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from dashboard.filters import Filters
from dashboard.queries.sums import summed, whole
from router.books.months import microseconds
from router.gpu.allocate import Basis, Line
from router.record.book_tables import HOUR_US
from router.record.tables import gpu_allocations, gpu_hours

_G, _A = gpu_hours.c, gpu_allocations.c
_DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class GpuDay:
    """One UTC day of an endpoint; money in pico-USD. `counted` hours had the server's own counters. `idle`
    and `outside` (other clients of the server) are parts of `bill`; the rest is for requests and judging."""

    endpoint: str
    day: str
    hours: int
    counted: int
    bill: int
    idle: int
    outside: int
    work: int
    capacity: int

    @property
    def utilisation(self) -> float:
        """Work done over what full hours can do; above 1 where the declared full load is too low."""
        return self.work / self.capacity if self.capacity else 0.0

    def plus(self, other: GpuDay) -> GpuDay:
        """Both together, under this one's day."""
        return GpuDay(
            self.endpoint, self.day, self.hours + other.hours, self.counted + other.counted,
            self.bill + other.bill, self.idle + other.idle, self.outside + other.outside,
            self.work + other.work, self.capacity + other.capacity,
        )  # fmt: skip


def by_day(connection: Connection, filters: Filters) -> list[GpuDay]:
    """Every day with billed hours, by endpoint and day. Only the days of `filters` count: a bill is no
    team's."""
    latest = _latest(filters)
    day = (_G.hour_us // _DAY_US).label("day")
    query: Select[Any] = (
        select(
            _G.endpoint,
            day,
            func.count().label("hours"),
            func.count().filter(_G.basis == Basis.COUNTERS.value).label("counted"),
            *(column for name in ("bill_pico", "work", "capacity") for column in summed(name, _G[name])),
        )
        .join_from(gpu_hours, latest, _of_hour(_G, latest))
        .group_by(_G.endpoint, day)
        .order_by(_G.endpoint, day)
    )
    lines = _lines(connection, latest)
    return [
        GpuDay(
            row.endpoint,
            (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=int(row.day))).date().isoformat(),
            row.hours,
            row.counted,
            whole(row, "bill_pico") or 0,
            lines.get((row.endpoint, int(row.day), Line.IDLE.value), 0),
            lines.get((row.endpoint, int(row.day), Line.OUTSIDE.value), 0),
            whole(row, "work") or 0,
            whole(row, "capacity") or 0,
        )
        for row in connection.execute(query)
    ]


def _lines(connection: Connection, latest: Any) -> dict[tuple[str, int, str], int]:
    """Idle and outside shares by endpoint and day: one row an hour each, found by the primary key."""
    day = (_A.hour_us // _DAY_US).label("day")
    query: Select[Any] = (
        select(_A.endpoint, day, _A.line, *summed("share", _A.share_pico))
        .join_from(latest, gpu_allocations, _of_hour(_A, latest))
        .where(_A.line.in_((Line.IDLE.value, Line.OUTSIDE.value)))
        .group_by(_A.endpoint, day, _A.line)
    )
    return {
        (row.endpoint, int(row.day), row.line): whole(row, "share") or 0 for row in connection.execute(query)
    }


def _latest(filters: Filters) -> Any:
    """The version that counts of every hour."""
    query = select(_G.endpoint, _G.hour_us, func.max(_G.version).label("version"))
    if filters.first_day is not None:
        query = query.where(_G.hour_us >= microseconds(filters.first_day))
    if filters.last_day is not None:
        query = query.where(_G.hour_us < microseconds(filters.last_day + timedelta(days=1)))
    return query.group_by(_G.endpoint, _G.hour_us).subquery()


def _of_hour(columns: Any, latest: Any) -> Any:
    names = ("endpoint", "hour_us", "version")
    return and_(*(columns[name] == latest.c[name] for name in names))
