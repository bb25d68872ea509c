"""The time limits of a client's connection, short ones, on the server class itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import uvicorn
from uvicorn.server import ServerState

from router.ingress.connection import GatewayProtocol


class Hasty(GatewayProtocol):
    """A fifth of a second for everything."""

    head_seconds = 0.2
    stall_seconds = 0.2


class Endless:
    """Answers for ever; `gone` is set once its client is."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        watch = asyncio.ensure_future(self._watch(receive))
        while not self.gone.is_set():
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await watch

    async def _watch(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone.set()


@asynccontextmanager
async def serving(app: Endless) -> AsyncIterator[int]:
    """The port on which `app` is served."""
    config = uvicorn.Config(app, lifespan="off", ws="none", log_level="critical")
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Hasty(config, state, {}, loop), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*state.tasks)
    await server.wait_closed()


async def test_silent_connection() -> None:
    """A connection on which nothing is ever said is closed."""
    async with serving(Endless()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_head_never_ends() -> None:
    """A head that is never finished ends in a 408, also on a connection that has served before."""
    async with serving(Endless()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nx: ")
        top, _, body = (await reader.read()).partition(b"\r\n\r\n")
        assert top.startswith(b"HTTP/1.1 408 ")
        assert orjson.loads(body)["error"]["code"] == "invalid_http"
        writer.close()
        await writer.wait_closed()


async def test_client_stops_reading() -> None:
    """A client that takes nothing any more is disconnected, and the application learns of it."""
    app = Endless()
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.read(1)
        async with asyncio.timeout(10):
            await app.gone.wait()
        writer.transport.abort()


async def test_client_reads_slowly() -> None:
    """One that takes a little now and then keeps its connection for longer than a stall may last."""
    app = Endless()
    loop = asyncio.get_running_loop()
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        end = loop.time() + 4 * Hasty.stall_seconds
        while loop.time() < end:
            await reader.readexactly(400_000)
            await asyncio.sleep(0.02)  # a slow reader is what is tested
        assert not app.gone.is_set()
        writer.transport.abort()
        async with asyncio.timeout(10):
            await app.gone.wait()
