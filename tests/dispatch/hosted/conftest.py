"""Local stand-ins of hosted APIs, so that litellm's real paths run without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp import web

from router.dispatch.hosted import HostedUpstream
from router.dispatch.port import UpstreamCall
from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from tests.policy import build


@dataclass
class Provider:
    """A server that answers every POST with what the test put here, and keeps what it was sent.

    `body` is the JSON answer; with `events` it streams those instead, one at a time, waiting for `permit`
    before each once `stepped` is set. `left` is set when the client hangs up before the end.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    events: list[bytes] | None = None
    stepped: bool = False
    hold: bool = False
    permit: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    left: asyncio.Event = field(default_factory=asyncio.Event)
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[tuple[str, Mapping[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {k.lower(): v for k, v in request.headers.items()}
        self.requests.append((request.path, headers, orjson.loads(await request.read())))
        self.seen.set()
        try:
            if self.hold:
                await asyncio.Event().wait()
            if self.events is not None and self.status == 200:
                return await self._stream(request, self.events)
        except (asyncio.CancelledError, ConnectionError):
            self.left.set()
            raise
        data = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        return web.Response(
            status=self.status, body=data, headers={"content-type": "application/json", **self.headers}
        )

    async def _stream(self, request: web.Request, events: list[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream", **self.headers})
        await response.prepare(request)
        for event in events:
            if self.stepped:
                await self.permit.acquire()
            await response.write(event)
        await response.write_eof()
        return response


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    fake = Provider()
    app = web.Application()
    app.router.add_post("/{path:.*}", fake.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


def _endpoint(**changes: Any) -> Endpoint:
    fields: dict[str, Any] = {
        "id": "frontier-1",
        "model": "frontier",
        "wire": Wire.HOSTED,
        "target": "anthropic/claude-sonnet-4-5",
        "upstream_model": "claude-sonnet-4-5",
        "context": 200_000,
        "residency": "us",
        "api_key": "sk-the-endpoints-own-key",
        "simulated": False,
        "connect_timeout": 5.0,
        "first_byte_timeout": 20.0,
        "between_chunks_timeout": 20.0,
        "total_timeout": 60.0,
        "max_concurrency": 8,
        "max_retries": 0,
    }
    return Endpoint(**{**fields, **changes})


def _call(endpoint: Endpoint, **fields: Any) -> UpstreamCall:
    payload = {"model": endpoint.upstream_model, "messages": [{"role": "user", "content": "Hello"}], **fields}
    return UpstreamCall(endpoint, payload, bool(fields.get("stream")), {}, build.ANYWHERE)


@pytest.fixture
def make_endpoint() -> Callable[..., Endpoint]:
    return _endpoint


@pytest.fixture
def make_call() -> Callable[..., UpstreamCall]:
    return _call


@pytest.fixture
async def hosted(provider: Provider) -> AsyncIterator[HostedUpstream]:
    """The adapter with the endpoint of these tests pointed at the local provider."""
    upstream = HostedUpstream(api_bases={"frontier-1": provider.url})
    await upstream.warm()
    yield upstream
    await upstream.aclose()
