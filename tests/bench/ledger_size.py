"""`python -m tests.bench.ledger_size`: bytes that one request takes in journal, SQLite and PostgreSQL.

A real gateway with the shipped policy answers the demo's prompts from a simulated reasoning model. Nothing
is shipped until the last answer, so that the journal can be weighed; then the gateway is stopped, which
puts everything into the database.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from openai import APIStatusError, AsyncOpenAI
from sqlalchemy import Engine, text

from router.sandbox.prompts import load_prompts
from router.sandbox.testing import running_sandbox
from tests.bench.systems import ROOT
from tests.contract.background import Background
from tests.contract.gateway import Gateway
from tests.postgres import fresh_database, postgres_server

REQUESTS = 3_000
CLIENTS = 8
TABLES = ("requests", "attempts", "verdicts")


def weigh(url: str | None, count: int) -> Iterator[tuple[str, float]]:
    """Bytes a request by place, on the database at `url` (None: SQLite)."""
    with tempfile.TemporaryDirectory() as folder, Background() as background:
        sandbox = background.enter(running_sandbox("reasoning", speed=100_000.0))
        settings = {
            "ship_interval": "3600",
            "sandbox_reasoning_url": sandbox.base_url,
            "drain_timeout": "300",
        }
        if url is not None:
            settings["database_url"] = url
        gateway = Gateway(Path(folder), ROOT / "policies", **settings)
        try:
            gateway.start()
            empty = sum(_sizes(gateway.engine).values())
            asyncio.run(_ask(gateway, count))
            journal = sum(file.stat().st_size for file in Path(folder).glob("data/journal/*/*.jsonl"))
            gateway.stop(600)
            [row] = gateway.query("SELECT count(*) AS n FROM requests")
            assert row["n"] == count, f"{row['n']} rows of {count} requests"
            sizes = _sizes(gateway.engine)
        finally:
            gateway.close()
    yield "journal", journal / count
    yield from ((name, size / count) for name, size in sizes.items())
    yield "all tables and indexes", (sum(sizes.values()) - empty) / count


async def _ask(gateway: Gateway, count: int) -> None:
    prompts = itertools.cycle(load_prompts())
    places = asyncio.Semaphore(CLIENTS)

    async def one(client: AsyncOpenAI, messages: Any) -> None:
        async with places:
            with suppress(APIStatusError):  # a row too
                await client.chat.completions.create(model="auto/reasoning", messages=messages)

    async with gateway.async_client(timeout=300.0) as client:
        await asyncio.gather(*(one(client, list(next(prompts).messages)) for _ in range(count)))


def _sizes(engine: Engine) -> dict[str, int]:
    """Bytes of each table with its indexes."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            size = "SELECT pg_total_relation_size(CAST(:name AS regclass))"
        else:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            size = (
                "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN"
                " (SELECT name FROM sqlite_master WHERE tbl_name = :name)"
            )
        return {name: int(connection.execute(text(size), {"name": name}).scalar_one()) for name in TABLES}


def main() -> None:
    """Prints a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        url = stack.enter_context(fresh_database(server))
        for name, where in (("SQLite", None), ("PostgreSQL", url)):
            for place, size in weigh(where, count):
                print(f"{name:12} {place:24} {size:8,.0f} bytes a request", flush=True)


if __name__ == "__main__":
    main()
