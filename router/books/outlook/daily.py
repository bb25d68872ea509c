"""Spend by day of any part of the company, read from the daily charges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from router.domain.forecast import Series
from router.domain.teams import Team
from router.record.book_tables import charges_day
from router.record.sums import halves, whole

_C = charges_day.c
_HISTORY_DAYS = 400
"""How far back a forecast looks."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which charges are meant; None: all of them. `simulated` False: only what real endpoints served."""

    organisation: str | None = None
    team: str | None = None
    project: str | None = None
    workload: str | None = None
    model: str | None = None
    simulated: bool | None = None

    @classmethod
    def of(cls, team: Team | None) -> Part:
        """One organisation's team; None: everybody."""
        return cls() if team is None else cls(organisation=team.organisation, team=team.name)

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """On the columns of the daily charges."""
        names = ("organisation", "team", "project", "workload", "model", "simulated")
        return [_C[name] == getattr(self, name) for name in names if getattr(self, name) is not None]


def today_of(now_us: int) -> date:
    """The UTC day of a moment, Unix microseconds."""
    return datetime.fromtimestamp(now_us / 1e6, UTC).date()


def daily(connection: Connection, part: Part, first: date, end: date) -> Series:
    """Known cost by day in [first, end), corrections and judges included; from the part's first day on."""
    return by_group(connection, part, None, first, end).get(None, Series(end, ()))


def by_team(connection: Connection, part: Part, first: date, end: date) -> Mapping[Team, Series]:
    """The same of each team; teams of two organisations are two."""
    found = _grouped(connection, part, ("organisation", "team"), first, end)
    return {Team(organisation or "", name or ""): series for (organisation, name), series in found.items()}


def by_group(
    connection: Connection, part: Part, by: str | None, first: date, end: date
) -> Mapping[str | None, Series]:
    """The same by the values of a column of the charges, such as `project`; None: no groups."""
    found = _grouped(connection, part, () if by is None else (by,), first, end)
    return {name[0] if name else None: series for name, series in found.items()}


def _grouped(
    connection: Connection, part: Part, by: tuple[str, ...], first: date, end: date
) -> Mapping[tuple[str | None, ...], Series]:
    group: list[ColumnElement[Any]] = [_C[name] for name in by]
    query: Select[Any] = (
        select(_C.day, *halves(_C.cost_pico), *group)
        .where(_C.day >= first.isoformat(), _C.day < end.isoformat(), *part.conditions)
        .group_by(_C.day, *group)
    )
    found: dict[tuple[str | None, ...], dict[date, int]] = {}
    for day, high, low, *name in connection.execute(query):
        found.setdefault(tuple(name), {})[date.fromisoformat(day)] = whole(high, low)
    order = sorted(found, key=lambda name: [text or "" for text in name])
    return {name: _series(found[name], end) for name in order}


def history(connection: Connection, part: Part, today: date) -> tuple[Series, int]:
    """What a forecast is made from: whole days until yesterday, and what was spent today so far."""
    found = daily(connection, part, today - timedelta(days=_HISTORY_DAYS), today + timedelta(days=1))
    if not found.amounts:
        return Series(today, ()), 0
    return Series(found.first, found.amounts[:-1]), found.amounts[-1]


def newest_day(connection: Connection) -> date | None:
    """The last day with charges; None: there are none."""
    found: str | None = connection.scalar(select(func.max(_C.day)))
    return None if found is None else date.fromisoformat(found)


def _series(days: Mapping[date, int], end: date) -> Series:
    """Every day from the first one that has charges; days without any are 0."""
    first = min(days)
    return Series(first, tuple(days.get(first + timedelta(days=n), 0) for n in range((end - first).days)))
