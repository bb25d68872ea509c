"""Puts settled requests into the database: idempotent, few transactions, no per-row Python work.

SQLAlchemy compiles each statement once for its dialect; rows then go to the driver as they came from the
journal. That is why columns may only be of types that JSON and both drivers carry natively.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError

from router.domain.kinds import AttemptStatus
from router.record.columns import Row
from router.record.lines import ATTEMPT_COLUMNS, LATER, NAMES, REQUEST_COLUMNS, Done
from router.record.marks import mark_hours_of, mark_requests
from router.record.metadata import metadata
from router.record.pace import Pace
from router.record.tables import attempts, judge_calls, requests

_REFUSED_ROW = (DataError, IntegrityError, OverflowError)
"""The row itself is at fault; anything else is the database's trouble and is tried again."""

_TRANSACTION = 300
"""Requests: what a full core answers between two journal reads. In three commits they write half as much
again."""
_PIECE = 20
"""Requests. SQLite takes half a millisecond for them (see `Pace`)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A settled request that the database will never take."""

    done: Done
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedLater:
    """A later row that the database will never take: a verdict whose request is not there, for one."""

    table: str
    row: Row
    reason: str


_ID, _STARTED = REQUEST_COLUMNS.index("id"), REQUEST_COLUMNS.index("started_us")


class LedgerWriter:
    """Inserts for one engine. Every method raises SQLAlchemyError while the database is away."""

    def __init__(self, engine: Engine, pace: Pace | None = None) -> None:
        self._engine = engine
        self._pace = pace or Pace()
        self._requests = _compile(engine, requests, REQUEST_COLUMNS)
        self._attempts = _compile(engine, attempts, ATTEMPT_COLUMNS)
        self._later = {
            table: _compile(engine, metadata.tables[table], NAMES[kind], _UNFINISHED.get(table))
            for table, kind in LATER.items()
        }
        # A server does the work elsewhere, and every piece would cost a round trip to it.
        self._piece = _PIECE if engine.dialect.name == "sqlite" else _TRANSACTION

    def insert(self, batch: Sequence[Done]) -> list[Refused]:
        """Books all of `batch`; rows already there stay as they are, so what was booked before an error may
        be given again.

        When the database refuses a row, its transaction is halved until that request is alone; it is
        returned, and all others are booked.
        """
        return [one for part in self._pace.pieces(batch, _TRANSACTION) for one in self._book(part)]

    def _book(self, batch: Sequence[Done]) -> list[Refused]:
        try:
            self._insert(batch)
        except _REFUSED_ROW as error:
            if len(batch) == 1:
                return [Refused(batch[0], brief(error))]
            middle = len(batch) // 2
            return self._book(batch[:middle]) + self._book(batch[middle:])
        return []

    def insert_later(self, table: str, rows: Sequence[Row]) -> list[RefusedLater]:
        """Books rows of one of the tables of `LATER`, once however often, after the requests they are of."""
        try:
            with self._engine.begin() as connection:
                for part in self._pace.pieces(rows, self._piece):
                    self._later[table].run(connection, list(part))
                place = NAMES[LATER[table]].index("request_id")
                mark_hours_of(connection, (row[place] for row in rows))
        except _REFUSED_ROW as error:
            if len(rows) == 1:
                return [RefusedLater(table, rows[0], brief(error))]
            middle = len(rows) // 2
            return self.insert_later(table, rows[:middle]) + self.insert_later(table, rows[middle:])
        return []

    def booked(self, ids: Sequence[str]) -> set[str]:
        """Which of `ids` have a request row."""
        query = select(requests.c.id).where(requests.c.id.in_(ids))
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def _insert(self, batch: Sequence[Done]) -> None:
        with self._engine.begin() as connection:
            for part in self._pace.pieces(batch, self._piece):
                self._requests.run(connection, [done.request for done in part])
                self._attempts.run(connection, [row for done in part for row in done.attempts])
            mark_requests(connection, [(done.request[_ID], done.request[_STARTED]) for done in batch])


def brief(error: BaseException) -> str:
    """The first line of what the driver said: no SQL and no row values."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__


@dataclass(frozen=True, slots=True)
class _Insert:
    sql: str
    names: tuple[str, ...] | None

    def run(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        if not rows:
            return
        if self.names is None:
            connection.exec_driver_sql(self.sql, rows)
        else:
            names = self.names
            connection.exec_driver_sql(self.sql, [dict(zip(names, row, strict=True)) for row in rows])


_UNFINISHED = {judge_calls.name: judge_calls.c.status == literal_column(f"'{AttemptStatus.INTERRUPTED}'")}
"""Rows that one with the same key takes the place of; all others stay as they are."""


def _compile(
    engine: Engine, table: Table, columns: tuple[str, ...], replaced: ColumnElement[bool] | None = None
) -> _Insert:
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values({name: bindparam(name) for name in columns})
    if replaced is None:
        statement = statement.on_conflict_do_nothing()
    else:
        new = {name: statement.excluded[name] for name in columns if not table.c[name].primary_key}
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key), set_=new, where=replaced
        )
    compiled = statement.compile(engine)
    return _Insert(str(compiled), None if compiled.positional else columns)
