"""A migrated ledger to write to and read from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from router.record.engine import ledger_engine
from router.record.migrate import migrate


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Engine]:
    """An empty ledger with its tables, once on SQLite and once on PostgreSQL."""
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Engine]:
    """An empty ledger with its tables, on SQLite."""
    engine = ledger_engine(sqlite_url)
    migrate(engine)
    yield engine
    engine.dispose()
