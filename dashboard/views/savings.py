"""What routing saved against the declared baseline: a band, gross and net; measured where a holdout runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import streamlit as st
from sqlalchemy import Connection

from dashboard import access, cards, filter_bar, frame, savings_chart, savings_tables, states, text
from dashboard.filters import Filters
from dashboard.queries import savings, selection
from router.domain.savings import ENOUGH, Savings
from router.savings.period import By
from router.savings.query import Found

_BY: tuple[By, ...] = ("team", "project", "workload", "tier")

_OF_TEAMS = (
    "Of your teams' requests alone: a model's usual length of answers is measured on them, and idle GPU "
    "time, which all teams share, is left out. Finance's figure for your team can differ by that."
)


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Savings", _show, _OF_TEAMS if access.principal().limited_to is not None else None)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    newest, fresh = ready
    filters = filter_bar.period_only(datetime.now(UTC).date())
    filter_bar.basis_of_sums(filters, fresh)
    whole = _found(connection, "all", filters, newest)
    if not whole:
        states.nothing_matches(newest)
        return
    total = whole[0].savings
    if not total.requests:
        st.info("**Nothing to compare.** No request of these days has both a known cost and a baseline.")
        st.markdown("Declare one in the RoutingPolicy: `baseline: {model: ..., owner: ..., declared: ...}`.")
        return
    _headline(whole[0], selection.baseline_models(connection, filters))
    _bridge(total)
    _measured(total)
    _groups(connection, filters, newest, total)


def _found(connection: Connection, by: By, filters: Filters, newest: int) -> list[Found]:
    return savings.found(connection, by, filters, newest)


def _headline(whole: Found, models: Sequence[str]) -> None:
    if whole.simulated:
        st.warning(
            f"**Simulated:** {text.requests(whole.simulated)} went to simulated upstreams: this saving is "
            "no real money.",
            icon=":material/science:",
        )
    cards.row(savings_tables.headline(whole.savings))
    named = ", ".join(text.verbatim(model) for model in models)
    booked = text.money(whole.savings.booked).replace("$", r"\$")
    st.caption(
        f"Baseline: {named}, as each request's policy declared it when it was served; {booked} as booked. "
        f"**Method.** {whole.savings.method}"
    )


def _bridge(total: Savings) -> None:
    st.subheader("From baseline to net", help="Only the baseline is estimated; what is taken off was booked.")
    st.html(savings_tables.bridge(total))
    st.caption(
        "Exact inside, rounded for display: the last digit of a sum may differ from its rounded parts."
    )


def _measured(total: Savings) -> None:
    st.subheader("Measured by a holdout")
    table = savings_tables.measured(total)
    if table is not None:
        st.html(table)
        return
    st.info(
        f"**No holdout to measure with in these days:** it takes {ENOUGH} requests of known cost an arm. "
        "With `holdout: 0.01` under a baseline, one request in a hundred goes to the baseline model, drawn "
        "by its id.",
        icon=":material/science_off:",
    )


def _groups(connection: Connection, filters: Filters, newest: int, total: Savings) -> None:
    st.subheader("Who saved")
    by = cast(By, filter_bar.grouping(_BY))
    rows = _found(connection, by, filters, newest)
    st.altair_chart(savings_chart.bands(rows, by))
    st.html(savings_tables.groups(by, rows, total))


page()
