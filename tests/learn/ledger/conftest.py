"""A migrated ledger, a policy folder and a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.policy.conftest import Folder


@pytest.fixture
def both(ledger_url: str) -> Iterator[Engine]:
    """An empty ledger, once on SQLite and once on PostgreSQL."""
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A small, complete policy folder: models `big` and `thinker`."""
    path = tmp_path / "policies"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def ledger(data: Path) -> Iterator[Engine]:
    """An empty ledger where the commands look for it: in the data folder."""
    engine = ledger_engine(f"sqlite:///{data / 'ledger.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()
