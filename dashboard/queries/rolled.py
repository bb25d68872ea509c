"""What pages on the ledger's sums start with: whose sums there are, and how fresh they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, distinct, func, select

from router.domain.teams import Team, TeamNames
from router.record.book_tables import charges_day, outcomes_day, rollup_days, rollup_marks
from router.record.tables import requests


@dataclass(frozen=True, slots=True)
class Fresh:
    """When sums were last made, Unix microseconds, and how many hours have changed since they were."""

    rolled_us: int
    waiting: int


def fresh(connection: Connection) -> Fresh | None:
    """None: no sums were ever made."""
    rolled: int | None = connection.scalar(select(func.max(rollup_days.c.rolled_us)))
    if rolled is None:
        return None
    waiting = connection.scalar(select(func.count(distinct(rollup_marks.c.hour_us))))
    return Fresh(rolled, waiting or 0)


@dataclass(frozen=True, slots=True)
class Names:
    """What filters can be set to, each in alphabetical order."""

    teams: TeamNames
    projects: tuple[str, ...]
    workloads: tuple[str, ...]
    models: tuple[str, ...]


def names(connection: Connection) -> Names:
    """Of everything that there are sums of."""
    c, o = charges_day.c, outcomes_day.c
    return _names(connection, _who(o), select(c.model))


def names_with_new(connection: Connection) -> Names:
    """The same, and of the requests since the last day with sums: all requests where there are none."""
    known, r = names(connection), requests.c
    last = connection.scalar(select(func.max(rollup_days.c.day))) or ""
    new = _names(
        connection,
        _who(r).where(r.day >= last),
        select(r.model).where(r.day >= last),
    )
    return Names(
        TeamNames({*known.teams.teams, *new.teams.teams}),
        _both(known.projects, new.projects),
        _both(known.workloads, new.workloads),
        _both(known.models, new.models),
    )


def _both(known: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*known, *new}))


def _who(columns: Any) -> Select[Any]:
    return select(columns.organisation, columns.team, columns.project, columns.workload)


def _names(connection: Connection, who: Select[Any], models: Select[Any]) -> Names:
    owners = connection.execute(who.distinct()).all()
    called = {name for name in connection.scalars(models.distinct()) if name}
    columns = ({row[n] for row in owners if row[n]} for n in (2, 3))
    projects, workloads, known = (tuple(sorted(found)) for found in (*columns, called))
    return Names(TeamNames(Team(row[0], row[1]) for row in owners), projects, workloads, known)


def teams(connection: Connection) -> TeamNames:
    """Every team with sums."""
    o = outcomes_day.c
    return TeamNames(Team(*row) for row in connection.execute(select(o.organisation, o.team).distinct()))
