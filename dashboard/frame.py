"""What every page has around its own content: a title, the ledger, and what to say where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from sqlalchemy import Connection

from dashboard import access, states
from dashboard.ledger import LedgerProblem
from dashboard.queries import rolled, selection
from dashboard.queries.rolled import Fresh

Shown = TypeVar("Shown")


def page(title: str, show: Callable[[Connection], Shown], caption: str | None = None) -> Shown | None:
    """Draws the page by `show` and gives what that gives; None, and what to do, where the ledger cannot be
    read."""
    st.title(title)
    if caption is not None:
        st.caption(caption)
    try:
        with access.ledger() as connection:
            return show(connection)
    except LedgerProblem as found:
        states.problem(found)
        return None


def sums(connection: Connection) -> tuple[int, Fresh] | None:
    """When the newest request started, and how fresh the sums are; None, and what to do, where there are no
    requests or no sums."""
    newest = selection.newest(connection)
    if newest is None:
        states.no_requests()
        return None
    fresh = rolled.fresh(connection)
    if fresh is None:
        states.not_rolled(newest)
        return None
    return newest, fresh
