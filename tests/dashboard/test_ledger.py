"""Connections to the ledger are read-only, consistent, and honest about what is wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, text

from dashboard import ledger
from dashboard.access import LOCAL
from dashboard.filters import Filters
from dashboard.ledger import LedgerProblem, Trouble, reading
from dashboard.queries import request_days
from router.record import tables
from tests.dashboard.ledger_rows import a_request, write


def test_the_address_is_the_gateways(tmp_path: Path) -> None:
    """The database URL wins; without one it is the SQLite file in the data folder."""
    both = {"TIERGATE_DATABASE_URL": "postgresql://db/ledger", "TIERGATE_DATA_DIR": str(tmp_path)}
    assert ledger.ledger_url(both) == "postgresql://db/ledger"
    assert ledger.ledger_url({"TIERGATE_DATA_DIR": str(tmp_path)}) == f"sqlite:///{tmp_path}/ledger.sqlite"
    assert ledger.ledger_url({}) == f"sqlite:///{Path('data').absolute()}/ledger.sqlite"


def test_nothing_can_be_written(ledger_url: str) -> None:
    """An insert on the dashboard's connection is refused by the database itself."""
    write(ledger_url, [(a_request(), ())])
    with pytest.raises(LedgerProblem, match=r"readonly|read-only"), reading(ledger_url, LOCAL) as connection:
        connection.execute(text("delete from requests"))
    with reading(ledger_url, LOCAL) as connection:
        assert request_days.counted(connection, Filters()).requests == 1


def test_a_view_is_one_moment(ledger_url: str) -> None:
    """Rows that arrive while a view is read do not show up in its later queries."""
    write(ledger_url, [(a_request(id="1"), ())])
    writer = create_engine(ledger_url)
    if writer.dialect.name == "sqlite":
        with writer.connect() as setting:
            setting.exec_driver_sql("PRAGMA journal_mode=WAL")
    with reading(ledger_url, LOCAL) as connection:
        assert request_days.counted(connection, Filters()).requests == 1
        with writer.begin() as other:
            other.execute(insert(tables.requests), [_row("2")])
        assert request_days.counted(connection, Filters()).requests == 1
    with reading(ledger_url, LOCAL) as connection:
        assert request_days.counted(connection, Filters()).requests == 2
    writer.dispose()


def _row(request_id: str) -> dict[str, object]:
    made = a_request(id=request_id)
    return {column.name: getattr(made, column.name) for column in tables.requests.columns}


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    """Reading a SQLite ledger that does not exist says so and leaves nothing behind."""
    with pytest.raises(LedgerProblem) as found, reading(f"sqlite:///{tmp_path}/ledger.sqlite", LOCAL):
        pass
    assert found.value.trouble is Trouble.MISSING
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_is_unprepared(tmp_path: Path) -> None:
    """A database of something else is told apart from a ledger."""
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("create table recipes (name text)")
    other.close()
    with pytest.raises(LedgerProblem) as found, reading(f"sqlite:///{path}", LOCAL):
        pass
    assert found.value.trouble is Trouble.UNPREPARED


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("postgresql://reader:secret@127.0.0.1:9/ledger", Trouble.AWAY),
        ("mysql://reader:secret@127.0.0.1/ledger", Trouble.MISCONFIGURED),
        ("not a url with secret", Trouble.MISCONFIGURED),
    ],
)
def test_trouble_names_no_password(url: str, trouble: Trouble) -> None:
    """Every way to fail has its kind, and none of its texts holds the password."""
    with pytest.raises(LedgerProblem) as found, reading(url, LOCAL):
        pass
    assert found.value.trouble is trouble
    assert "secret" not in f"{found.value} {found.value.where} {found.value.detail}"


def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    """A corrupt file is an error on screen, not an empty ledger."""
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(LedgerProblem) as found, reading(f"sqlite:///{path}", LOCAL):
        pass
    assert found.value.trouble is Trouble.AWAY
