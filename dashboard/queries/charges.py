"""What was charged, from the sums by the day and by the hour: the amounts that a statement prints.

Every attempt counts for the tier and the model that was called, and judging and corrections count too: parts
add up to what is paid. Tags are JSON text and are told apart here, because the two databases read JSON
differently.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from dashboard.filters import Filters
from dashboard.queries import rolled
from dashboard.queries.selection import where
from dashboard.queries.sums import summed, whole
from router.books.months import microseconds
from router.books.rollups.charges import JUDGE
from router.books.rollups.corrected import KIND as CORRECTION
from router.books.rollups.gpu import NO_TEAM
from router.books.rollups.meters import ATTEMPTS, UNKNOWN
from router.domain.teams import Team
from router.record.book_tables import HOUR_US, charges_day, charges_hour

_D, _H = charges_day.c, charges_hour.c
TAG = "tag "
"""What a breakdown by a tag starts with: `tag cost_centre`."""
BY = ("team", "project", "workload", "model", "tier")


@dataclass(frozen=True, slots=True)
class Sums:
    """Of some charges, in pico-USD. `beside` is what was paid for beside returned answers: retries, rejected
    answers, judging. `listed`: the same at list prices, None where one is unknown. `attempts` at upstreams,
    of which `unknown` have no known cost and are in no sum."""

    spend: int = 0
    beside: int = 0
    corrections: int = 0
    simulated: int = 0
    listed: int | None = 0
    attempts: int = 0
    unknown: int = 0

    @property
    def known(self) -> int | None:
        """The spend; None where nothing of it is known."""
        return None if self.unknown and self.unknown >= self.attempts and not self.spend else self.spend

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(
            self.spend + other.spend,
            self.beside + other.beside,
            self.corrections + other.corrections,
            self.simulated + other.simulated,
            None if self.listed is None or other.listed is None else self.listed + other.listed,
            self.attempts + other.attempts,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """The charges of one (day, hour, team, ...) at one tier. `name` None: nobody is named. A team is called
    as `rolled.teams` calls it."""

    name: str | None
    tier: str
    sums: Sums


def totals(connection: Connection, filters: Filters) -> Sums:
    """All charges that `filters` leave."""
    query = select(*_measures(_D)).where(*where(filters, _D))
    return _sums(connection.execute(query).one())


def by_day(connection: Connection, filters: Filters) -> list[Cell]:
    """Per UTC day of the request's start and tier, oldest first."""
    return _cells(connection, _grouped(_D, _D.day).where(*where(filters, _D)).order_by(_D.day, _D.tier))


def by_hour(connection: Connection, filters: Filters) -> list[Cell]:
    """The same by the hour (`00` to `23`) of the one day that `filters` are about."""
    day = filters.first_day
    assert day is not None
    midnight = microseconds(day)
    limits = where(replace(filters, first_day=None, last_day=None), _H)
    query = _grouped(_H, _H.hour_us).where(
        *limits, _H.hour_us >= midnight, _H.hour_us < midnight + 24 * HOUR_US
    )
    found = _cells(connection, query.order_by(_H.hour_us, _H.tier))
    return [replace(cell, name=f"{(int(cell.name or 0) - midnight) // HOUR_US:02d}") for cell in found]


def parts(connection: Connection, filters: Filters, by: str) -> list[Cell]:
    """By one of `BY`, or by a tag: `tag NAME`."""
    if by.startswith(TAG):
        return _by_tag(connection, filters, by.removeprefix(TAG))
    if by == "team":
        return _by_team(connection, filters)
    return _cells(connection, _grouped(_D, _D[by]).where(*where(filters, _D)))


def tag_names(connection: Connection, filters: Filters) -> list[str]:
    """The tags that the books keep and that these charges have."""
    query = select(_D.tags).where(*where(filters, _D)).distinct()
    return sorted({name for text in connection.scalars(query) for name in json.loads(text)})


def cost_states(connection: Connection, filters: Filters) -> dict[str, int]:
    """Attempts by how sure their cost is."""
    query = (
        select(_D.cost_state, func.sum(_D.quantity))
        .where(*where(filters, _D), _D.meter == ATTEMPTS)
        .group_by(_D.cost_state)
    )
    return {state: int(number) for state, number in connection.execute(query)}


def _by_tag(connection: Connection, filters: Filters, tag: str) -> list[Cell]:
    made: defaultdict[tuple[str | None, str], Sums] = defaultdict(Sums)
    for cell in _cells(connection, _grouped(_D, _D.tags).where(*where(filters, _D))):
        key = json.loads(cell.name or "{}").get(tag), cell.tier
        made[key] = made[key].plus(cell.sums)
    return [Cell(name, tier, sums) for (name, tier), sums in made.items()]


def _by_team(connection: Connection, filters: Filters) -> list[Cell]:
    """Teams of two organisations are two, also where they have one name."""
    query = _grouped(_D, _D.team).add_columns(_D.organisation).group_by(_D.organisation)
    names = rolled.teams(connection)
    return [
        Cell(
            None if row.name == NO_TEAM else names.name(Team(row.organisation, row.name)),
            row.of_tier,
            _sums(row),
        )
        for row in connection.execute(query.where(*where(filters, _D)))
    ]


def _grouped(columns: Any, name: ColumnElement[Any]) -> Select[Any]:
    return select(name.label("name"), columns.tier.label("of_tier"), *_measures(columns)).group_by(
        name, columns.tier
    )


def _measures(c: Any) -> list[ColumnElement[Any]]:
    counted = c.meter == ATTEMPTS
    return [
        *summed("spend", c.cost_pico),
        *summed("beside", c.cost_pico, or_(c.served.is_(False), c.kind == JUDGE)),
        *summed("corrections", c.cost_pico, c.kind == CORRECTION),
        *summed("simulated", c.cost_pico, c.simulated.is_(True)),
        *summed("listed", c.list_pico),
        func.count().filter(and_(c.list_pico.is_(None), c.cost_pico.is_not(None))).label("unlisted"),
        func.sum(c.quantity).filter(counted).label("attempts"),
        func.sum(c.quantity).filter(and_(counted, c.cost_state.in_(UNKNOWN))).label("unknown"),
    ]


def _cells(connection: Connection, query: Select[Any]) -> list[Cell]:
    return [Cell(row.name or None, row.of_tier, _sums(row)) for row in connection.execute(query)]


def _sums(row: Row[Any]) -> Sums:
    return Sums(
        spend=whole(row, "spend") or 0,
        beside=whole(row, "beside") or 0,
        corrections=whole(row, "corrections") or 0,
        simulated=whole(row, "simulated") or 0,
        listed=None if row.unlisted else whole(row, "listed") or 0,
        attempts=int(row.attempts or 0),
        unknown=int(row.unknown or 0),
    )
