"""Three gateways, one limit of requests at once, one of them killed: the limit holds over all of them, and
the places of the one that is gone come back."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from router.ratelimit.shared_places import LASTS_S
from tests.budgets.server import valkey_server
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, free_port
from tests.scale.replicas import started

REPLICAS, LIMIT = 3, 8
_START_S = 400
"""A busy machine takes long to start several gateways at once."""


@pytest.fixture
def upstream_port() -> int:
    return free_port()


@asynccontextmanager
async def endless_upstream(port: int) -> AsyncIterator[None]:
    """A model that writes a word a second and never ends."""

    async def answer(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await reply.prepare(request)
        choice = {"index": 0, "delta": {"content": "word "}, "finish_reason": None}
        event = {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        while True:
            await reply.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            await asyncio.sleep(1)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


@pytest.fixture
def replicas(tmp_path: Path, postgres_url: str, upstream_port: int) -> Iterator[list[Gateway]]:
    """With one ledger and one Valkey."""
    with valkey_server() as valkey:
        url = f"http://127.0.0.1:{upstream_port}/v1"
        model = TestModel("slow", "frontier", url, "m", endpoint={"max_concurrency": 500})
        policy = write_folder(tmp_path / "policies", [model], [{"name": "default", "objective": "cheapest"}])
        limit = {"name": "of-all", "per": ["organisation"], "parallel_requests": LIMIT}
        head = {"apiVersion": "tiergate.dev/v1", "kind": "RateLimits"}
        head |= {"metadata": {"name": "limits", "owner": "tests"}}
        (policy / "limits.yaml").write_text(
            json.dumps({**head, "spec": {"on_store_error": "deny", "limits": [limit]}})
        )
        settings = {"database_url": postgres_url, "valkey_url": valkey.url}
        with started(REPLICAS, tmp_path, policy, seconds=_START_S, **settings) as gateways:
            yield gateways


async def held(session: aiohttp.ClientSession, gateway: Gateway, stack: list[aiohttp.ClientResponse]) -> int:
    """A stream that is begun and kept; its status."""
    headers = {"authorization": f"Bearer {gateway.token}"}
    body = {"model": "auto", "messages": user(), "stream": True, "max_tokens": 400}
    reply = await session.post(f"{gateway.origin}/v1/chat/completions", json=body, headers=headers)
    if reply.status == 200:
        await reply.content.readany()
        stack.append(reply)
    else:
        reply.release()
    return reply.status


async def settled(
    session: aiohttp.ClientSession, gateway: Gateway, stack: list[aiohttp.ClientResponse]
) -> int:
    """The same; a machine so busy that Valkey does not answer in time is asked again."""
    for _ in range(40):
        status = await held(session, gateway, stack)
        if status != 503:
            break
        await asyncio.sleep(0.5)
    return status


async def test_the_limit_holds_over_gateways_and_a_kill(replicas: list[Gateway], upstream_port: int) -> None:
    """Streams are held open: no more than may be, wherever they come in."""
    timeout = aiohttp.ClientTimeout(total=120)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        endless_upstream(upstream_port),
        aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
    ):
        open_: list[list[aiohttp.ClientResponse]] = [[] for _ in replicas]
        for n, one in enumerate(replicas):  # one each first: a machine that starts three is slow to connect
            assert await settled(session, one, open_[n]) == 200
        calls = [held(session, one, open_[n]) for n, one in enumerate(replicas) for _ in range(LIMIT - 1)]
        statuses = Counter(await asyncio.gather(*calls))
        begun = sum(map(len, open_))
        assert not any(one.content.is_eof() for stack in open_ for one in stack), "streams are too short"
        assert statuses[429] and set(statuses) <= {200, 429, 503} and begun <= LIMIT, statuses
        victim = max(range(REPLICAS), key=lambda n: len(open_[n]))
        others = [n for n in range(REPLICAS) if n != victim]
        kept = sum(len(open_[n]) for n in others)
        replicas[victim].kill()
        killed = time.monotonic()
        print(
            f"begun {dict(enumerate(map(len, open_)))} of {LIMIT}, killed {victim} with {len(open_[victim])}"
        )
        while time.monotonic() - killed < LASTS_S + 15 and kept < LIMIT:
            for n in others:
                if await held(session, replicas[n], open_[n]) == 200:
                    kept += 1
            await asyncio.sleep(0.2)
        running = [one for n in others for one in open_[n] if not one.content.is_eof()]
        assert kept == len(running) == LIMIT
        print(f"all {LIMIT} places in use again {time.monotonic() - killed:.1f} s after the kill")
        assert await settled(session, replicas[others[0]], open_[others[0]]) == 429
        for reply in (one for stack in open_ for one in stack):
            reply.close()
