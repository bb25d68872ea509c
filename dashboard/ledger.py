"""Where the ledger is, read-only connections to it, and what can be wrong with it.

Must not write: SQLite is opened with `mode=ro`, PostgreSQL sessions start as read-only transactions. One
view is read in one transaction, so that its totals and its tables add up while requests keep arriving. Pages
ask `access.ledger()` for a connection, which knows who reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from dashboard.queries import scope
from router.domain.roles import Principal
from router.record.metadata import metadata
from router.record.tables import requests

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30


class Trouble(StrEnum):
    """The ways a ledger can fail to be there; each has its own words on screen."""

    MISSING = "missing"
    """The SQLite file does not exist: no gateway has run here."""
    UNPREPARED = "unprepared"
    """The database answers but has no ledger tables."""
    AWAY = "away"
    """The database does not answer, or refuses."""
    MISCONFIGURED = "misconfigured"
    """The URL cannot be understood, or its driver is not installed."""


class LedgerProblem(Exception):
    """The ledger cannot be read. `where` is the URL without its password, `detail` the driver's words."""

    def __init__(self, trouble: Trouble, where: str, detail: str) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.where = where
        self.detail = detail


def ledger_url(environ: Mapping[str, str]) -> str:
    """TIERGATE_DATABASE_URL, else the SQLite file in TIERGATE_DATA_DIR: the gateway's own two settings."""
    if url := environ.get("TIERGATE_DATABASE_URL"):
        return url
    return f"sqlite:///{(Path(environ.get('TIERGATE_DATA_DIR') or 'data') / 'ledger.sqlite').absolute()}"


@contextmanager
def reading(url: str, principal: Principal) -> Iterator[Connection]:
    """One read-only transaction on what `principal` may see of the ledger at `url`.

    Raises LedgerProblem, whatever went wrong.
    """
    with reading_engine(url) as engine, engine.connect() as connection, connection.begin():
        scope.limit(connection, principal.limited_to)
        yield connection


@contextmanager
def reading_engine(url: str) -> Iterator[Engine]:
    """Connections that can only read, and see everything. Raises LedgerProblem, whatever went wrong."""
    parsed = _parse(url)
    where = parsed.render_as_string(hide_password=True)
    if _sqlite_file(parsed) and not Path(parsed.database or "").is_file():
        raise LedgerProblem(Trouble.MISSING, where, f"{parsed.database} does not exist")
    engine = _engine(parsed, where)
    try:
        with engine.connect() as connection:
            missing = sorted(set(metadata.tables) - set(inspect(connection).get_table_names()))
        if requests.name in missing:
            raise LedgerProblem(Trouble.UNPREPARED, where, "it has no ledger tables")
        if missing:
            detail = f"its tables are an older version's: {', '.join(missing)} missing"
            raise LedgerProblem(Trouble.UNPREPARED, where, detail)
        yield engine
    except SQLAlchemyError as error:
        raise LedgerProblem(Trouble.AWAY, where, _first_line(error)) from error
    finally:
        engine.dispose()


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise LedgerProblem(
            Trouble.MISCONFIGURED, "TIERGATE_DATABASE_URL", "it is not a database URL"
        ) from error


def _sqlite_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")


def _engine(url: URL, where: str) -> Engine:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite_engine(url)
    if backend in ("postgresql", "postgres"):
        return _postgresql_engine(url, where)
    raise LedgerProblem(Trouble.MISCONFIGURED, where, f"{backend!r} is not supported")


def _sqlite_engine(url: URL) -> Engine:
    address = f"file:{quote(str(Path(url.database or '').absolute()))}?mode=ro"

    def connect() -> sqlite3.Connection:
        # Autocommit mode, so that the explicit BEGIN below spans all reads of a view.
        return sqlite3.connect(
            address, uri=True, timeout=_CONNECT_SECONDS, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _postgresql_engine(url: URL, where: str) -> Engine:
    options = f"-c default_transaction_read_only=on -c statement_timeout={_STATEMENT_SECONDS}s"
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="REPEATABLE READ",
            connect_args={
                "options": options,
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": "tiergate-dashboard",
            },
        )
    except ModuleNotFoundError as error:
        raise LedgerProblem(Trouble.MISCONFIGURED, where, str(error)) from error


def _first_line(error: SQLAlchemyError) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
