"""What was spent, by whom, on which tier; what it was compared with; and how sure the figures are."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st
from sqlalchemy import Connection

from dashboard import access, cards, charts, filter_bar, result_tables, spend_tables, spend_words, states
from dashboard.filters import Filters
from dashboard.ledger import LedgerProblem
from dashboard.queries import breakdowns, measures, selection


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    st.title("Spend")
    try:
        with access.ledger() as connection:
            _show(connection)
    except LedgerProblem as found:
        states.problem(found)


def _show(connection: Connection) -> None:
    newest = selection.newest(connection)
    if newest is None:
        states.no_requests()
        return
    filters = filter_bar.bar(selection.teams(connection), datetime.now(UTC).date())
    filter_bar.basis(filters, newest)
    sums = measures.totals(connection, filters)
    if sums.requests == 0:
        states.nothing_matches(newest)
        return
    _headline(sums, measures.baseline_models(connection, filters))
    _days(connection, filters)
    _groups(connection, filters, sums)
    _results(connection, filters)
    _certainty(connection, filters, sums)


def _headline(sums: measures.Measures, models: list[str]) -> None:
    if warning := spend_words.simulated_warning(sums):
        st.warning(warning, icon=":material/science:")
    cards.row(spend_words.headline(sums))
    st.caption(spend_words.saving_method(sums, models))


def _days(connection: Connection, filters: Filters) -> None:
    st.subheader("Spend by day")
    cells = breakdowns.day_cells(connection, filters)
    # Days before the ledger began are not days without spend.
    began = date.fromisoformat(selection.oldest_day(connection) or cells[0].name)
    first = max(filters.first_day or began, began)
    st.altair_chart(charts.spend_by_day(cells, first, filters.last_day))
    if any(cell.unknown_cost for cell in cells):
        st.caption(":red[▼] a day with requests of unknown cost: its bar is too short.")


def _groups(connection: Connection, filters: Filters, sums: measures.Measures) -> None:
    st.subheader("Spend by tier", help="The tier that answered; a request's retries count for it.")
    st.html(spend_tables.groups("Tier", measures.by_tier(connection, filters), sums, tiers=True))
    st.subheader("Spend by team")
    st.altair_chart(charts.spend_by_team(breakdowns.team_cells(connection, filters)))
    st.html(spend_tables.groups("Team", measures.by_team(connection, filters), sums))
    st.subheader("Paid to models", help="The same requests, attempt by attempt: who was called, and paid.")
    st.html(spend_tables.paid(breakdowns.paid_to(connection, filters)))


def _results(connection: Connection, filters: Filters) -> None:
    with st.grid(2, min_column_width=480, gap="medium"):
        with st.container():
            st.subheader("Outcomes", help="How requests ended, by the tier that answered.")
            st.html(result_tables.outcomes(breakdowns.outcomes(connection, filters)))
        with st.container():
            st.subheader("Verdicts", help="What the checks said of the final answer.")
            st.html(result_tables.verdicts(breakdowns.verdicts(connection, filters)))


def _certainty(connection: Connection, filters: Filters, sums: measures.Measures) -> None:
    st.subheader("How sure the costs are")
    st.html(result_tables.cost_states(breakdowns.cost_states(connection, filters), sums.requests))


page()
