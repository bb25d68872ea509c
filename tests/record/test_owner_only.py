"""Who asked what and what it cost is read by the gateway's own user, by others where an admin says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from router.record import directory
from router.record.engine import ledger_engine
from router.record.journal import Journal
from router.record.migrate import migrate
from router.record.quarantine import Quarantine
from router.record.tail import Batch, Quarantined


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The one that lets everybody read what says nothing else."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def modes_of_a_ledger(file: Path) -> dict[str, str]:
    """Of its files while somebody works with it."""
    engine = ledger_engine(f"sqlite:///{file}")
    migrate(engine)
    with engine.connect():
        found = {path.name: mode(path) for path in file.parent.glob(f"{file.name}*")}
    engine.dispose()
    return found


def test_a_new_ledger(tmp_path: Path) -> None:
    """And what SQLite keeps beside it."""
    assert modes_of_a_ledger(tmp_path / "data" / "ledger.sqlite") == {
        "ledger.sqlite": "0o600",
        "ledger.sqlite-wal": "0o600",
        "ledger.sqlite-shm": "0o600",
    }


def test_a_ledger_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """An admin may have let a group read it."""
    file = tmp_path / "ledger.sqlite"
    file.touch()
    file.chmod(0o640)
    assert set(modes_of_a_ledger(file).values()) == {"0o640"}


def test_a_ledger_that_cannot_be_made(tmp_path: Path) -> None:
    """SQLite says so, as for every other fault of its file."""
    engine = ledger_engine(f"sqlite:///{tmp_path / 'absent' / 'ledger.sqlite'}")
    with pytest.raises(OperationalError, match="unable to open database file"):
        engine.connect()
    engine.dispose()


def test_a_new_journal(tmp_path: Path) -> None:
    """Folders, segments, and what could not be booked."""
    root = directory.journal_root(tmp_path / "data")
    journal = Journal(root, fsync="never", segment_bytes=10_000, count_failure=int)
    torn = Quarantined(directory.segment_path(journal.path, 1), 0, "torn", b"[")
    Quarantine(root / directory.QUARANTINE).add(Batch(corrupt=[torn]))
    assert {mode(path) for path in (root, journal.path)} == {"0o700"}
    assert {path.name: mode(path) for path in root.rglob("*.jsonl")} == {
        "00000001.jsonl": "0o600",
        "quarantine.jsonl": "0o600",
    }
    journal.close()
