"""The state of things at a glance: each card is one figure of a page, and leads to it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st
from sqlalchemy import Connection

from dashboard import (
    charts,
    filter_bar,
    frame,
    navigation,
    overview_words,
    spend_tables,
)
from dashboard.filter_bar import Compared
from dashboard.navigation import Shown
from dashboard.queries import charges, quality, rolled, savings, selection
from dashboard.queries.rolled import Fresh
from dashboard.spend_words import Figure, simulated_warning
from router.books.months import name
from router.books.outlook.ahead import forecast_month
from router.books.outlook.daily import Part
from router.books.outlook.odd import odd_days

_SPARK_DAYS = 30


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Overview", _show)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    newest, fresh = ready
    today = datetime.now(UTC).date()
    view = filter_bar.period_compared(today)
    filter_bar.basis_of_sums(view.filters, fresh)
    sums = charges.totals(connection, view.filters)
    if warning := simulated_warning(sums):
        st.warning(warning, icon=":material/science:")
    _cards(connection, view, sums, fresh, newest, today)
    _days(connection, view)
    _movers(connection, view)


def _cards(
    connection: Connection, view: Compared, sums: charges.Sums, fresh: Fresh, newest: int, today: date
) -> None:
    """Each with the way to the page that explains it."""
    before = None if view.before is None else charges.totals(connection, view.before)
    with st.grid(3, min_column_width=300):
        daily = _daily(charges.by_day(connection, view.filters))
        _card(overview_words.spend(sums, before), navigation.SPEND, daily)
        found = savings.found(connection, "all", view.filters, newest)
        _card(overview_words.saving(found[0].savings if found else None), navigation.SAVINGS)
        _card(overview_words.quality(quality.verified(connection, view.filters)), navigation.QUALITY)
        month = forecast_month(connection, Part(), today)
        _card(overview_words.outlook(name(today), month), navigation.BUDGETS)
        yesterday = today - timedelta(days=1)
        days = (today - timedelta(days=overview_words.ODD_DAYS), yesterday)
        odd = odd_days(connection, Part(), "team", days, overview_words.LEAST_ODD)
        _card(overview_words.odd_days(odd, rolled.teams(connection)), navigation.BUDGETS)
        _card(overview_words.freshness(newest, fresh, time.time_ns() // 1000), navigation.CLOSE)


def _daily(cells: Sequence[charges.Cell]) -> list[float] | None:
    """Dollars by day, for a line without an axis; None where there is no line to draw."""
    days: dict[str | None, int] = {}
    for cell in cells:
        days[cell.name] = days.get(cell.name, 0) + cell.sums.spend
    return [amount / 1e12 for amount in days.values()][-_SPARK_DAYS:] if len(days) > 1 else None


def _card(figure: Figure, leads: Shown, line: list[float] | None = None) -> None:
    """A figure with the way to its page."""
    with st.container(border=True, height="stretch", vertical_alignment="distribute"):
        st.metric(
            figure.label,
            figure.value,
            delta=figure.note,
            delta_color="inverse" if figure.alarm else "off",
            delta_arrow="off",
            help=figure.help,
            chart_data=line,
            chart_type="bar",
        )
        navigation.link(leads)


def _days(connection: Connection, view: Compared) -> None:
    st.subheader("Spend by day")
    cells = charges.by_day(connection, view.filters)
    if not cells:
        st.info("**Nothing was charged in these days.** Choose a longer period.")
        return
    began = date.fromisoformat(selection.oldest_day(connection) or str(cells[0].name))
    first = max(view.filters.first_day or began, began)
    st.altair_chart(charts.spend_by_day(cells, first, view.filters.last_day, height=charts.LOW))


def _movers(connection: Connection, view: Compared) -> None:
    if view.before is None:
        return
    cells = charges.parts(connection, view.filters, "team")
    found = spend_tables.parts(cells, charges.parts(connection, view.before, "team"))
    if not found:
        return
    st.subheader("What moved most", help="Teams by how much their spend differs from the span before.")
    st.html(spend_tables.movers(found))


page()
