"""The rows of filters of the pages. A view is a link: every filter's value is in the URL.

The URL's values are the ones on screen; a value that no widget offers is dropped from the URL, and the page
says so: who follows a link to one team must not take everybody's figures for that team's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st

from dashboard import filter_widgets as widgets
from dashboard import palette, text
from dashboard.filters import NOT_NAMED, Filters, Period
from dashboard.queries.rolled import Fresh, Names
from router.domain.kinds import Outcome
from router.domain.teams import Team, TeamNames


@dataclass(frozen=True, slots=True)
class Compared:
    """What a view is about, and the span before it to hold it against; None: there is nothing before."""

    filters: Filters
    before: Filters | None


def bar(teams: TeamNames, today: date) -> Filters:
    """The row of a page that knows period, team, tier and kind of upstreams."""
    widgets.say_what_is_dropped(
        {"period": widgets.PERIODS, "team": [*teams], "tier": palette.TIERS, "source": widgets.SOURCES}
    )
    first, last = widgets.period().days(today)  # a line of its own: it wraps there on a narrow screen
    with st.container(horizontal=True, vertical_alignment="top"):
        return Filters(
            first_day=first,
            last_day=last,
            team=_team(teams),
            tier=widgets.tier("Tier that answered"),
            source=widgets.source(),
        )


def requests_bar(names: Names, today: date) -> Filters:
    """The row of the list of single requests."""
    outcomes = [outcome.value for outcome in Outcome]
    offered = {"tier": palette.TIERS, "outcome": outcomes, "cost": widgets.COSTS}
    widgets.say_what_is_dropped({**_offered(names), **offered})
    first, last = widgets.period().days(today)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        team = _team(names.teams)
        tier = widgets.tier("Tier that answered")
        outcome = widgets.choice("Outcome", outcomes, "outcome", "All outcomes")
        cost = widgets.cost()
        more = _more(names, today)
    limited = replace(more, team=team, tier=tier, outcome=outcome, cost=cost)
    return limited if more.first_day else replace(limited, first_day=first, last_day=last)


def charges_bar(names: Names, today: date) -> Compared:
    """The row of a page on what was charged; tiers are those that were called, and paid."""
    tiers = palette.PAID_TIERS
    widgets.say_what_is_dropped({**_offered(names), "tier": tiers})
    period = widgets.period()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        team = _team(names.teams)
        tier = widgets.tier("Tier paid", tiers)
        more = _more(names, today)
    limited = replace(more, team=team, tier=tier)
    if limited.first_day is not None:
        weekday = limited.first_day - timedelta(days=7)
        return Compared(limited, replace(limited, first_day=weekday, last_day=weekday))
    return _compared(limited, period, today)


def _compared(limited: Filters, period: Period, today: date) -> Compared:
    first, last = period.days(today)
    span = period.before(today)
    before = None if span is None else replace(limited, first_day=span[0], last_day=span[1])
    return Compared(replace(limited, first_day=first, last_day=last), before)


def _offered(names: Names) -> dict[str, Sequence[str]]:
    return {
        "period": widgets.PERIODS,
        "team": [*names.teams],
        "project": names.projects,
        "workload": [*names.workloads, NOT_NAMED],
        "model": names.models,
        "source": widgets.SOURCES,
    }


def _more(names: Names, today: date) -> Filters:
    """The filters behind a button; the button says how many of them are set."""
    keys = ("day", "project", "workload", "model", "source")
    number = sum(st.session_state.get(key) is not None for key in keys)
    label = f"More filters ({number})" if number else "More filters"
    with st.popover(label, icon=":material/filter_alt:"):
        day = widgets.day(today)
        return Filters(
            first_day=day,
            last_day=day,
            project=widgets.choice("Project", names.projects, "project", "All projects", width=320),
            workload=widgets.choice(
                "Workload", [*names.workloads, NOT_NAMED], "workload", "All workloads", width=320
            ),
            model=widgets.choice("Model", names.models, "model", "All models", width=320),
            source=widgets.source(),
        )


def period_only(today: date) -> Filters:
    """The bar of a page that knows no other limit."""
    return period_compared(today).filters


def period_compared(today: date) -> Compared:
    """The same, with the span before."""
    widgets.say_what_is_dropped({"period": widgets.PERIODS})
    return _compared(Filters(), widgets.period(), today)


def month_and_team(months: Sequence[str], teams: TeamNames) -> tuple[str, Team | None]:
    """The bar of a page on one month: the first of `months` unless the URL says another."""
    widgets.say_what_is_dropped({"month": months, "team": [*teams]})
    with st.container(horizontal=True, vertical_alignment="top"):
        month = st.selectbox("Month", months, key="month", bind="query-params", width=140)
        return month, _team(teams)


def one_team(teams: TeamNames) -> Team:
    """The bar of a page on one team: the first one unless the URL says another."""
    widgets.say_what_is_dropped({"team": [*teams]})
    chosen = teams.team(st.selectbox("Team", [*teams], key="team", bind="query-params", width=240))
    return chosen or teams.teams[0]


def maybe_team(teams: TeamNames) -> Team | None:
    """The bar of a part of a page that is about all teams or one."""
    widgets.say_what_is_dropped({"team": [*teams]})
    return _team(teams, width=240)


def _team(teams: TeamNames, width: int = 200) -> Team | None:
    """One team, with its organisation where two have a team of that name."""
    return teams.team(widgets.choice("Team", [*teams], "team", "All teams", width=width))


def one_week(names: Sequence[str], usual: str) -> str:
    """One of the weeks, newest first; `usual` unless the URL says another."""
    widgets.say_what_is_dropped({"week": names})
    index = names.index(usual)
    return st.selectbox("Week", names, index=index, key="week", bind="query-params", width=160)


def one_model(models: Sequence[str]) -> str:
    """One model: the first unless the URL says another."""
    widgets.say_what_is_dropped({"model": models})
    return st.selectbox("Model", models, key="model", bind="query-params", width=320)


def grouping(choices: Sequence[str], label: str = "By") -> str:
    """What the page's tables are broken down by, kept in the URL; the first is the default."""
    chosen = st.segmented_control(
        label, choices, default=choices[0], required=True, key="by", bind="query-params"
    )
    return chosen or choices[0]


