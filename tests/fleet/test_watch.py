"""Looks at model servers: what they lead to, one look at a time, against a server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from router.clock import SystemClock
from router.dispatch.gate import Gate
from router.dispatch.gates import Gates
from router.dispatch.http1 import Http1Transport
from router.dispatch.openai_compatible import OpenAICompatibleUpstream
from router.domain.catalog import Endpoint
from router.domain.kinds import Tier
from router.fleet.probe import Probe
from router.fleet.watch import Watch
from router.sandbox.faults import parse_fault
from router.sandbox.testing import RunningSandbox, running_sandbox
from router.telemetry import Metrics
from tests.policy import build


@dataclass
class Post:
    """A watch over one endpoint, `e`, of a simulated vLLM."""

    server: RunningSandbox
    endpoint: Endpoint
    watch: Watch
    gates: Gates
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def gate(self) -> Gate:
        return self.gates.of(self.endpoint)

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            await self.watch.look(self.endpoint)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"tiergate_{name}", {"endpoint": "e", **labels})


@asynccontextmanager
async def post(**endpoint: Any) -> AsyncIterator[Post]:
    """`endpoint` changes it; it has a health page."""
    async with running_sandbox("reasoning", prompts=[]) as server:
        http, gates, metrics = Http1Transport(), Gates(SystemClock()), Metrics()
        pages = {"health_url": f"{server.origin}/health", **endpoint}
        one = build.endpoint("e", "m", target=server.base_url, upstream_model=server.model, **pages)
        catalog = build.catalog(build.model("m", Tier.REASONING, 0.5, one))
        watch = Watch(http, gates, lambda: catalog, Probe(OpenAICompatibleUpstream(http)), metrics)
        try:
            yield Post(server, one, watch, gates, metrics)
        finally:
            await http.aclose()


async def test_one_bad_look_is_an_accident_two_are_a_state() -> None:
    """Then nobody is sent there, and one good look is enough to open again, slowly."""
    async with post(max_concurrency=8, slow_start=60.0) as one:
        one.server.sandbox.ready = False
        await one.look()
        assert not one.gate.shut
        await one.look()
        assert one.gate.held == "its server says that it is not well: HTTP 503"
        one.server.sandbox.ready = True
        await one.look()
        assert not one.gate.shut and one.gate.places.limit == 1


async def test_a_server_that_is_gone() -> None:
    """A health page that cannot be reached is as bad as one that says no."""
    async with post(health_url="http://127.0.0.1:9/health") as one:
        await one.look(2)
        assert one.gate.held is not None and "cannot be asked" in one.gate.held


async def test_a_health_page_may_lie() -> None:
    """It says 200 while no completion comes back: the probe finds out, and finds out when it is over. Nobody
    is asked while requests show that it works."""
    async with post(probe_every=30.0) as one:
        one.server.sandbox.plan.queue.extend([parse_fault("500")] * 2)
        await one.look(2)
        assert one.gate.held == "a completion was tried: HTTP 500"
        await one.look()
        assert not one.gate.shut
        asked = len(one.server.record.requests)
        await one.look(3)
        assert len(one.server.record.requests) == asked == 3
        outcomes = {name: one.value("server_probes_total", outcome=name) for name in ("ok", "failed")}
        assert outcomes == {"ok": 1.0, "failed": 2.0}


async def test_an_answer_that_is_none() -> None:
    """A 200 without a completion in it is no sign of life."""
    async with post(probe_every=30.0) as one:
        one.server.sandbox.plan.queue.extend([parse_fault("malformed")] * 2)
        await one.look(2)
        assert one.gate.held is not None and one.gate.held.startswith("a completion was tried: ")


async def test_what_the_server_says_of_its_queue() -> None:
    """It bounds who is sent there and is shown; after three unreadable pages it is no longer believed."""
    async with post(max_engine_waiting=2) as one:
        metrics_url = f"{one.server.origin}/metrics"
        one.endpoint = build.replace(one.endpoint, metrics_url=metrics_url)
        one.server.record.running, one.server.record.waiting = 5, 2
        await one.look()
        assert one.gate.engine == (5, 2) and not one.gate.places.free
        assert (one.value("server_running"), one.value("server_waiting")) == (5.0, 2.0)
        one.endpoint = build.replace(one.endpoint, metrics_url=f"{one.server.origin}/nothing")
        await one.look(2)
        assert one.gate.engine == (5, 2)
        await one.look()
        assert one.gate.engine is None and one.gate.places.free
        assert one.value("server_scrape_failures_total") == 3.0
