"""Many rows into one table as fast as each database takes them: by COPY, or by one prepared statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam
from sqlalchemy.exc import DBAPIError


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Values in the order of `columns`; nothing is converted on the way. Raises SQLAlchemyError."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        copy_rows(connection, table, columns, rows)
    else:
        connection.exec_driver_sql(_compiled(connection.dialect, table, columns), list(rows))


def copy_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """The same by COPY, of PostgreSQL only."""
    sql = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    raw: Any = connection.connection
    driver = connection.dialect.loaded_dbapi  # not imported: the driver is no part of the core install
    try:
        with raw.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(sql, None, error, driver.Error, dialect=connection.dialect) from error


@lru_cache(maxsize=64)
def _compiled(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> str:
    return str(table.insert().values({name: bindparam(name) for name in columns}).compile(dialect=dialect))
