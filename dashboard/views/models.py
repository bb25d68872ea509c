"""What each model is worth: evidence published and own, unit cost, own GPUs against paying by the token."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import streamlit as st
from sqlalchemy import Connection

from dashboard import (
    access,
    catalog,
    evidence_chart,
    filter_bar,
    frame,
    gpu_chart,
    gpu_tables,
    model_tables,
    procurement,
    quality_tables,
    scorecards,
    text,
)
from dashboard.catalog import Known
from dashboard.filters import Filters
from dashboard.procurement import Own
from dashboard.queries import gpus, models, quality, selection
from router.policy.problems import PolicyRejected


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Models & procurement", _show)


def _show(connection: Connection) -> None:
    ready = frame.sums(connection)
    if ready is None:
        return
    _, fresh = ready
    filters = filter_bar.period_only(datetime.now(UTC).date())
    filter_bar.basis_of_sums(filters, fresh)
    known = _catalog(connection)
    _unit_costs(connection, filters, known)
    _evidence(connection, filters, known)
    if access.principal().limited_to is not None:
        st.info("Own GPUs are paid for by all teams together: their bills are not shown to one team.")
        return
    _gpus(connection, filters)
    if known is not None:
        _break_even(connection, filters, known)


def _catalog(connection: Connection) -> Known | None:
    """Where published scores and prices come from, in a line; None where there are none to be had."""
    try:
        known = catalog.known(connection, os.environ)
    except PolicyRejected as rejected:
        st.warning("**The catalog cannot be shown:** this version of the dashboard does not load it.")
        st.code("\n".join(map(str, rejected.problems)), language=None, wrap_lines=True)
        return None
    if known is None:
        st.info(
            "**No published scores and prices here:** only the gateway's policy folder has the catalog. "
            "`tiergate policy apply` puts a version into the ledger database; or name the folder to the "
            "dashboard too: TIERGATE_POLICY_DIR.",
            icon=":material/folder_off:",
        )
        return None
    st.caption(f"Published scores and prices: {text.verbatim(known.where)}.")
    return known


def _unit_costs(connection: Connection, filters: Filters, known: Known | None) -> None:
    st.subheader("What an answer costs")
    found = quality.groups(connection, filters, quality.By.MODEL)
    if not found:
        st.info("**No model answered a request in these days.** Choose a longer period.")
        return
    if warning := quality_tables.simulated_warning(found):
        st.warning(warning, icon=":material/science:")
    prices = None if known is None else known.bundle.prices
    vain = models.in_vain(connection, filters)
    st.html(model_tables.unit_costs(found, vain, prices, datetime.now(UTC)))
    st.caption(
        "US dollars, as booked with corrections, by the model that answered; a request's retries count for "
        "it. Accepted: returned answers that outcome checks passed, of those that a check decided; cost "
        "per accepted counts the failed ones too. In vain: the model's attempts whose answer was not "
        "returned. Self-hosted models at their marginal price; their full bill is below."
    )


def _evidence(connection: Connection, filters: Filters, known: Known | None) -> None:
    st.subheader("Scorecard")
    verdicts = models.verdicts(connection, filters)
    document = None if known is None else known.document
    names = scorecards.models_of(document, verdicts)
    if not names:
        st.info("**No check decided an answer in these days,** and no published score is known here.")
        return
    chosen = filter_bar.one_model(names)
    found = scorecards.scorecard(chosen, document, verdicts)
    if not found:
        st.info(
            f"**Nothing is known of {text.verbatim(chosen)}:** no score is quoted, and no check decided "
            "one of its answers in these days."
        )
        return
    tier = None if known is None else known.bundle.catalog.models.get(chosen)
    st.altair_chart(evidence_chart.side_by_side(found, tier.tier.value if tier else _NO_TIER))
    st.html(model_tables.evidence(found))
    st.caption(
        "Published scores are of benchmarks on the task, in whoever's harness; their interval is chance "
        "alone, from the number of questions. Own: returned answers that a check decided. Answers that a "
        "check turned down before the reply went to the next model and are in no share here: `tiergate "
        "learn evidence` has every attempt."
    )


def _gpus(connection: Connection, filters: Filters) -> None:
    st.subheader("Own GPUs: use and idle time")
    days = gpus.by_day(connection, filters)
    if not days:
        st.info(
            "**No billed hours in these days.** `tiergate gpu sample` keeps the server's counters, "
            "`tiergate gpu bill` divides each hour's bill.",
            icon=":material/memory:",
        )
        return
    st.altair_chart(gpu_chart.utilisation(days))
    st.html(gpu_tables.hours(days))
    st.caption(
        "US dollars. Each hour's bill goes to requests and judging, to clients that bypass the gateway, "
        "and to idle time, exactly. Utilisation: work over what the declared full load allows."
    )


def _break_even(connection: Connection, filters: Filters, known: Known) -> None:
    span = _span(connection, filters)
    work = models.work(connection, filters)
    for own in procurement.own_gpus(known.offer, known.bundle.prices, work, span):
        st.subheader(f"Break-even: {text.verbatim(own.model)} on own GPUs")
        st.caption(gpu_tables.said(own))
        if not own.work.attempts:
            st.info("**No request went to this model in these days:** there is no volume to compare.")
        elif own.against:
            _compared(own)


def _compared(own: Own) -> None:
    if own.against[0].needed is not None:
        st.altair_chart(gpu_chart.break_even(own, own.against[0]))
    st.html(gpu_tables.break_even(own))
    st.caption(
        "US dollars for the same span and the same requests, at agreed prices without cache discount. Own "
        "output length: as many tokens as the catalog expects of that model, which is fairer where the own "
        "model thinks aloud. Quality is another question: see the scorecards."
    )


def _span(connection: Connection, filters: Filters) -> tuple[datetime, datetime]:
    """From the first day of the period with a ledger to now, or to the end of the period."""
    now = datetime.now(UTC)
    began = date.fromisoformat(selection.oldest_day(connection) or now.date().isoformat())
    first = max(filters.first_day or began, began)
    last = now if filters.last_day is None else _midnight(filters.last_day + timedelta(days=1))
    return _midnight(first), min(now, last)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_NO_TIER = "no answer"


page()
