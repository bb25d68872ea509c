"""One writer at a time for migrations and for the books; released when the transaction ends."""

from __future__ import annotations

from sqlalchemy import Connection, text

_MIGRATIONS = 0x7469_6572_6761_7465
"""The bytes of "tiergate": any constant that no other program on the database server uses."""
_BOOKS = _MIGRATIONS + 1


def lock_schema(connection: Connection) -> None:
    """Begins a transaction in which nobody else migrates."""
    _lock(connection, _MIGRATIONS)


def lock_books(connection: Connection) -> None:
    """Begins a transaction in which nobody else rolls up, closes or reopens."""
    _lock(connection, _BOOKS)


def _lock(connection: Connection, key: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
