"""A model server that is full, gone or taken out of service: requests spill over or are clearly refused, and
the ledger has every one of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openai import APIStatusError, InternalServerError
from sqlalchemy import select

from router.lifecycle.recorded import Row, recorded
from router.policy.decide import decide
from router.policy.documents import load_documents
from router.record.tables import requests
from router.sandbox.testing import RunningSandbox, running_sandbox
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, free_port, running_gateway
from tests.contract.load import Load, under_load, until_async
from tests.contract.until import until

PLACES = 2
SLOW: dict[str, Any] = {"speed": 40.0, "event_gap_s": 0.0, "max_running": PLACES}
"""A few tenths of a second an answer, so that eight clients fill two places."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A gateway before a server of its own, `own`, and an API, `api`; their rules differ by workload."""

    gateway: Gateway
    own: RunningSandbox
    api: RunningSandbox

    def metric(self, name: str, **labels: str) -> float:
        """One number of the gateway's own metrics; 0 where it is not there."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        for line in self.gateway.get("/metrics")[1].decode().splitlines():
            if line.startswith(f"tiergate_{name}{{") and all(one in line for one in wanted):
                return float(line.rpartition(" ")[2])
        return 0.0

    def who(self, workload: str) -> str:
        """The endpoint that answers."""
        with self.gateway.client() as client:
            raw = client.chat.completions.with_raw_response.create(
                model="auto", messages=user(), extra_headers={"x-tiergate-workload": workload}
            )
        [attempt] = self.gateway.attempt_rows(raw.headers["x-tiergate-request-id"])
        return str(attempt["endpoint"])

    def fleet(self, *arguments: str) -> str:
        """`tiergate fleet ...` as an operator runs it."""
        command = [sys.executable, "-c", "from router.cli import main; main()", "fleet", *arguments]
        done = subprocess.run(
            command, env={**os.environ, **self.gateway.environment()}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def own_model(url: str, origin: str, name: str) -> TestModel:
    endpoint = {
        "max_concurrency": PLACES,
        "queue": {"max_waiting": 2, "max_wait_s": 5.0, "max_server_waiting": 3},
        "metrics_url": f"{origin}/metrics",
        "health_url": f"{origin}/health",
        "scrape_every_s": 0.2,
        "slow_start_s": 0.5,
    }
    return TestModel("own", "reasoning", url, name, (0.1, 0.1), endpoint=endpoint)


RULES = [
    {"name": "own-only", "match": {"workload": ["own-only"]}, "tiers": ["reasoning"]},
    {"name": "quick", "match": {"workload": ["quick"]}, "objective": "cheapest", "latency_target_s": 0.4},
    {"name": "default", "tiers": ["reasoning", "frontier"]},
]


@pytest.fixture(scope="module")
def fleet(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    own = background.enter(running_sandbox("reasoning", prompts=[], **SLOW))
    api = background.enter(running_sandbox("frontier", prompts=[]))
    models = [
        own_model(own.base_url, own.origin, own.model),
        TestModel("api", "frontier", api.base_url, api.model, (2.0, 10.0), residency="us"),
    ]
    with running_gateway(folder, write_folder(folder / "policies", models, RULES)) as gateway:
        yield Fleet(gateway, own, api)


def check_complete(fleet: Fleet, load: Load) -> None:
    """One row for every request that was sent, one attempt row for every attempt, each with its cost known or
    known to be unknown; who was refused was told why."""
    names = set(load.sent)
    count = "SELECT count(*) AS n FROM requests WHERE client_request_id LIKE :like"
    prefix = load.sent[0].rpartition("-")[0]
    until(lambda: fleet.gateway.query(count, like=f"{prefix}-%")[0]["n"] == len(names))
    rows = fleet.gateway.query(
        "SELECT * FROM requests WHERE client_request_id LIKE :like", like=f"{prefix}-%"
    )
    assert {row["client_request_id"] for row in rows} == names
    for row in rows:
        attempts = fleet.gateway.attempt_rows(row["id"])
        assert [attempt["n"] for attempt in attempts] == list(range(1, row["attempts"] + 1))
        assert all(attempt["cost_state"] for attempt in attempts)
        if row["cost_pico"] is not None:
            assert row["cost_pico"] == sum(attempt["cost_pico"] for attempt in attempts)
    assert set(load.refused.values()) <= {429, 502, 503, 504}
    assert not load.broken or all(row["outcome"] != "accepted" for row in rows if row["http_status"] == 0)


def check_decided_again(fleet: Fleet, like: str) -> None:
    """With the loads in their traces the same decisions come out again, in the same order."""
    bundle = load_documents(fleet.gateway.policy_dir, os.environ, datetime.now(UTC))
    query = select(*(requests.c[name] for name in Row._fields)).where(requests.c.client_request_id.like(like))
    with fleet.gateway.engine.connect() as connection:
        rows = [Row(*row) for row in connection.execute(query)]
    busy = 0
    for row in rows:
        again = recorded(row)
        assert again is not None
        one = again.request
        decision = decide(
            one.facts, bundle.policy, bundle.catalog, bundle.prices, one.unhealthy, loads=dict(one.loads)
        )
        then = [candidate["endpoint"] for candidate in json.loads(row.trace)["candidates"]]
        assert [candidate.endpoint.id for candidate in decision.candidates] == then
        busy += bool(one.loads)
    assert busy


@asynccontextmanager
async def loaded(fleet: Fleet, prefix: str, workload: str) -> AsyncIterator[Load]:
    """Eight clients, four times as many as `own` has places."""
    metadata = {"tiergate_workload": workload}
    async with under_load(fleet.gateway, prefix, metadata=metadata) as load:
        yield load


async def test_saturation_spills_over(fleet: Fleet) -> None:
    """Never more than its places are in the server, nobody waits in its own queue, those who find no room go
    to the API; every request is answered and booked."""
    async with loaded(fleet, "full", "any") as load:
        # The API is quick: forty answers of its may be there before the first of `own`.
        await until_async(lambda: len(load.answered) >= 40)
        await until_async(lambda: fleet.metric("attempts_total", endpoint="own-endpoint", status="ok") > 0)
        assert fleet.own.record.waiting == 0
    assert fleet.own.record.peak_running <= PLACES
    assert not load.refused and not load.broken
    check_complete(fleet, load)
    served = fleet.gateway.query(
        "SELECT endpoint, count(*) AS n FROM requests WHERE client_request_id LIKE 'full-%' "
        "AND endpoint IS NOT NULL GROUP BY endpoint"
    )
    assert {row["endpoint"] for row in served} == {"own-endpoint", "api-endpoint"}
    reasons = ("busy", "late")
    assert sum(fleet.metric("spillovers_total", endpoint="own-endpoint", reason=r) for r in reasons) > 0


async def test_without_anywhere_to_go_the_rest_is_refused(fleet: Fleet) -> None:
    """Two run, two wait; the others are told to come back, which costs nothing."""
    async with loaded(fleet, "alone", "own-only") as load:
        await until_async(lambda: len(load.answered) >= 8 and len(load.refused) >= 4)
    assert set(load.refused.values()) == {429}
    check_complete(fleet, load)
    refused = fleet.gateway.query(
        "SELECT attempts, cost_pico FROM requests "
        "WHERE client_request_id LIKE 'alone-%' AND http_status = 429"
    )
    assert refused and all((row["attempts"], row["cost_pico"]) == (0, 0) for row in refused)


async def test_a_wait_that_breaks_the_latency_target_is_not_begun(fleet: Fleet) -> None:
    """The decision knows how long the queue is: it goes to the next one by cost, and says so."""
    async with loaded(fleet, "quick", "quick") as load:
        await until_async(lambda: len(load.answered) >= 30)
    check_complete(fleet, load)
    traces = fleet.gateway.query(
        "SELECT trace FROM requests WHERE client_request_id LIKE 'quick-%' AND endpoint = 'api-endpoint'"
    )
    assert any('"spilled":"own-endpoint"' in row["trace"] for row in traces)
    check_decided_again(fleet, "quick-%")
    assert fleet.metric("spillovers_total", endpoint="own-endpoint", reason="late") > 0


async def test_a_server_that_says_it_is_not_ready(fleet: Fleet) -> None:
    """At the first 503 nobody is sent there any more, until its health page is well again."""
    fleet.own.sandbox.ready = False
    try:
        async with loaded(fleet, "unready", "any") as load:
            await until_async(lambda: fleet.metric("circuit_open", endpoint="own-endpoint") == 1.0)
            asked = len(fleet.own.record.requests)
            done = len(load.answered)
            await until_async(lambda: len(load.answered) >= done + 20)
            assert len(fleet.own.record.requests) <= asked + PLACES  # those were on their way
        assert not load.refused and not load.broken
        with pytest.raises(InternalServerError) as caught:
            await asyncio.to_thread(fleet.who, "own-only")
        assert (caught.value.status_code, caught.value.code) == (503, "upstreams_unavailable")
    finally:
        fleet.own.sandbox.ready = True
    await until_async(lambda: fleet.metric("circuit_open", endpoint="own-endpoint") == 0.0)
    assert await asyncio.to_thread(fleet.who, "own-only") == "own-endpoint"
    check_complete(fleet, load)


def test_drain_and_resume(fleet: Fleet) -> None:
    """An operator's word takes an endpoint out of every decision; who can go nowhere else is told to come
    back. Who said it and why is for operators: in trace and log, in nothing that an app reads."""
    assert fleet.who("any") == "own-endpoint"
    said = fleet.fleet("drain", "own-endpoint", "--reason", "new driver", "--by", "ops")
    assert "own-endpoint is drained" in said
    until(lambda: fleet.metric("endpoint_drained", endpoint="own-endpoint") == 1.0)
    assert fleet.who("any") == "api-endpoint"
    with pytest.raises(APIStatusError) as caught:
        fleet.who("own-only")
    assert (caught.value.status_code, caught.value.code) == (503, "endpoint_drained")
    assert caught.value.response.headers["x-should-retry"] == "true"
    assert "own on own-endpoint" in str(caught.value)
    asked = {"model": "auto", "messages": user()}
    with fleet.gateway.client() as client:
        headers = {"x-tiergate-workload": "any"}
        explained = client.post("/route", cast_to=object, body=asked, options={"headers": headers})
    assert "it is taken out of service for now" in str(explained)
    for told in (str(caught.value), str(explained)):
        assert "drained by" not in told and "new driver" not in told
    row = fleet.gateway.request_row(caught.value.response.headers["x-tiergate-request-id"])
    assert "drained by ops: new driver" in row["trace"]
    assert "endpoint own-endpoint: drained by ops: new driver" in fleet.gateway.log()
    assert "own-endpoint: drained since" in fleet.fleet("drains")
    fleet.fleet("resume", "own-endpoint")
    until(lambda: fleet.metric("endpoint_drained", endpoint="own-endpoint") == 0.0)
    assert fleet.who("any") == "own-endpoint"


async def test_its_queue_and_cache_are_watched(fleet: Fleet) -> None:
    """What the server says of itself is among the gateway's metrics."""
    before = fleet.metric("server_tokens_total", endpoint="own-endpoint", direction="output")
    async with loaded(fleet, "watched", "any"):
        await until_async(lambda: fleet.metric("server_running", endpoint="own-endpoint") >= 1.0)
        await until_async(
            lambda: fleet.metric("server_tokens_total", endpoint="own-endpoint", direction="output") > before
        )


