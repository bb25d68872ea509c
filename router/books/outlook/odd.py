"""Odd days of teams (or of other parts), each with what made it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection

from router.books.explain.change import Explained
from router.books.explain.weeks import explain_days
from router.books.outlook.daily import Part, by_group, by_team
from router.books.rollups.gpu import NO_TEAM
from router.domain.anomaly import WEEKS, Anomaly, anomalies
from router.domain.teams import Team, TeamNames

By = Literal["all", "team", "project", "workload", "model"]


@dataclass(frozen=True, slots=True)
class Odd:
    """An odd day of a part: `name` is that of the project, workload or model; None: of all, or of what named
    no workload. Of a team, `team` says which."""

    name: str | None
    anomaly: Anomaly
    team: Team | None = None

    def called(self, teams: TeamNames) -> str | None:
        """The name; a team's as `teams` has it, None for GPU time that is of no team."""
        if self.team is None:
            return self.name
        return None if self.team.name == NO_TEAM else teams.name(self.team)


def odd_days(
    connection: Connection, part: Part, by: By, days: tuple[date, date], least: int = 0
) -> list[Odd]:
    """The odd days within `days` (first and last, whole days) of every value of `by`, the newest first, of
    one day the largest first. `least`: smaller deviations are left out, pico-USD."""
    first, end = days[0], days[1] + timedelta(days=1)
    since = first - timedelta(weeks=WEEKS)
    if by == "team":
        teams = by_team(connection, part, since, end)
        found = [
            Odd(t.name, one, t) for t, series in teams.items() for one in anomalies(series, first, least)
        ]
    else:
        groups = by_group(connection, part, None if by == "all" else by, since, end)
        found = [Odd(name, one) for name, series in groups.items() for one in anomalies(series, first, least)]
    return sorted(found, key=lambda odd: (-odd.anomaly.day.toordinal(), -abs(odd.anomaly.beyond)))


def why(connection: Connection, team: Team | None, anomaly: Anomaly) -> Explained:
    """Volume, quality, mix, length and price of the odd day against the most usual of its weekdays: exact
    against that day, not against the median."""
    return explain_days(connection, team, (anomaly.day, anomaly.like))


def explained_days(connection: Connection, found: Sequence[Odd]) -> list[Explained]:
    """`why` of each odd day of a team."""
    return [why(connection, odd.team, odd.anomaly) for odd in found]
