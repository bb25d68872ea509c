"""Budgets as they stand and will stand, what the month will have cost, and the days that were odd."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st
from sqlalchemy import Connection

from dashboard import (
    access,
    budget_chart,
    budget_outlook,
    budget_tables,
    cards,
    filter_bar,
    frame,
    odd_tables,
    outlook_chart,
    overview_words,
    text,
)
from dashboard.budget_outlook import Outlook
from dashboard.queries import budgets, rolled
from router.books.months import month_of, name
from router.books.outlook.ahead import forecast_month
from router.books.outlook.daily import Part, history, today_of
from router.books.outlook.odd import explained_days, odd_days
from router.domain.anomaly import METHOD as ODD_METHOD


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Budgets & forecast", _show)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    _, fresh = ready
    now_us = time.time_ns() // 1000
    today = today_of(now_us)
    st.caption(f"US dollars · forecasts and odd days {filter_bar.sums_as_of(fresh)}")
    _budgets(connection, now_us)
    _month(connection, today)
    _odd(connection, today)


def _budgets(connection: Connection, now_us: int) -> None:
    st.subheader("Budgets")
    known = budgets.standing(connection, now_us)
    if not known:
        st.info(
            "**No budget is in force"
            + (" for your team.**" if _limited() else ".**")
            + " `budgets.yaml` beside "
            "the policy declares them; what the month will come to stands below all the same.",
            icon=":material/account_balance_wallet:",
        )
        return
    found = [_outlook(connection, one, now_us) for one in known]
    cards.row(budget_tables.headline(found))
    st.altair_chart(budget_chart.bars(found))
    st.html(budget_tables.table(found))
    counted = max((one.updated_us for one in known if one.updated_us), default=None)
    st.caption(
        f"US dollars, as the gateways counted them at {text.instant(counted)}: a call of unknown cost at "
        "the most it can have cost; set aside is the most that calls under way can cost. Forecast: the "
        "budget's daily charges (UTC), with the band that 8 in 10 such forecasts stayed in; none for "
        "budgets of single keys or days. Told at: thresholds, with a star once crossed."
    )


def _outlook(connection: Connection, budget: budgets.Standing, now_us: int) -> Outlook:
    today = budget_outlook.local_day(now_us, budget.time_zone)
    since = today - timedelta(days=budget_outlook.HISTORY_DAYS)
    return budget_outlook.outlook(budget, budgets.daily(connection, budget.match, since, today), today)


def _month(connection: Connection, today: date) -> None:
    st.subheader(f"What {name(today)} will have cost")
    team = filter_bar.maybe_team(rolled.teams(connection))
    part = Part.of(team)
    found = forecast_month(connection, part, today)
    cards.row([overview_words.outlook(name(today), found)])
    if found is None:
        return
    st.altair_chart(outlook_chart.path(history(connection, part, today)[0], month_of(today), found))
    st.caption(
        f"US dollars as booked, added up from the first of the month (UTC). {found.method} {found.history} "
        "days of history."
    )


def _odd(connection: Connection, today: date) -> None:
    st.subheader("Odd days")
    days = overview_words.ODD_DAYS
    span = (today - timedelta(days=days), today - timedelta(days=1))
    found = odd_days(connection, Part(), "team", span, overview_words.LEAST_ODD)
    if not found:
        st.info(f"**No odd day of any team in {days} days.** {ODD_METHOD}", icon=":material/check_circle:")
        return
    shown = found[:_MOST_ODD]
    st.html(odd_tables.table(shown, explained_days(connection, shown), rolled.teams(connection)))
    st.caption(f"US dollars, {text.day_range(*span)}, whole UTC days. {ODD_METHOD}{_more(found)}")


def _more(found: Sequence[object]) -> str:
    left = len(found) - _MOST_ODD
    return f" {text.count(left)} earlier ones are left out: `tiergate anomalies`." if left > 0 else ""


def _limited() -> bool:
    return access.principal().limited_to is not None


_MOST_ODD = 40


page()
