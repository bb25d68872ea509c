"""One writer at a time for migrations, books, keys and the audit log; released when the transaction ends.

Whoever takes two takes the audit log's last.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_MIGRATIONS = 0x7469_6572_6761_7465
"""The bytes of "tiergate": any constant that no other program on the database server uses."""
_BOOKS = _MIGRATIONS + 1
_AUDIT = _MIGRATIONS + 2
_KEYS = _MIGRATIONS + 3


def lock_schema(connection: Connection) -> None:
    """Begins a transaction in which nobody else migrates."""
    _lock(connection, _MIGRATIONS)


def lock_books(connection: Connection) -> None:
    """Begins a transaction in which nobody else rolls up, closes or reopens."""
    _lock(connection, _BOOKS)


def lock_keys(connection: Connection) -> None:
    """Begins a transaction in which nobody else changes keys."""
    _lock(connection, _KEYS)


def lock_audit(connection: Connection) -> None:
    """Nobody else appends until the transaction, which may have begun with other work, ends."""
    raw = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or raw is None or not raw.in_transaction:
        _lock(connection, _AUDIT)


def _lock(connection: Connection, key: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
