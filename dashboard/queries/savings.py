"""Savings as `tiergate savings` finds them, from the sums by hour and day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from dashboard.filters import Filters
from router.books.months import microseconds
from router.savings import query
from router.savings.period import By, Period
from router.savings.query import Found


def found(connection: Connection, by: By, filters: Filters, newest: int) -> list[Found]:
    """Savings by group over the days of `filters`; `newest` is when the newest request started."""
    first = 0 if filters.first_day is None else microseconds(filters.first_day)
    if filters.last_day is None:
        return query.found(connection, by, Period(first, newest + 1))
    return query.found(connection, by, Period(first, microseconds(filters.last_day + timedelta(days=1))))
