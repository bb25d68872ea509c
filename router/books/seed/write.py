"""Columns into the ledger's tables, as fast as each database takes them: COPY on PostgreSQL, one prepared
statement on SQLite. Only for a ledger that nobody else writes to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Engine, Table

from router.books.bulk import copy_rows
from router.books.seed.columns import Columns


@contextmanager
def bulk(engine: Engine) -> Iterator[Connection]:
    """A connection for many rows; on SQLite without waiting for the disk until the end."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            yield connection
            return
        _pragmas(connection, "synchronous=OFF", "foreign_keys=OFF", "cache_size=-200000")
        yield connection
        _pragmas(connection, "synchronous=FULL", "foreign_keys=ON", "wal_checkpoint(TRUNCATE)")


def _pragmas(connection: Connection, *settings: str) -> None:
    """SQLite takes them outside transactions only."""
    connection.execution_options(isolation_level="AUTOCOMMIT")
    for setting in settings:
        connection.exec_driver_sql(f"PRAGMA {setting}")
    connection.rollback()
    connection.execution_options(isolation_level="SERIALIZABLE")


def put(connection: Connection, table: Table, columns: Columns) -> int:
    """Inserts rows given by column; columns that are not given are None. Returns how many."""
    names = [column.name for column in table.columns if column.name in columns]
    count = len(columns[names[0]])
    if not count:
        return 0
    rows = zip(*(columns[name] for name in names), strict=True)
    if connection.dialect.name == "postgresql":
        copy_rows(connection, table, names, rows)
    else:
        marks = ", ".join(repeat("?", len(names)))
        sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
        cursor: Any = connection.connection.cursor()
        cursor.executemany(sql, rows)
        cursor.close()
    return count
