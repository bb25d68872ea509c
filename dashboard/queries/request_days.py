"""How many requests of each day the filters leave, and the days in which a page of their list lies.

Counted by the sums of the day, so that neither the number nor a page far down the list, nor a filter that
few requests meet, reads the whole ledger. Days of which hours wait to be rolled up are counted in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from dashboard.filters import CostFilter, Filters
from dashboard.queries.selection import where
from router.books.rollups.meters import UNKNOWN
from router.domain.kinds import CostState
from router.record.book_tables import outcomes_day, rollup_marks
from router.record.outer import outer
from router.record.tables import corrections, requests

_R, _O, _C = requests.c, outcomes_day.c, corrections.c


@dataclass(frozen=True, slots=True)
class Days:
    """UTC days with requests and how many they have, newest first."""

    counts: tuple[tuple[date, int], ...]

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)

    def around(self, offset: int, limit: int) -> tuple[date, date, int]:
        """The first and the last day with the requests from the `offset`-th newest on, at most `limit`, and
        how many newer ones of these days come before them. Raises ValueError where there are none."""
        left, last = offset, None
        for day, count in self.counts:
            if last is None and left >= count:
                left -= count
                continue
            if last is None:
                last, skipped, left = day, left, left + limit
            left -= count
            if left <= 0:
                return day, last, skipped
        if last is None:
            raise ValueError(f"there are {self.requests} requests, none after {offset}")
        return self.counts[-1][0], last, skipped


def counted(connection: Connection, filters: Filters) -> Days:
    """The days with requests that `filters` leave."""
    changed = _changed(connection)
    summed = _by_day(connection, _sums(filters))
    if filters.cost in (CostFilter.KNOWN, CostFilter.UNKNOWN):
        # Sums have costs as corrections leave them, the list as they were booked.
        sign = 1 if filters.cost is CostFilter.UNKNOWN else -1
        for day, count in _resolved(connection, filters).items():
            summed[day] = summed.get(day, 0) + sign * count
    found = {day: count for day, count in summed.items() if day not in changed}
    if changed:
        found |= _by_day(connection, _booked(filters, changed))
    return Days(tuple(sorted(((date.fromisoformat(d), n) for d, n in found.items() if n), reverse=True)))


def _changed(connection: Connection) -> set[str]:
    """The days with an hour that waits."""
    hours = connection.scalars(select(rollup_marks.c.hour_us).distinct())
    return {datetime.fromtimestamp(hour / 1e6, UTC).date().isoformat() for hour in hours}


def _by_day(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {day: int(count) for day, count in connection.execute(query)}


def _booked(filters: Filters, days: Iterable[str]) -> Select[Any]:
    within = _R.day.in_(sorted(days))
    return select(_R.day, func.count()).where(*where(filters), within).group_by(_R.day)


def _sums(filters: Filters) -> Select[Any]:
    limits = where(replace(filters, cost=None), _O)
    if filters.cost is not None:
        limits.append(_of_state(filters.cost))
    return select(_O.day, func.sum(_O.requests)).where(*limits).group_by(_O.day)


def _of_state(cost: CostFilter) -> ColumnElement[bool]:
    match cost:
        case CostFilter.KNOWN:
            return _O.cost_state.not_in(UNKNOWN)
        case CostFilter.ESTIMATED:
            return _O.cost_state == CostState.ESTIMATED.value
        case CostFilter.UNKNOWN:
            return _O.cost_state.in_(UNKNOWN)


def _resolved(connection: Connection, filters: Filters) -> Counter[str]:
    """Requests booked without a cost that a correction gave one. Counted here: asked to group by the day,
    SQLite goes through all requests in the order of their days, and these few are found by their ids."""
    known = and_(_R.cost_pico.is_(None), _C.request_resolves.is_(True))
    query = select(_R.id, _R.day).join_from(corrections, requests, _R.id == outer(_C.request_id)).distinct()
    found = connection.execute(query.where(*where(replace(filters, cost=None)), known))
    return Counter(day for _, day in found)
