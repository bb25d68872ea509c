"""What was spent, by whom, for what, on which tier: as statements have it, against the span before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast

import streamlit as st
from sqlalchemy import Connection

from dashboard import (
    cards,
    charts,
    filter_bar,
    filter_widgets,
    frame,
    links,
    navigation,
    result_tables,
    spend_tables,
    spend_words,
    states,
    text,
)
from dashboard.filter_bar import Compared
from dashboard.filters import Filters
from dashboard.queries import charges, rolled, selection

_CHART = "spend-by-day"


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Spend & allocation", _show)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    newest, fresh = ready
    names = rolled.names(connection)
    view = filter_bar.charges_bar(names, datetime.now(UTC).date())
    filter_bar.basis_of_sums(view.filters, fresh)
    sums = charges.totals(connection, view.filters)
    if sums == charges.Sums():
        states.nothing_matches(newest)
        return
    before = None if view.before is None else charges.totals(connection, view.before)
    _headline(connection, view.filters, sums, before)
    if view.filters.team is not None:
        navigation.changes_link(names.teams.name(view.filters.team))
    _time(connection, view.filters)
    _breakdown(connection, view)
    _certainty(connection, view.filters)


def _headline(
    connection: Connection, filters: Filters, sums: charges.Sums, before: charges.Sums | None
) -> None:
    if warning := spend_words.simulated_warning(sums):
        st.warning(warning, icon=":material/science:")
    unnamed = spend_tables.unnamed(charges.parts(connection, filters, "workload"))
    cards.row(spend_words.headline(sums, before, unnamed))


def _time(connection: Connection, filters: Filters) -> None:
    one_day = filters.first_day is not None and filters.first_day == filters.last_day
    st.subheader("Spend by hour" if one_day else "Spend by day")
    if one_day:
        st.altair_chart(charts.spend_by_hour(charges.by_hour(connection, filters)))
        navigation.requests_link("The requests of this day", filter_widgets.chosen())
        return
    cells = charges.by_day(connection, filters)
    # Days before the ledger began are not days without spend.
    began = date.fromisoformat(selection.oldest_day(connection) or str(cells[0].name))
    first = max(filters.first_day or began, began)
    chart = charts.spend_by_day(cells, first, filters.last_day)
    st.altair_chart(chart, key=_CHART, on_select=_open_day, selection_mode=charts.CHOSEN)
    unknown = any(cell.sums.unknown for cell in cells)
    marked = " :red[▼] a day with attempts of unknown cost: its bar is too short." if unknown else ""
    st.caption(f"Click a day to see its hours and its requests.{marked}")


def _open_day() -> None:
    """A bar was clicked: its day becomes the filter."""
    chosen = cast(list[dict[str, str]], st.session_state[_CHART].selection.get(charts.CHOSEN, []))
    if chosen:
        st.session_state["day"] = date.fromisoformat(chosen[0]["name"])


def _breakdown(connection: Connection, view: Compared) -> None:
    st.subheader("Allocation", help="Each part with its share: all parts add up to the total.")
    tags = [f"{charges.TAG}{name}" for name in charges.tag_names(connection, view.filters)]
    by = filter_bar.grouping([*charges.BY, *tags])
    cells = charges.parts(connection, view.filters, by)
    before = [] if view.before is None else charges.parts(connection, view.before, by)
    st.altair_chart(charts.spend_by_part(by.removeprefix(charges.TAG), cells))
    params = filter_widgets.chosen()
    found = spend_tables.parts(cells, before)
    st.html(
        spend_tables.table(
            by.removeprefix(charges.TAG),
            found,
            lambda name: links.opened(by, name, params),
            compared=view.before is not None,
        )
    )
    st.caption(_said(view))
    navigation.requests_link("The requests behind these figures", params)


def _said(view: Compared) -> str:
    against = ""
    if view.before is not None:
        span = text.day_range(view.before.first_day, view.before.last_day)
        against = f" Before: {span}."
    return (
        "US dollars by the day of the request, as booked with corrections. Retries, rejected answers and "
        f"judging count for the tier and model that was paid.{against} Click a name to see what it is made "
        "of; a team's change, for why."
    )


def _certainty(connection: Connection, filters: Filters) -> None:
    st.subheader("How sure the costs are")
    st.html(result_tables.cost_states(charges.cost_states(connection, filters)))


page()
