"""One request on screen, top to bottom: how it ended, why it went there, what was called, what it cost."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from dashboard import (
    correction_tables,
    cost_arithmetic,
    cost_tables,
    decision_trace,
    story_quality,
    story_tables,
    story_words,
    text,
    time_chart,
)
from dashboard.queries.requests import Story
from router.domain.kinds import CostState, Outcome
from router.domain.records import RequestRecord

_GOOD = (Outcome.ACCEPTED, Outcome.ESCALATED)
_FACTS = (CostState.PRICED, CostState.FREE)


def show(found: Story) -> None:
    """The whole page below the way back."""
    request = found.request
    st.title("Request")
    st.code(request.id, language=None)
    _badges(request)
    _contradictions(found)
    _figures(found)
    _decision(request)
    _attempts(found)
    story_quality.show(found)
    _cost(found)
    _corrections(found)
    _time(request)
    _raw(request)


def _badges(request: RequestRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        good = request.outcome in _GOOD
        plain = request.outcome == Outcome.UNVERIFIED
        st.badge(request.outcome, color="green" if good else "gray" if plain else "red")
        st.badge(f"HTTP {request.http_status}", color="gray")
        if request.error_code:
            st.badge(text.verbatim(request.error_code), color="red")
        st.badge(f"check: {request.verdict or 'none ran'}", color="gray")
        if request.simulated:
            st.badge("simulated: on no invoice", icon=":material/science:", color="orange")
        if request.cost_state not in _FACTS:
            st.badge(f"cost {text.verbatim(request.cost_state.replace('_', ' '))}", color="red")
        st.caption(
            f"{text.instant(request.started_us)} · organisation "
            f"{text.verbatim(request.organisation)} · team {text.verbatim(request.team)} · "
            f"project {text.verbatim(request.project)} · key {text.verbatim(request.key_id)}"
        )


def _contradictions(found: Story) -> None:
    problems = cost_arithmetic.disagreements(found.request, found.attempts)
    if problems:
        listed = "".join(f"\n- {text.verbatim(problem)}" for problem in problems)
        st.error(
            f"**The ledger contradicts itself on this cost:** clear that up before booking it.\n{listed}",
            icon=":material/warning:",
        )


def _figures(found: Story) -> None:
    request, corrected = found.request, sum(row.request_delta_pico for row in found.corrections)
    with st.grid(6, min_column_width=190):
        for figure in story_words.headline(request, corrected):
            st.metric(
                figure.label,
                figure.value,
                delta=figure.note,
                delta_color="inverse" if figure.alarm else "off",
                delta_arrow="off",
                border=True,
            )


def _decision(request: RequestRecord) -> None:
    st.subheader("Why it went there")
    decided = decision_trace.parse(request.trace)
    st.html(story_tables.facts(request, story_words.result(request), decided))
    if not decided.readable:
        st.warning("The stored decision cannot be read; its text is at the end of this page.")
        return
    if decided.candidates:
        st.markdown("**Candidates**, in the order in which they were to be tried")
        st.html(story_tables.candidates(decided.candidates, request))
    if decided.removed:
        st.markdown("**Removed** by a hard constraint")
        st.html(story_tables.removed(decided.removed))


def _attempts(found: Story) -> None:
    st.subheader("What was called")
    if not found.attempts and found.request.attempts == 0:
        st.markdown("No upstream was called, so nothing was spent.")
        return
    st.html(story_tables.attempts(found.attempts, found.request))
    st.caption("Reasoning tokens are part of the output.")


def _cost(found: Story) -> None:
    if not found.attempts:
        return
    st.subheader("What it cost")
    st.html(cost_tables.arithmetic(found.request, found.attempts))
    st.caption(
        "Tokens × price ÷ 1,000,000, not rounded, for each direction that had tokens. The prices are those "
        f"the attempt was billed at, stored with it (price book {text.verbatim(found.request.price_book)}); "
        "where the book names no cache price, that of the input."
    )


def _corrections(found: Story) -> None:
    if not found.corrections:
        return
    st.subheader("What was corrected since")
    st.html(correction_tables.corrections(found.request, found.corrections))
    st.caption("The rows above stay as they were booked; each correction says what, why, who and when.")


def _time(request: RequestRecord) -> None:
    st.subheader("Where the time went")
    if request.gateway_us is None or request.upstream_us is None:
        st.markdown("Nobody knows: the gateway stopped before the request ended.")
        return
    st.altair_chart(time_chart.time_split(request.gateway_us, request.upstream_us, request.ttft_us))
    if request.ttft_us is not None:
        st.caption("The dark tick is the first token.")


def _raw(request: RequestRecord) -> None:
    with st.expander("Stored decision (JSON)"):
        if decision_trace.parse(request.trace).readable:
            st.json(request.trace)
        else:
            st.code(request.trace, language=None, wrap_lines=True)
    with st.expander("Ledger row"):
        row = {key: value for key, value in asdict(request).items() if key not in ("trace", "prompt")}
        st.json(row)
    if request.prompt is not None:
        with st.expander("Messages (stored, because storing prompts is switched on)"):
            st.code(request.prompt, language="json", wrap_lines=True)
