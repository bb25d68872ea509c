"""Recent requests, each with its decision; choosing one opens its story."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st
from sqlalchemy import Connection

from dashboard import filter_bar, frame, navigation, request_list, states, text
from dashboard.queries import request_days, requests, rolled, selection
from router.domain.teams import TeamNames

_PER_PAGE = 25


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    chosen = frame.page("Requests", _show)
    if chosen is not None:
        navigation.open_request(chosen)


def _show(connection: Connection) -> str | None:
    """Draw the list; the id of the request that was just chosen, if any."""
    newest = selection.newest(connection)
    if newest is None:
        states.no_requests()
        return None
    names = rolled.names_with_new(connection)
    filters = filter_bar.requests_bar(names, datetime.now(UTC).date())
    filter_bar.basis(filters, newest)
    days = request_days.counted(connection, filters)
    number = days.requests
    if number == 0:
        states.nothing_matches(newest)
        return None
    space = st.container()
    current = _page_number(number)
    offset = (current - 1) * _PER_PAGE
    first, last, skipped = days.around(offset, _PER_PAGE)
    within = replace(filters, first_day=first, last_day=last)
    found = requests.recent(connection, within, limit=_PER_PAGE, offset=skipped)
    with space:
        st.markdown(
            f"**{text.count(number)}** requests, newest first; "
            f"{text.count(offset + 1)} to {text.count(offset + len(found))} shown. Click one for its story."
        )
        chosen = _list(found, names.teams)
    _by_id()
    return chosen


def _list(found: list[requests.Listed], teams: TeamNames) -> str | None:
    state = st.dataframe(
        request_list.rows(found, teams),
        column_config=request_list.columns(),
        hide_index=True,
        height="content",
        placeholder=text.NONE,
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        key="chosen",
    )
    picked = [*state.selection.rows, *(row for row, _ in state.selection.cells)]
    return found[picked[0]].id if picked and picked[0] < len(found) else None


def _page_number(number: int) -> int:
    pages = -(-number // _PER_PAGE)
    if pages == 1:
        return 1
    with st.container(horizontal_alignment="center"):
        return st.pagination(pages, key="page", bind="query-params")


def _by_id() -> None:
    with st.form("by-id", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            "Request id", placeholder="from the reply's x-tiergate-request-id header", width=420
        )
        if st.form_submit_button("Open") and wanted.strip():
            navigation.open_request(wanted.strip())


page()
