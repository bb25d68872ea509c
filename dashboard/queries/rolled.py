"""What pages on the ledger's sums start with: whose sums there are, and how fresh they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, distinct, func, select

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

    teams: tuple[str, ...]
    projects: tuple[str, ...]
    workloads: tuple[str, ...]
    models: tuple[str, ...]


def names(connection: Connection) -> Names:
    """Of everything that there are sums of."""
    c, o = charges_day.c, outcomes_day.c
    return _names(connection, select(o.team, o.project, o.workload), select(c.model))


def names_with_new(connection: Connection) -> Names:
    """The same, and of the requests since the last day with sums: all requests where there are none."""
    known, r = names(connection), requests.c
    last = connection.scalar(select(func.max(rollup_days.c.day))) or ""
    new = _names(
        connection,
        select(r.team, r.project, r.workload).where(r.day >= last),
        select(r.model).where(r.day >= last),
    )
    return Names(
        _both(known.teams, new.teams),
        _both(known.projects, new.projects),
        _both(known.workloads, new.workloads),
        _both(known.models, new.models),
    )


def _both(known: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*known, *new}))


def _names(connection: Connection, who: Select[Any], models: Select[Any]) -> Names:
    owners = connection.execute(who.distinct()).all()
    called = {name for name in connection.scalars(models.distinct()) if name}
    columns = ({row[n] for row in owners if row[n]} for n in range(3))
    teams, projects, workloads, known = (tuple(sorted(found)) for found in (*columns, called))
    return Names(teams, projects, workloads, known)


def teams(connection: Connection) -> list[str]:
    """Every team with sums, in alphabetical order."""
    return list(connection.scalars(select(outcomes_day.c.team).distinct().order_by(outcomes_day.c.team)))
