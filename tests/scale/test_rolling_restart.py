"""Several gateways on one PostgreSQL behind a balancer: replacing them one by one costs no request."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from openai import AsyncOpenAI, OpenAIError

from router.sandbox.testing import running_sandbox
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.load import until_async
from tests.contract.until import until
from tests.scale.balancer import Balancer, balanced
from tests.scale.replicas import started

REPLICAS = 3
WORKERS = 6
RULES = [{"name": "default", "objective": "cheapest", "quality_target": 0.7}]


@dataclass(slots=True)
class Traffic:
    """The official client, without retries, every other request a stream."""

    url: str
    key: str
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stopping: bool = False

    async def worker(self, name: str) -> None:
        """Asks until told to stop; finishes what it has begun."""
        async with AsyncOpenAI(base_url=self.url, api_key=self.key, max_retries=0, timeout=30) as client:
            for number in itertools.count():
                if self.stopping:
                    return
                await self._ask(client, f"{name}-{number}", stream=number % 2 == 0)

    async def _ask(self, client: AsyncOpenAI, name: str, *, stream: bool) -> None:
        headers = {"x-request-id": name}
        finish = None
        try:
            if stream:
                chunks = await client.chat.completions.create(
                    model="auto", messages=user(), stream=True, extra_headers=headers
                )
                async for chunk in chunks:
                    if chunk.choices:
                        finish = chunk.choices[0].finish_reason or finish
            else:
                whole = await client.chat.completions.create(
                    model="auto", messages=user(), extra_headers=headers
                )
                finish = whole.choices[0].finish_reason
        except OpenAIError as error:
            self.failed.append(f"{name}: {error!r}")
            return
        (self.done if finish == "stop" else self.failed).append(name)


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


@pytest.fixture
def policy(background: Background, tmp_path: Path) -> Path:
    """A model that takes its time."""
    slow = background.enter(running_sandbox("frontier", prompts=[], speed=4.0))
    models = [TestModel("slow", "frontier", slow.base_url, slow.model)]
    return write_folder(tmp_path / "policies", models, RULES)


@pytest.fixture
def replicas(policy: Path, tmp_path: Path, postgres_url: str) -> Iterator[list[Gateway]]:
    """Gateways with a journal each and one ledger."""
    with started(REPLICAS, tmp_path, policy, database_url=postgres_url, drain_delay="1.5") as gateways:
        yield gateways


@pytest.fixture
def gateway(policy: Path, tmp_path: Path) -> Iterator[Gateway]:
    """One that has time to leave."""
    with running_gateway(tmp_path, policy, drain_delay="5") as gateway:
        yield gateway


async def roll(gateways: list[Gateway], traffic: Traffic) -> None:
    """Replaces one after the other, each once the one before it takes traffic again."""
    for gateway in gateways:
        so_far = len(traffic.done)
        await until_async(lambda so_far=so_far: len(traffic.done) >= so_far + WORKERS)
        assert await asyncio.to_thread(gateway.stop) == 0
        await asyncio.to_thread(gateway.start)


async def under_traffic(gateways: list[Gateway], balancer: Balancer) -> Traffic:
    """Rolls all gateways under load; what the clients saw of it."""
    await until_async(lambda: len(balancer.ready) == REPLICAS)
    traffic = Traffic(f"http://127.0.0.1:{balancer.port}/v1", gateways[0].token)
    workers = [asyncio.create_task(traffic.worker(f"w{n}")) for n in range(WORKERS)]
    try:
        await roll(gateways, traffic)
    finally:
        traffic.stopping = True
        await asyncio.gather(*workers)
    return traffic


async def test_rolling_restart(replicas: list[Gateway]) -> None:
    """All replicas are replaced under load: no client sees an error, without any retry, and the one ledger
    holds every request exactly once, priced, with its attempts."""
    async with balanced([gateway.port for gateway in replicas]) as balancer:
        traffic = await under_traffic(replicas, balancer)
    assert traffic.failed == []
    assert len(traffic.done) > REPLICAS * WORKERS
    assert all(balancer.served.values())
    assert all("Traceback" not in gateway.log() for gateway in replicas)
    await asyncio.to_thread(check_books, replicas, traffic)


def check_books(replicas: list[Gateway], traffic: Traffic) -> None:
    """Names, prices and attempts in the ledger are those of the traffic."""
    books = replicas[0]
    until(lambda: len(books.query("SELECT id FROM requests")) >= len(traffic.done))
    rows = books.query("SELECT * FROM requests")
    assert Counter(row["client_request_id"] for row in rows) == Counter(traffic.done)
    assert {(row["http_status"], row["cost_state"], row["attempts"]) for row in rows} == {(200, "priced", 1)}
    attempts = books.query("SELECT request_id, cost_pico FROM attempts")
    assert Counter(row["request_id"] for row in attempts) == Counter(row["id"] for row in rows)
    assert sum(row["cost_pico"] for row in attempts) == sum(row["cost_pico"] for row in rows) > 0


async def test_leaving(gateway: Gateway) -> None:
    """Between SIGTERM and its end a gateway says 503 in `/readyz`, is alive, still answers chat, and asks
    its clients to connect anew."""
    process = gateway.process
    assert process is not None
    process.terminate()
    await until_async(lambda: gateway.get("/readyz")[0] == 503)
    assert gateway.ready()["checks"]["drain"] == "the gateway is leaving"
    assert gateway.get("/livez")[0] == 200
    async with gateway.async_client() as client:
        reply = await client.chat.completions.with_raw_response.create(model="auto", messages=user())
    assert reply.headers["connection"] == "close"
    assert reply.parse().choices[0].finish_reason == "stop"
    assert await asyncio.to_thread(process.wait, 30) == 0


async def test_second_sigterm_ends_the_wait(gateway: Gateway) -> None:
    """Who is in a hurry says so again."""
    process = gateway.process
    assert process is not None
    process.terminate()
    await until_async(lambda: gateway.get("/readyz")[0] == 503)
    process.terminate()
    assert await asyncio.to_thread(process.wait, 30) == 0
    with pytest.raises(OSError):
        gateway.get("/livez")
