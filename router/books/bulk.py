"""Many rows into one table without building the statement for each: rows go to the driver as tuples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Values in the order of `columns`; nothing is converted on the way."""
    if not rows:
        return
    sql, positional = _compiled(connection.dialect, table, columns)
    if positional:
        connection.exec_driver_sql(sql, list(rows))
    else:
        connection.exec_driver_sql(sql, [dict(zip(columns, row, strict=True)) for row in rows])


@lru_cache(maxsize=64)
def _compiled(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[str, bool]:
    compiled = table.insert().values({name: bindparam(name) for name in columns}).compile(dialect=dialect)
    return str(compiled), bool(compiled.positional)
