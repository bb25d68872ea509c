"""How good the answers are and what a good one costs: verified, judged and reported, never added up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st
from sqlalchemy import Connection

from dashboard import (
    cards,
    filter_bar,
    frame,
    quality_chart,
    quality_tables,
    result_tables,
    states,
    text,
)
from dashboard.queries import outcomes, quality, rolled
from router.domain.outcomes import Basis

_SAID = {
    Basis.VERIFIED: (
        "Verified by checks",
        "Checks such as tests, references, schemas and constraints passed or failed the returned answer, "
        "before the reply or after it. Answers that no check could decide are in no share.",
    ),
    Basis.JUDGED: (
        "Judged by a model",
        "A judging model found the answer at least as good as the one it was compared with, or graded it "
        "0.5 or better. An opinion, never a verdict.",
    ),
    Basis.REPORTED: (
        "Reported by people and apps",
        "The latest report on the answer has a thumb up, or a score of 0.5 or better.",
    ),
}


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Quality", _show)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    newest, fresh = ready
    filters = filter_bar.bar(rolled.teams(connection), datetime.now(UTC).date())
    filter_bar.basis_of_sums(filters, fresh)
    by = filter_bar.grouping([by.value for by in quality.By])
    found = quality.groups(connection, filters, quality.By(by))
    if not found:
        states.nothing_matches(newest)
        return
    if warning := quality_tables.simulated_warning(found):
        st.warning(warning, icon=":material/science:")
    cards.row(quality_tables.headline(found))
    st.caption(_left_out(found))
    for basis in Basis:
        _section(found, quality.By(by), basis)
    st.subheader("Outcomes", help="How requests ended, by the tier that answered.")
    st.html(result_tables.outcomes(outcomes.tallies(connection, filters)))


def _left_out(found: Sequence[quality.Group]) -> str:
    answered, unknown = sum(g.answered for g in found), sum(g.unknown_cost for g in found)
    return (
        f"Of {text.requests(answered)} with an answer. Three kinds of evidence, on different requests: never "
        f"added up. Left out of all of them, their cost being unknown: {text.requests(unknown)}."
    )


def _section(found: Sequence[quality.Group], by: quality.By, basis: Basis) -> None:
    title, meaning = _SAID[basis]
    st.subheader(title)
    st.caption(meaning)
    chart = quality_chart.shares(found, basis)
    if chart is None:
        st.info(f"No answer of this view was {basis.value}.", icon=":material/visibility_off:")
        return
    st.altair_chart(chart)
    st.html(quality_tables.table(found, by, basis))


page()
