"""Why a team's bill changed from one week to the next: volume, quality, mix, length and price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import cast

import streamlit as st
from sqlalchemy import Connection

from dashboard import (
    cards,
    change_charts,
    change_tables,
    charts,
    filter_bar,
    frame,
    text,
    weeks,
)
from dashboard.filters import Filters
from dashboard.queries import charges, rolled
from dashboard.weeks import Week
from router.books.explain.change import Explained
from router.books.explain.weeks import explain_days
from router.domain.teams import Team

_CHART = "weeks"


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Why the bill changed", _show)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    newest, fresh = ready
    today = datetime.now(UTC).date()
    with st.container(horizontal=True):
        names = rolled.teams(connection)
        team = filter_bar.one_team(names)
        found = weeks.weeks(_days(connection, team, newest, today), today)
        chosen = _week(found) if found else None
    if chosen is None:
        st.info(
            f"**No whole day of {text.verbatim(names.name(team))} to compare yet.** A week is held against "
            "the same weekdays of the week before."
        )
        return
    st.caption(f"ISO weeks, UTC days · US dollars · {filter_bar.sums_as_of(fresh)}")
    st.altair_chart(
        change_charts.weeks(found, chosen), key=_CHART, on_select=_open_week, selection_mode=charts.CHOSEN
    )
    called = names.name(team)
    _explain(chosen, called, explain_days(connection, team, _spans(chosen), chosen.days))
    st.subheader("Week by week")
    st.html(change_tables.weeks(found, called, chosen))


def _days(connection: Connection, team: Team, newest_us: int, today: date) -> list[charges.Cell]:
    """The team's days up to the newest request of the ledger, as far back as the page shows."""
    last = min(today, datetime.fromtimestamp(newest_us / 1e6, UTC).date())
    filters = Filters(first_day=weeks.first_day(last + timedelta(days=1)), last_day=last, team=team)
    return charges.by_day(connection, filters)


def _week(found: Sequence[Week]) -> Week:
    """The week that the URL names; the newest one that is over, where it names none."""
    named = {week.name: week for week in found}
    name = filter_bar.one_week(list(named), next((w.name for w in found if w.days == 7), found[0].name))
    return named[name]


def _open_week() -> None:
    """A bar was clicked: its week becomes the one explained."""
    chosen = cast(list[dict[str, str]], st.session_state[_CHART].selection.get(charts.CHOSEN, []))
    if chosen:
        st.session_state["week"] = chosen[0]["name"]


def _spans(week: Week) -> tuple[date, date]:
    """The first days of the week and of the one before."""
    return week.monday, week.monday - timedelta(days=7)


def _explain(week: Week, team: str, found: Explained) -> None:
    st.subheader(f"{week.name} against the week before")
    st.markdown(weeks.reason(week, team, found))
    cards.row(weeks.headline(week, found))
    if found.largest is None:
        return
    with st.grid(2, min_column_width=420, gap="medium"):
        st.altair_chart(change_charts.effects(found))
        st.html(change_tables.effects(found))
    st.subheader("By workload")
    st.html(change_tables.workloads(found, team))
    st.caption(
        "US dollars. The effects add up to the change exactly; another order of taking them apart would "
        "divide it otherwise. Costs that nobody knows are in no figure. Click a workload for its models."
    )


page()
