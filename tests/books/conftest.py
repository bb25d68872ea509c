"""A migrated ledger, and the price book that is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.policy.documents import Bundle, load_documents
from router.record.engine import ledger_engine
from router.record.migrate import migrate

POLICIES = Path(__file__).parent.parent.parent / "policies"


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


@pytest.fixture(scope="session")
def shipped() -> Bundle:
    """The shipped policy folder without any environment."""
    return load_documents(POLICIES, {}, datetime(2026, 11, 1, tzinfo=UTC))
