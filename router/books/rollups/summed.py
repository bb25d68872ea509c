"""Sums of any span of time, by groups: read from those by the day, and from those by the hour at its ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, select

from router.books.rollups.facts import Fact
from router.domain.teams import Team, TeamNames
from router.record.book_tables import HOUR_US
from router.record.sums import halves, whole

By = Literal["all", "team", "project", "workload", "tier", "day"]
Group = str | Team | None
"""What sums are grouped by; a team is one organisation's."""
Where = Callable[[Any], ColumnElement[bool]]
"""A condition on the columns of a table of sums."""
_DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Period:
    """Requests that started in [first, end), Unix microseconds, widened to whole hours."""

    first_us: int
    end_us: int

    def pieces(self, fact: Fact) -> Iterator[tuple[Any, ColumnElement[bool], str | None]]:
        """Columns of a table of sums, the condition on them, and the day they are of; None: they name it."""
        first, end = _down(self.first_us, HOUR_US), -_down(-self.end_us, HOUR_US)
        first_day, end_day = -_down(-first, _DAY_US), _down(end, _DAY_US)
        c = fact.day.c
        if first_day < end_day:
            yield c, and_(c.day >= _day(first_day), c.day < _day(end_day)), None
        ends = [(first, min(first_day, end)), (max(end_day, first), end)]
        for start, stop in ends if first_day <= end_day else [(first, end)]:
            if start < stop:
                h = fact.hour.c
                yield h, and_(h.hour_us >= start, h.hour_us < stop), _day(start)


def summed(
    connection: Connection,
    period: Period,
    fact: Fact,
    by: By,
    keys: Sequence[str],
    measures: Sequence[str],
    *where: Where,
) -> dict[tuple[Any, ...], list[int]]:
    """The sums of `measures` by (group, *keys), exact; the group is a `Group`, the keys are texts or None."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for c, within, day in period.pieces(fact):
        group = [] if by == "all" or (by == "day" and day is not None) else [c[by]]
        if by == "team":
            group = [c.organisation, c.team]
        columns = [*group, *(c[key] for key in keys)]
        amounts = [half for name in measures for half in halves(c[name])]
        query = select(*columns, *amounts).where(within, *(one(c) for one in where)).group_by(*columns)
        for row in connection.execute(query):
            named = row[: len(columns)] if group else ("all" if by == "all" else day, *row[: len(columns)])
            if by == "team":
                named = (Team(named[0], named[1]), *named[2:])
            rest = row[len(columns) :]
            if rest[0] is None:  # the one row of a sum without groups, over nothing
                continue
            numbers = [whole(*rest[n : n + 2]) for n in range(0, len(rest), 2)]
            there = found.setdefault(tuple(named), [0] * len(numbers))
            found[tuple(named)] = [a + b for a, b in zip(there, numbers, strict=True)]
    return found


def called(groups: Iterable[Group]) -> dict[Group, str | None]:
    """Groups and their names; teams of one name are told apart by their organisations."""
    known = list(groups)
    teams = TeamNames(group for group in known if isinstance(group, Team))
    return {group: teams.name(group) if isinstance(group, Team) else group for group in known}


def _down(at_us: int, step: int) -> int:
    return at_us - at_us % step


def _day(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).date().isoformat()