def basis(filters: Filters, newest_us: int | None) -> None:
    """One line under the filters: span, unit and how fresh the figures are."""
    _basis(filters, f"as of {text.instant(newest_us)} (newest request)")


def basis_of_sums(filters: Filters, fresh: Fresh) -> None:
    """The same for a page that reads sums by the day: when they were made, and what changed since."""
    _basis(filters, sums_as_of(fresh))


def _basis(filters: Filters, as_of: str) -> None:
    days = text.day_range(filters.first_day, filters.last_day)
    with st.container(horizontal=True, vertical_alignment="center"):
        limits = "".join(f" · {text.verbatim(limit)}" for limit in _limits(filters))
        st.caption(f"{days}, UTC days{limits} · US dollars · {as_of}", width="content")
        st.button("Refresh", type="tertiary", icon=":material/refresh:")


def _limits(filters: Filters) -> list[str]:
    """The limits that no widget of the row shows while their button is closed."""
    hidden = {"project": filters.project, "workload": filters.workload, "model": filters.model}
    return [f"{name} {value}" for name, value in hidden.items() if value is not None]


def sums_as_of(fresh: Fresh) -> str:
    """`as of 2026-11-23 18:27:03 UTC (sums made)`, and how much has changed since."""
    since = ""
    if fresh.waiting:
        hours = "hour has" if fresh.waiting == 1 else "hours have"
        since = f"; {text.count(fresh.waiting)} {hours} changed since: `tiergate books roll`"
    return f"as of {text.instant(fresh.rolled_us)} (sums made){since}"
