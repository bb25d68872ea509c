"""The filters as widgets whose values live in the URL, so that a view is a link.

The URL's values are the ones on screen; a value that no widget offers is dropped from the URL, and the page
says so: who follows a link to one team must not take everybody's figures for that team's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from dashboard import palette, text
from dashboard.filters import CostFilter, Filters, Period, Source
from dashboard.queries.rolled import Fresh
from router.domain.kinds import Outcome

_NAMES = {
    "period": "period",
    "month": "month",
    "team": "team",
    "tier": "tier",
    "source": "kind of upstreams",
    "outcome": "outcome",
    "cost": "kind of cost",
}


def bar(teams: Sequence[str], today: date, *, details: bool = False) -> Filters:
    """Draw the row of filters and return what they say; `details` adds those of single requests."""
    _say_what_is_dropped(_offered(teams, details))
    with st.container(horizontal=True, vertical_alignment="top"):
        period = _period()
        first, last = period.days(today)
        limited = Filters(
            first_day=first,
            last_day=last,
            team=_choice("Team", teams, "team", "All teams", width=200),
            tier=_choice("Tier that answered", palette.TIERS, "tier", "All tiers"),
            source=_source(),
        )
        if not details:
            return limited
        return Filters(
            first_day=first,
            last_day=last,
            team=limited.team,
            tier=limited.tier,
            source=limited.source,
            outcome=_choice("Outcome", [o.value for o in Outcome], "outcome", "All outcomes"),
            cost=_cost(),
        )


def period_only(today: date) -> Filters:
    """The bar of a page that knows no other limit."""
    _say_what_is_dropped({"period": [period.value for period in Period]})
    first, last = _period().days(today)
    return Filters(first_day=first, last_day=last)


def month_and_team(months: Sequence[str], teams: Sequence[str]) -> tuple[str, str | None]:
    """The bar of a page on one month: the first of `months` unless the URL says another."""
    _say_what_is_dropped({"month": months, "team": teams})
    with st.container(horizontal=True, vertical_alignment="top"):
        month = st.selectbox("Month", months, key="month", bind="query-params", width=140)
        return month, _choice("Team", teams, "team", "All teams", width=200)


def basis(filters: Filters, newest_us: int | None) -> None:
    """One line under the filters: span, unit and how fresh the figures are."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _basis(filters, newest_us)
        st.button("Refresh", type="tertiary", icon=":material/refresh:")


def _basis(filters: Filters, newest_us: int | None) -> None:
    st.caption(
        f"{text.day_range(filters.first_day, filters.last_day)}, UTC days · US dollars · "
        f"as of {text.instant(newest_us)} (newest request)",
        width="content",
    )


def basis_of_sums(filters: Filters, fresh: Fresh) -> None:
    """The same for a page that reads sums by the day: when they were made, and what changed since."""
    days = text.day_range(filters.first_day, filters.last_day)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{days}, UTC days · US dollars · {sums_as_of(fresh)}", width="content")
        st.button("Refresh", type="tertiary", icon=":material/refresh:")


def sums_as_of(fresh: Fresh) -> str:
    """`as of 2026-11-23 18:27:03 UTC (sums made)`, and how much has changed since."""
    since = ""
    if fresh.waiting:
        hours = "hour has" if fresh.waiting == 1 else "hours have"
        since = f"; {text.count(fresh.waiting)} {hours} changed since: `tiergate books roll`"
    return f"as of {text.instant(fresh.rolled_us)} (sums made){since}"


def grouping(choices: Sequence[str], label: str = "By") -> str:
    """What the page's tables are broken down by, kept in the URL; the first is the default."""
    chosen = st.segmented_control(
        label, choices, default=choices[0], required=True, key="by", bind="query-params"
    )
    return chosen or choices[0]


def _say_what_is_dropped(offered: Mapping[str, Sequence[str]]) -> None:
    for key, values in offered.items():
        asked = st.query_params.get(key)
        if asked and asked not in values:
            st.warning(
                f"**This view is not limited by the {_NAMES[key]} that its address asked for,** "
                f"{text.verbatim(asked)}: there is none of that name here.",
                icon=":material/filter_alt_off:",
            )


def _offered(teams: Sequence[str], details: bool) -> dict[str, Sequence[str]]:
    """What each of the bar's parameters may say in the URL."""
    offered: dict[str, Sequence[str]] = {
        "period": [period.value for period in Period],
        "team": teams,
        "tier": palette.TIERS,
        "source": [source.value for source in Source],
    }
    if details:
        offered["outcome"] = [outcome.value for outcome in Outcome]
        offered["cost"] = [cost.value for cost in CostFilter]
    return offered


def _period() -> Period:
    chosen = st.segmented_control(
        "Period",
        [period.value for period in Period],
        default=Period.MONTH.value,
        required=True,
        key="period",
        bind="query-params",
    )
    return Period(chosen or Period.MONTH)


def _source() -> Source | None:
    chosen = _choice("Upstreams", [source.value for source in Source], "source", "All upstreams")
    return Source(chosen) if chosen else None


def _cost() -> CostFilter | None:
    chosen = _choice("Cost", [cost.value for cost in CostFilter], "cost", "Any cost")
    return CostFilter(chosen) if chosen else None


def _choice(label: str, options: Sequence[str], key: str, everything: str, width: int = 140) -> str | None:
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