async def test_killing_the_server_under_load(tmp_path: Path) -> None:
    """Its connections break and it is gone for a while: what was asked of it spills over or breaks off,
    nothing is lost from the ledger, and when it is back it is used again."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    async with running_sandbox("frontier", prompts=[]) as api:
        models = [
            own_model(f"{origin}/v1", origin, "simulated-qwq-32b"),
            TestModel("api", "frontier", api.base_url, api.model, (2.0, 10.0), residency="us"),
        ]
        gateway = Gateway(tmp_path, write_folder(tmp_path / "policies", models, RULES))
        await asyncio.to_thread(gateway.start)
        try:
            async with under_load(gateway, "killed", metadata={"tiergate_workload": "any"}) as load:
                async with running_sandbox("reasoning", prompts=[], port=port, **SLOW) as own:
                    fleet = Fleet(gateway, own, api)
                    await until_async(lambda: own.record.running == PLACES and len(load.answered) >= 10)
                done = len(load.answered)
                await until_async(lambda: len(load.answered) >= done + 30)
                async with running_sandbox("reasoning", prompts=[], port=port, **SLOW) as back:
                    await until_async(lambda: back.record.peak_running >= 1)
            check_complete(fleet, load)
            assert not load.refused
        finally:
            await asyncio.to_thread(gateway.close)
