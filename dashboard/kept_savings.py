"""Savings as `tiergate savings` finds them, kept for a minute: they are read request by request."""

from __future__ import annotations

import os
from datetime import timedelta

import streamlit as st
from sqlalchemy import Connection

from dashboard import access
from dashboard.filters import Filters
from dashboard.ledger import ledger_url
from router.books.months import microseconds
from router.savings import query
from router.savings.period import By, Period
from router.savings.query import Found

_KEPT_SECONDS = 60


def found(connection: Connection, by: By, filters: Filters, newest: int) -> list[Found]:
    """Savings by group over the days of `filters`; `newest` is when the newest request started."""
    url, teams = ledger_url(os.environ), access.principal().limited_to
    return _found(connection, url, teams, by, _period(filters, newest), newest)


@st.cache_data(ttl=_KEPT_SECONDS, max_entries=32, show_spinner=False)
def _found(
    _connection: Connection, url: str, teams: tuple[str, ...] | None, by: By, period: Period, newest: int
) -> list[Found]:
    """Not beyond the next request. `teams` are those that the connection is limited to: nobody may be given
    what was kept for somebody else."""
    return query.found(_connection, by, period)


def _period(filters: Filters, newest: int) -> Period:
    first = 0 if filters.first_day is None else microseconds(filters.first_day)
    if filters.last_day is None:
        return Period(first, newest + 1)
    return Period(first, microseconds(filters.last_day + timedelta(days=1)))
