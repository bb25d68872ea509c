"""The gateway dies, stops, or cannot reach its disk's other half: no answered request is lost, none counts
twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, Row, running_gateway
from tests.contract.load import Load, under_load, until_async
from tests.contract.until import until

ROUNDS = 3


@pytest.fixture
def policy(desk: Desk, tmp_path: Path) -> Path:
    """A quick model at home, and one that takes its time abroad."""
    slow_sandbox = desk.slow
    models = [
        TestModel("quick", "small", desk.home.base_url, desk.home.model),
        TestModel("slow", "frontier", slow_sandbox.base_url, slow_sandbox.model, (9.0, 9.0)),
    ]
    return write_folder(tmp_path / "policies", models, RULES)


def rows_of(gateway: Gateway) -> dict[str, list[Row]]:
    """Request rows by the name their client gave."""
    rows: dict[str, list[Row]] = {}
    for row in gateway.query("SELECT * FROM requests"):
        rows.setdefault(row["client_request_id"], []).append(row)
    return rows


def check_books(gateway: Gateway, load: Load) -> Counter[str]:
    """Every request that was answered has its row with its attempts, none has two; the rest is said to have
    ended otherwise, at a cost that is estimated or not known. Gives the outcomes."""
    until(lambda: set(load.answered) <= set(rows_of(gateway)))
    until(lambda: gateway.ready()["ledger"]["backlog_bytes"] == 0)
    rows = rows_of(gateway)
    attempts = Counter(row["request_id"] for row in gateway.query("SELECT request_id FROM attempts"))
    assert set(rows) <= set(load.sent)
    assert all(len(of_one) == 1 for of_one in rows.values())
    outcomes: Counter[str] = Counter()
    for name, [row] in rows.items():
        assert attempts[row["id"]] == row["attempts"]
        outcomes[row["outcome"]] += 1
        if name in load.answered:
            assert (row["outcome"], row["http_status"], row["cost_state"]) == ("unverified", 200, "priced")
        elif row["outcome"] in ("interrupted", "cancelled"):
            assert row["cost_pico"] is None or row["cost_state"] == "estimated"
    return outcomes


async def test_kill(policy: Path, tmp_path: Path) -> None:
    """`kill -9` under load, several times: after the restart the books hold every answered request once."""
    rng = random.Random(11)
    with running_gateway(tmp_path, policy) as gateway:
        async with under_load(gateway, "kill") as load, under_load(gateway, "slow", model="slow") as slow:
            for _ in range(ROUNDS):
                count = len(load.answered) + rng.randrange(40, 160)
                await until_async(lambda count=count: len(load.answered) >= count)
                gateway.kill()
                await asyncio.to_thread(gateway.start)
            count = len(slow.answered)
            await until_async(lambda: len(slow.answered) > count)
        load.sent += slow.sent
        load.answered += slow.answered
        outcomes = await asyncio.to_thread(check_books, gateway, load)
    assert outcomes["unverified"] > 120
    assert outcomes["interrupted"] >= ROUNDS
    assert len(load.broken) + len(slow.broken) >= ROUNDS


async def test_stop(policy: Path, tmp_path: Path) -> None:
    """SIGTERM under load: what was begun is finished, every row is in the database, the exit code is 0."""
    with running_gateway(tmp_path, policy) as gateway:
        async with under_load(gateway, "stop", model="slow") as load:
            await until_async(lambda: len(load.answered) >= 5)
            code = await asyncio.to_thread(gateway.stop)
        assert code == 0
        rows = rows_of(gateway)
        assert set(load.answered) <= set(rows)
        assert {row["outcome"] for of_one in rows.values() for row in of_one} == {"unverified"}
        assert set(rows) == set(load.answered)
        assert "Traceback" not in gateway.log()


async def test_stop_does_not_wait_for_ever(policy: Path, tmp_path: Path) -> None:
    """A request that outlasts the drain is cut off and booked, and the gateway ends."""
    with running_gateway(tmp_path, policy, drain_timeout="1") as gateway:
        body = {"model": "slow", "max_tokens": 15_000, "metadata": {"sandbox_fault": "loop"}}
        async with under_load(gateway, "endless", workers=2, **body) as load:
            await until_async(lambda: b"tiergate_requests_in_flight 2.0" in gateway.get("/metrics")[1])
            code = await asyncio.to_thread(gateway.stop)
        assert code == 0
        assert load.answered == []
        await asyncio.to_thread(gateway.start)  # puts away what the short drain left in the journal
        await asyncio.to_thread(until, lambda: len(rows_of(gateway)) == 2)
        rows = rows_of(gateway)
        ends = {(row["outcome"], row["error_code"]) for of_one in rows.values() for row in of_one}
        assert ends == {("cancelled", "gateway_stopped")}
        assert all(len(of_one) == 1 for of_one in rows.values())
