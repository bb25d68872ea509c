"""What is known of one answer's quality on screen: verified, judged, reported, each under its own name."""

from __future__ import annotations

import streamlit as st

from dashboard import opinion_tables, story_tables
from dashboard.queries.requests import Story

_SETTLING_US = 1_000
"""A row's duration ends a moment before the verdicts that were settled with it are written."""


def show(found: Story) -> None:
    """The parts there is something to say of."""
    _verified(found)
    _judged(found)
    _reported(found)


def _verified(found: Story) -> None:
    if not found.verdicts:
        return
    st.subheader("What the checks said")
    settled = found.request.started_us + (found.request.duration_us or 0)
    st.html(story_tables.verdicts(found.verdicts, settled + _SETTLING_US))
    st.caption("The request's own verdict stays what was known when it was booked.")


def _judged(found: Story) -> None:
    if not (found.judgements or found.judge_calls):
        return
    st.subheader("What a judging model thought")
    if found.judgements:
        st.html(opinion_tables.judgements(found.judgements))
        st.caption("An opinion, never a verdict. Of two answers it holds only if both orders say the same.")
    st.html(opinion_tables.judge_calls(found.judge_calls))
    st.caption("Overhead of judging: in no request's cost, so not in the cost of this one.")


def _reported(found: Story) -> None:
    if not found.feedback:
        return
    st.subheader("What people and apps reported")
    st.html(opinion_tables.feedback(found.feedback))
    st.caption("Reported quality: it changes no verdict and no cost. All versions stay.")
