"""The single filters as widgets whose values live in the URL, and the notice for a value that none offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from dashboard import palette, text
from dashboard.filters import CostFilter, Period, Source

_NAMES = {
    "period": "period",
    "month": "month",
    "week": "week",
    "team": "team",
    "project": "project",
    "workload": "workload",
    "model": "model",
    "tier": "tier",
    "source": "kind of upstreams",
    "outcome": "outcome",
    "cost": "kind of cost",
}
PERIODS = tuple(period.value for period in Period)
SOURCES = tuple(source.value for source in Source)
COSTS = tuple(cost.value for cost in CostFilter)


def chosen() -> dict[str, str]:
    """What the widgets of this page say, as its address has it. The address itself is a run behind when a
    click has just set a filter."""
    found = {name: st.session_state.get(name) for name in ("day", *_NAMES)}
    if found["period"] == Period.MONTH:
        found["period"] = None
    return {name: str(value) for name, value in found.items() if value is not None}


def say_what_is_dropped(offered: Mapping[str, Sequence[str]]) -> None:
    """A warning for each parameter of the URL whose value is not among those `offered`."""
    for key, values in offered.items():
        asked = st.query_params.get(key)
        if asked and asked not in values:
            several = key == "team" and any(value.endswith(f"/{asked}") for value in values)
            why = (
                "several organisations have one, so choose which"
                if several
                else "there is none of that name here"
            )
            st.warning(
                f"**This view is not limited by the {_NAMES[key]} that its address asked for,** "
                f"{text.verbatim(asked)}: {why}.",
                icon=":material/filter_alt_off:",
            )


def period() -> Period:
    """The span of days; 30 days unless the URL says another."""
    chosen = st.segmented_control(
        "Period",
        PERIODS,
        default=Period.MONTH.value,
        required=True,
        key="period",
        bind="query-params",
    )
    return Period(chosen or Period.MONTH)


def day(today: date) -> date | None:
    """One UTC day in place of the period."""
    chosen: date | None = st.date_input(
        "One day (UTC), instead of the period",
        value=None,
        max_value=today,
        format="YYYY-MM-DD",
        key="day",
        bind="query-params",
    )
    return chosen


def tier(label: str, tiers: Sequence[str] = palette.TIERS) -> str | None:
    """One tier; `label` says whether it answered or was called."""
    return choice(label, tiers, "tier", "All tiers")


def source() -> Source | None:
    """Real or simulated upstreams."""
    chosen = choice("Upstreams", SOURCES, "source", "All upstreams")
    return Source(chosen) if chosen else None


def cost() -> CostFilter | None:
    """How sure the cost of a request is."""
    chosen = choice("Cost", COSTS, "cost", "Any cost")
    return CostFilter(chosen) if chosen else None


def choice(label: str, options: Sequence[str], key: str, everything: str, width: int = 140) -> str | None:
    """One of `options`; None means no limit, and is called `everything`."""
    chosen: str | None = st.selectbox(
        label,
        list(options),
        index=None,
        placeholder=everything,
        key=key,
        bind="query-params",
        width=width,
    )
    return chosen
