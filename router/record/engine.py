"""How connections to the ledger database are made; SQLite and PostgreSQL, nothing else.

A plain `postgresql://` URL gets the psycopg driver. URLs carry passwords: they are never logged.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url

_BUSY_MILLISECONDS = 5_000
_OWNER_ONLY = 0o600
_POSTGRES_CONNECT = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "tiergate",
}
"""libpq parameters, so that a silent network is an error within 15 s and not a hang."""


class UnsupportedDatabase(ValueError):
    """The URL names a database the ledger has no dialect for."""


def ledger_engine(url: str) -> Engine:
    """An engine for the ledger; does not connect yet. Raises UnsupportedDatabase."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite_engine(parsed)
    if backend in ("postgresql", "postgres"):
        given = {key: value for key, value in _POSTGRES_CONNECT.items() if key not in parsed.query}
        return create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=given, pool_size=2)
    raise UnsupportedDatabase(f"{backend!r} is not supported: use sqlite:/// or postgresql://")


def sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite ledger, None for any other database."""
    url = engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url)
    event.listen(engine, "do_connect", _made_for_its_owner)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _made_for_its_owner(_dialect: Any, _record: Any, arguments: list[Any], _options: dict[str, Any]) -> None:
    """A ledger that is not there yet is made here, because SQLite would let everybody read it; it gives -wal
    and -shm the same mode. One that is there is neither changed nor opened: to close a file that SQLite has
    open in this process would release its locks (https://www.sqlite.org/howtocorrupt.html, 2.2)."""
    file = arguments[0]
    if file != ":memory:" and not file.startswith("file:"):
        with suppress(OSError):  # it is there, or SQLite says what is wrong with its place
            Path(file).touch(_OWNER_ONLY, exist_ok=False)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """The mode is a property of the file. SQLite's busy timeout does not cover the switch, so we retry."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
