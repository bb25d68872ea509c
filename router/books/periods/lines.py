"""The lines of a month: what it froze if closed; else its own sums, and what came late for closed months."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select

from router.books.months import month_of
from router.books.periods.calendar import Calendar, calendar
from router.books.rollups.facts import CHARGES, OUTCOMES, Fact, Sums, add, nothing
from router.record.book_tables import period_charges, period_outcomes, rollup_days

FROZEN = {CHARGES.day.name: period_charges, OUTCOMES.day.name: period_outcomes}
_AT_ONCE = 300


def lines(connection: Connection, fact: Fact, month: date) -> Sums:
    """By (day of usage, *keys of the fact). Days of an earlier month are adjustments: what came late for it.

    A settled month that was not closed has no lines: what it has is taken over as well.
    """
    known = calendar(connection)
    closing = known.closing_of(month)
    sums: Sums = {}
    if closing is not None:
        frozen = FROZEN[fact.day.name]
        _read(connection, fact, sums, frozen.c.closing_id == closing.id, frozen=True)
        return sums
    if not known.settled(month):
        day = fact.day.c.day
        within = and_(day >= month.isoformat(), day < month_of(month, 1).isoformat())
        _read(connection, fact, sums, within)
    if month == known.first_open:
        _take_over(connection, fact, known, sums)
    return {key: measures for key, measures in sums.items() if not nothing(measures)}


def is_adjustment(day: str, month: date) -> bool:
    """Whether a line of `month` is about an earlier month's usage."""
    return day < month.isoformat()


def _take_over(connection: Connection, fact: Fact, known: Calendar, sums: Sums) -> None:
    """Adds what settled months have by now and no closing has frozen."""
    in_force = [closing.id for closing in known.in_force.values()]
    frozen = FROZEN[fact.day.name].c
    for days in _pieces(list(_changed_days(connection, known))):
        _read(connection, fact, sums, fact.day.c.day.in_(days))
        booked = and_(frozen.day.in_(days), frozen.closing_id.in_(in_force))
        _read(connection, fact, sums, booked, frozen=True, sign=-1)


def _changed_days(connection: Connection, known: Calendar) -> Iterator[str]:
    """Settled days whose sums no closing has frozen: made after their month was closed, or of a month that
    was passed over because it had none."""
    assert known.first_open is not None
    day, rolled_us = rollup_days.c.day, rollup_days.c.rolled_us
    closed = {closing: day.like(f"{closing.period}-%") for closing in known.in_force.values()}
    since = [and_(within, rolled_us >= closing.closed_us) for closing, within in closed.items()]
    query = select(day).where(day < known.first_open.isoformat(), or_(*since, not_(or_(*closed.values()))))
    yield from connection.execute(query.order_by(day)).scalars()


def _read(
    connection: Connection,
    fact: Fact,
    sums: Sums,
    condition: ColumnElement[bool],
    *,
    frozen: bool = False,
    sign: int = 1,
) -> None:
    table = FROZEN[fact.day.name] if frozen else fact.day
    width = 1 + len(fact.keys)
    query = select(table.c.day, *(table.c[name] for name in fact.columns)).where(condition)
    for row in connection.execute(query):
        add(sums, tuple(row[:width]), row[width:], sign)


def _pieces(days: Sequence[str]) -> Iterable[Sequence[str]]:
    return (days[start : start + _AT_ONCE] for start in range(0, len(days), _AT_ONCE))
