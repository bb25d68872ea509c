"""Bodies, whole answers and hang-ups past ASGI, on the server class itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from router.ingress.connection import GatewayProtocol
from router.ingress.direct import EXTENSION, DirectExchange

HEAD = b"x-one: 1\r\nx-two: 2\r\n"
Serve = Callable[[DirectExchange, bytes], Awaitable[None]]


@dataclass
class Site:
    """A served application, its port and its connections."""

    port: int = 0
    state: ServerState = field(default_factory=ServerState)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def shut_down(self) -> None:
        """What uvicorn does with every connection when it stops."""
        for connection in list(self.state.connections):
            connection.shutdown()


@asynccontextmanager
async def serving(serve: Serve, site: Site | None = None) -> AsyncIterator[Site]:
    """`serve` gets each request's exchange and its body, which large ones have to be waited for."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        direct = scope["extensions"][EXTENSION]
        body, more = direct.take_body(), False
        if body is None:
            body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        await serve(direct, body)

    config = uvicorn.Config(app, lifespan="off", ws="none", log_level="critical")
    config.load()
    site, loop = site or Site(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: GatewayProtocol(config, site.state, {}, loop), "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    yield site
    server.close()
    site.shut_down()
    await asyncio.gather(*site.state.tasks)
    await server.wait_closed()


def post(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST / HTTP/1.1", b"host: here", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


async def echo(direct: DirectExchange, body: bytes) -> None:
    assert direct.reply(200, HEAD, 2, body)


@pytest.mark.parametrize("size", [0, 10, 300_000])
async def test_answers_on_one_connection(size: int) -> None:
    """Each answer is whole, whatever its size, and the connection serves the next request."""
    async with serving(echo) as site:
        reader, writer = await site.connect()
        for _ in range(2):
            writer.write(post(b"x" * size))
            start = await reader.readuntil(b"\r\n\r\n")
            assert start == b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n" % (HEAD, size)
            assert await reader.readexactly(size) == b"x" * size
        writer.close()


async def test_connection_close() -> None:
    """A client that wants its connection closed gets its whole answer first."""
    async with serving(echo) as site:
        reader, writer = await site.connect()
        writer.write(post(b"last", b"connection: close"))
        said = await reader.read()
        assert b"\r\nconnection: close\r\n" in said and said.endswith(b"\r\n\r\nlast")
        writer.close()


async def test_a_server_that_leaves() -> None:
    """Once uvicorn's own headers ask clients to connect anew, an answer says so and ends its connection."""
    site = Site()
    async with serving(echo, site):
        site.state.default_headers = [(b"date", b"today"), (b"connection", b"close")]
        reader, writer = await site.connect()
        writer.write(post(b"last"))
        said = await reader.read()
        assert said.count(b"connection: close\r\n") == 1 and said.endswith(b"\r\n\r\nlast")
        writer.close()


async def test_stopped_right_after_the_answer() -> None:
    """A server that stops in the very turn in which it answered still sends the answer."""
    site = Site()

    async def answer_and_stop(direct: DirectExchange, body: bytes) -> None:
        await echo(direct, body)
        site.shut_down()

    async with serving(answer_and_stop, site):
        reader, writer = await site.connect()
        writer.write(post(b"kept"))
        assert (await reader.read()).endswith(b"\r\n\r\nkept")
        writer.close()


@pytest.mark.parametrize("head", [b"a: b\r\nc: d\r\n", b"a: b\n\n", b"a: \x00\r\n", b"a: \r\r\n"])
async def test_header_that_breaks_out(head: bytes) -> None:
    """No header value can become a header of its own, or end the head."""
    refused: list[str] = []

    async def serve(direct: DirectExchange, body: bytes) -> None:
        with pytest.raises(ValueError, match="control character") as error:
            direct.reply(200, head, 1, b"")
        refused.append(str(error.value))
        direct.reply(200, HEAD, 2, body)

    async with serving(serve) as site:
        reader, writer = await site.connect()
        writer.write(post(b"ok"))
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 OK\r\nx-one")
        writer.close()
    assert len(refused) == 1


@pytest.mark.parametrize("size", [10, 300_000])
async def test_hang_up(size: int) -> None:
    """A client that leaves while it is answered is noticed, also after a body that made reading pause."""
    serving_it, gone = asyncio.Event(), asyncio.Event()

    async def serve(direct: DirectExchange, _: bytes) -> None:
        direct.watch(gone.set)
        serving_it.set()
        await gone.wait()

    async with serving(serve) as site, asyncio.timeout(5):
        _, writer = await site.connect()
        writer.write(post(b"x" * size))
        await serving_it.wait()
        writer.close()
        await gone.wait()


async def test_hang_up_after_the_answer() -> None:
    """Leaving after the answer is no hang-up."""
    told: list[str] = []

    async def serve(direct: DirectExchange, body: bytes) -> None:
        direct.watch(lambda: told.append("gone"))
        await echo(direct, body)

    async with serving(serve) as site:
        reader, writer = await site.connect()
        writer.write(post(b"x"))
        await reader.readuntil(b"\r\n\r\nx")
        writer.close()
        await writer.wait_closed()
    assert told == []
