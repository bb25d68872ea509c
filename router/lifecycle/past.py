"""The recorded requests of a window: as columns to decide again, and what became of them. Rows stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Select, func, select

from router.domain.teams import Team, TeamNames
from router.lifecycle.recorded import Row, recorded
from router.lifecycle.replay.collect import ColumnsBuilder, joined
from router.lifecycle.replay.columns import Bools, Columns, Ints
from router.record.tables import requests

_PAGE = 2_000
UNKNOWN = -1
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Window:
    """Requests started in [since_us, until_us), Unix microseconds; of one team, or of all."""

    since_us: int
    until_us: int
    team: Team | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """One entry a request beside its `columns`. `first` is the endpoint that was to be tried first, `served`
    the model that answered (indexes into `names`, -1: none), `digest` the policy then (into `digests`, -1:
    drawn for the holdout, so that a draw and not the policy said who answers). `cost` and `expected` are
    pico-USD, `duration` microseconds, -1 where not known. `simulated`: an upstream that stands in for a real
    one took part. `undecided` requests came to no decision, or their rows do not say enough; they are in no
    column."""

    columns: Columns
    names: tuple[str, ...]
    digests: tuple[str, ...]
    first: Ints
    served: Ints
    digest: Ints
    cost: Ints
    expected: Ints
    duration: Ints
    simulated: Bools
    undecided: int

    def __len__(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one UTC day in a window, as far as the database has them: `newest` is the largest id."""

    day: str
    rows: int
    newest: str


def days_of(engine: Engine, window: Window) -> list[Day]:
    """The days that have requests, in order. Raises SQLAlchemyError."""
    query = within(select(requests.c.day, func.count(), func.max(requests.c.id)), window)
    with engine.connect() as connection:
        rows = connection.execute(query.group_by(requests.c.day).order_by(requests.c.day))
        return [Day(*row) for row in rows]


def teams_of(engine: Engine, window: Window) -> TeamNames:
    """The teams that have requests. Raises SQLAlchemyError."""
    query = within(select(requests.c.organisation, requests.c.team).distinct(), window)
    with engine.connect() as connection:
        return TeamNames(Team(*row) for row in connection.execute(query))


def read_past(engine: Engine, window: Window, progress: Progress) -> Past:
    """All requests of the window; `progress` is told how many are read. Raises SQLAlchemyError."""
    builder = _PastBuilder()
    with engine.connect().execution_options(yield_per=_PAGE) as connection:
        for number, row in enumerate(_rows(connection, window), 1):
            builder.add(row)
            if number % _PAGE == 0:
                progress(number)
    return builder.built()


def _rows(connection: Connection, window: Window) -> Iterator[Row]:
    query = within(select(*(requests.c[name] for name in Row._fields)), window)
    return (Row(*row) for row in connection.execute(query.order_by(requests.c.started_us)))


def within(query: Select[Any], window: Window) -> Select[Any]:
    """The query on `requests` kept to the window."""
    query = query.where(requests.c.started_us >= window.since_us, requests.c.started_us < window.until_us)
    if window.team is None:
        return query
    of_team = requests.c.organisation == window.team.organisation, requests.c.team == window.team.name
    return query.where(*of_team)


class _Names:
    """Texts as numbers."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def __call__(self, name: str | None) -> int:
        return UNKNOWN if name is None else self.known.setdefault(name, len(self.known))


class _PastBuilder:
    def __init__(self) -> None:
        self._columns = ColumnsBuilder()
        self._names, self._digests = _Names(), _Names()
        self._rows: list[tuple[int, ...]] = []
        self._undecided = 0

    def add(self, row: Row) -> None:
        found = recorded(row)
        if found is None:
            self._undecided += 1
            return
        self._columns.add(found.request)
        self._rows.append(
            (
                self._names(found.endpoint),
                self._names(row.model),
                UNKNOWN if row.holdout else self._digests(row.policy_digest),
                _or_unknown(row.cost_pico),
                _or_unknown(found.expected_pico),
                _or_unknown(row.duration_us),
                row.simulated,
            )
        )

    def built(self) -> Past:
        table = np.array(self._rows, np.int64).reshape(len(self._rows), 7)
        first, served, digest, cost, expected, duration, simulated = np.ascontiguousarray(table.T)
        return Past(
            self._columns.built(),
            tuple(self._names.known),
            tuple(self._digests.known),
            first,
            served,
            digest,
            cost,
            expected,
            duration,
            simulated.astype(np.bool_),
            self._undecided,
        )


def _or_unknown(number: int | None) -> int:
    return UNKNOWN if number is None else number


def joined_pasts(parts: Sequence[Past]) -> Past:
    """One after the other; none is a past without requests."""
    if not parts:
        return _PastBuilder().built()
    names, digests = _Names(), _Names()
    numbers = [np.array([*map(names, part.names), UNKNOWN], np.int64) for part in parts]
    policies = [np.array([*map(digests, part.digests), UNKNOWN], np.int64) for part in parts]

    def named(field: str, tables: Sequence[Ints]) -> Ints:
        return np.concatenate([t[getattr(part, field)] for part, t in zip(parts, tables, strict=True)])

    def plain(field: str) -> Ints:
        return np.concatenate([getattr(part, field) for part in parts])

    return Past(
        joined([part.columns for part in parts]),
        tuple(names.known),
        tuple(digests.known),
        named("first", numbers),
        named("served", numbers),
        named("digest", policies),
        plain("cost"),
        plain("expected"),
        plain("duration"),
        plain("simulated").astype(np.bool_),
        sum(part.undecided for part in parts),
    )
