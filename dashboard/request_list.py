"""The list of recent requests as a data frame's rows and column settings. Pure but for Streamlit's types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import palette, text
from dashboard.queries.requests import Listed
from router.domain.teams import Team, TeamNames

Row = dict[str, str | int | float | None]


def rows(found: Sequence[Listed], teams: TeamNames) -> list[Row]:
    """One dictionary per request, in the order given; texts for money, so that unknown stays a word. Teams
    are called as `teams` calls them."""
    places = text.places_for(item.cost_pico for item in found)
    return [_row(item, places, teams.name(Team(item.organisation, item.team))) for item in found]


def columns() -> dict[str, Any]:
    """How each column is shown; figures to the right."""
    right = st.column_config.TextColumn
    return {
        "Started (UTC)": st.column_config.TextColumn(width=150, pinned=True),
        "Difficulty": st.column_config.NumberColumn(format="%.2f", help="0 easy to 1 hard, as classified"),
        "Tier": st.column_config.TextColumn(help="The tier that answered"),
        "Attempts": st.column_config.NumberColumn(help="Calls of upstreams, retries included"),
        "Cost": right(alignment="right", help="US dollars, all attempts"),
        "Latency": right(alignment="right", help="From the request's arrival to the end of the reply"),
    }


def _row(item: Listed, places: int, team: str) -> Row:
    return {
        "Started (UTC)": text.instant(item.started_us).removesuffix(" UTC"),
        "Team": team,
        "Tier": palette.tier_name(item.tier),
        "Model": _model(item),
        "Outcome": item.outcome,
        "Cost": _cost(item, places),
        "Latency": text.duration(item.duration_us),
        "Task": _plain(item.task),
        "Difficulty": item.difficulty,
        "Attempts": item.attempts,
        "Verdict": item.verdict or "no check",
        "Rule": item.rule or text.NONE,
    }


def _model(item: Listed) -> str:
    if item.model is None:
        return text.NONE
    return f"{item.model} (simulated)" if item.simulated else item.model


def _cost(item: Listed, places: int) -> str:
    shown = text.money(item.cost_pico, places)
    if item.cost_pico is None:
        return f"{shown}: {_plain(item.cost_state)}"
    return f"~{shown}" if item.cost_state == "estimated" else shown


def _plain(name: str | None) -> str:
    return text.NONE if name is None else name.replace("_", " ")
