"""Rolls up the hours that changed, a day per transaction. Any number of processes may try at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, distinct, func, insert, select

from router.books.bulk import insert_rows
from router.books.rollups.charges import charges_of
from router.books.rollups.corrected import correct_charges
from router.books.rollups.facts import (
    CHARGES,
    LENGTHS,
    OUTCOMES,
    Fact,
    Hours,
    Sums,
    add,
    in_a_row,
    stored,
)
from router.books.rollups.gpu import gpu_charges
from router.books.rollups.lengths import lengths_of
from router.books.rollups.outcomes import outcomes_of
from router.books.rollups.tags import KeptTags
from router.record.book_tables import HOUR_US, periods, rollup_days, rollup_marks
from router.record.locks import lock_books
from router.record.planner import analyse, analyse_changed, plan_for_hours
from router.record.tables import (
    attempts,
    baseline_corrections,
    corrections,
    feedback,
    gpu_allocations,
    gpu_hours,
    judge_calls,
    judge_corrections,
    judgements,
    requests,
    verdicts,
)

DAY_US = 24 * HOUR_US
FACTS = (CHARGES, OUTCOMES, LENGTHS)
_AT_ONCE = 500
_FEW_DAYS = 7
"""Of so many days autovacuum looks at the sums soon enough."""
_SUMS = tuple(table for fact in FACTS for table in (fact.hour, fact.day))
_READ = (
    requests,
    attempts,
    verdicts,
    feedback,
    judgements,
    judge_calls,
    corrections,
    judge_corrections,
    baseline_corrections,
    gpu_hours,
    gpu_allocations,
)


@dataclass(frozen=True, slots=True)
class Rolled:
    """What one roll did."""

    days: int
    hours: int


def roll(engine: Engine, kept_tags: tuple[str, ...], now_us: int) -> Rolled:
    """Brings the sums of every marked hour up to the rows that are there. Raises SQLAlchemyError; what was
    rolled before it stays."""
    tags = KeptTags(kept_tags)
    days = hours = 0
    marked = _marked_days(engine)
    if len(marked) > 1:
        analyse_changed(engine, _READ)
    for day_us in marked:
        with engine.connect() as connection, books_transaction(connection):
            plan_for_hours(connection)
            done = _roll_day(connection, day_us, tags, now_us)
        days += done > 0
        hours += done
    if days > _FEW_DAYS:
        analyse(engine, _SUMS)
    return Rolled(days, hours)


def mark_all(engine: Engine, since_us: int = 0) -> None:
    """Marks every hour that has rows, so that the next roll makes all sums anew."""
    hour = requests.c.started_us - requests.c.started_us % HOUR_US
    query = select(hour).distinct().where(requests.c.started_us >= since_us - since_us % HOUR_US)
    billed = (
        select(gpu_hours.c.hour_us).distinct().where(gpu_hours.c.hour_us >= since_us - since_us % HOUR_US)
    )
    with engine.begin() as connection:
        for hours in (query, billed):
            connection.execute(insert(rollup_marks).from_select(["hour_us"], hours))


def waiting(connection: Connection, until_us: int | None = None) -> int:
    """How many hours (before `until_us`) changed since they were rolled up."""
    query = select(func.count(distinct(rollup_marks.c.hour_us)))
    if until_us is not None:
        query = query.where(rollup_marks.c.hour_us < until_us)
    return int(connection.execute(query).scalar_one())


@contextmanager
def books_transaction(connection: Connection) -> Iterator[None]:
    """One writer of the books at a time; everything, or nothing once the connection is closed."""
    lock_books(connection)
    yield
    connection.commit()


def _marked_days(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        hours = connection.execute(select(rollup_marks.c.hour_us).distinct()).scalars()
        return sorted({hour - hour % DAY_US for hour in hours})


def _roll_day(connection: Connection, day_us: int, tags: KeptTags, now_us: int) -> int:
    marks = rollup_marks.c
    within = (marks.hour_us >= day_us) & (marks.hour_us < day_us + DAY_US)
    found = connection.execute(select(marks.id, marks.hour_us).where(within)).all()
    hours = sorted({hour for _, hour in found})
    if not hours:
        return 0  # another process was faster
    for row in in_a_row(hours):
        charges = charges_of(connection, row, tags)
        correct_charges(connection, row, tags, charges)
        gpu_charges(connection, row, tags, charges)
        _replace_hours(connection, CHARGES, row, charges)
        _replace_hours(connection, OUTCOMES, row, outcomes_of(connection, row, tags))
        _replace_hours(connection, LENGTHS, row, lengths_of(connection, row))
    day = datetime.fromtimestamp(day_us / 1e6, UTC).date().isoformat()
    for fact in FACTS:
        _replace_day(connection, fact, day_us, day)
    for start in range(0, len(found), _AT_ONCE):
        ids = [mark for mark, _ in found[start : start + _AT_ONCE]]
        connection.execute(delete(rollup_marks).where(marks.id.in_(ids)))
    connection.execute(delete(rollup_days).where(rollup_days.c.day == day))
    connection.execute(insert(rollup_days).values(day=day, rolled_us=max(now_us, _last_closing(connection))))
    return len(hours)


def _last_closing(connection: Connection) -> int:
    """When a month was last closed, by the clock of whoever closed it. A month tells by it which of its days
    were rolled up since: a roll that began before, or whose clock is behind, must not look older."""
    return connection.scalar(select(func.max(periods.c.closed_us))) or 0


def _replace_hours(connection: Connection, fact: Fact, hours: Hours, sums: Sums) -> None:
    connection.execute(_DELETE_HOURS[fact.hour.name], hours.bounds)
    insert_rows(connection, fact.hour, ("hour_us", *fact.columns), list(stored(sums)))


def _replace_day(connection: Connection, fact: Fact, day_us: int, day: str) -> None:
    sums: Sums = {}
    width = len(fact.keys)
    for row in connection.execute(_HOURS[fact.hour.name], Hours(day_us, day_us + DAY_US).bounds):
        add(sums, (day, *row[:width]), row[width:])
    connection.execute(_DELETE_DAY[fact.day.name], {"on": day})
    insert_rows(connection, fact.day, ("day", *fact.columns), list(stored(sums)))


def _within(fact: Fact) -> ColumnElement[bool]:
    hour = fact.hour.c.hour_us
    return (hour >= bindparam("start")) & (hour < bindparam("end"))


_DELETE_HOURS = {fact.hour.name: delete(fact.hour).where(_within(fact)) for fact in FACTS}
_DELETE_DAY = {fact.day.name: delete(fact.day).where(fact.day.c.day == bindparam("on")) for fact in FACTS}
_HOURS = {
    fact.hour.name: select(*(fact.hour.c[name] for name in fact.columns)).where(_within(fact))
    for fact in FACTS
}
