"""The adapter for OpenAI-compatible servers on its real transport: which time limit holds for which call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from router.dispatch.http1 import Http1Transport
from router.dispatch.openai_compatible import OpenAICompatibleUpstream
from router.dispatch.port import TimedOut, UpstreamCall
from router.domain.catalog import Endpoint
from tests.dispatch.test_transport import OK, Asked, Peer, Upstream, upstream
from tests.policy import build


@asynccontextmanager
async def adapter(
    server: Upstream, **limits: float
) -> AsyncIterator[tuple[OpenAICompatibleUpstream, Endpoint]]:
    """The adapter and an endpoint on `server` with these limits."""
    one = OpenAICompatibleUpstream(Http1Transport())
    try:
        yield one, build.endpoint("e", "m", target=server.url, **limits)
    finally:
        await one.aclose()


def call(endpoint: Endpoint, stream: bool) -> UpstreamCall:
    return UpstreamCall(endpoint, {"model": "m", "stream": stream}, stream, {}, build.ANYWHERE)


async def test_an_answer_in_one_piece_may_take_longer_than_its_first_byte() -> None:
    """While a streamed call to the same endpoint is given up, the other waits on and gets its answer."""
    given_up = asyncio.Event()

    async def script(asked: Asked, peer: Peer) -> bool:
        if b"true" in asked.body:
            await peer.hung_up()
            given_up.set()
        else:
            await given_up.wait()
            await peer.send(OK)
        return True

    async with upstream(script) as server, adapter(server, first_byte_timeout=0.05) as (one, endpoint):
        whole = asyncio.create_task(one.call(call(endpoint, stream=False)))
        with pytest.raises(TimedOut, match=r"timed out after 0.05 s: first_byte"):
            await one.call(call(endpoint, stream=True))
        reply = await whole
        assert await reply.read() == b"ok"
        await reply.close()


async def test_an_answer_in_one_piece_has_until_the_total() -> None:
    """Silence is not waited for without end, and what is named is the limit that held."""

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.hung_up()
        return True

    limits = {"first_byte_timeout": 0.05, "total_timeout": 0.2}
    async with upstream(script) as server, adapter(server, **limits) as (one, endpoint):
        with pytest.raises(TimedOut, match=r"timed out after 0.2 s: total") as late:
            await one.call(call(endpoint, stream=False))
        assert late.value.reached
