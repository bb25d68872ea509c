"""The HTTP/1.1 client against real loopback servers: framing, pool, limits, cancellation, certificates."""

import asyncio
import math
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from router.dispatch.http1 import Http1Transport, tls_context
from router.dispatch.http1.connection import Connection
from router.dispatch.http1.reply import MAX_HEADER_BYTES
from router.dispatch.transport import (
    BrokenConnection,
    ConnectFailed,
    TimedOut,
    Timeouts,
    TooLarge,
    TransportError,
)

PATIENT = Timeouts(connect_s=5, first_byte_s=5, between_chunks_s=5, total_s=10)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
SSE = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"


@dataclass(frozen=True)
class Asked:
    """One request as the server read it; `number` counts requests over all connections from 0."""

    number: int
    head: str
    body: bytes


@dataclass
class Peer:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hung_up(self) -> None:
        """Returns when the client has closed or reset the connection."""
        try:
            while await self.reader.read(4096):
                pass
        except ConnectionError:
            pass


Script = Callable[[Asked, Peer], Awaitable[bool | None]]


@dataclass
class Upstream:
    """A loopback server playing a script per request; the script returns True to hang up."""

    script: Script
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._requests(Peer(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.at_once -= 1
            writer.close()

    async def _requests(self, peer: Peer) -> None:
        while True:
            head = (await peer.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [line[15:] for line in head.split("\r\n") if line.startswith("content-length:")]
            body = await peer.reader.readexactly(int(lengths[0])) if lengths else b""
            asked = Asked(len(self.asked), head, body)
            self.asked.append(asked)
            if await self.script(asked, peer):
                return


@asynccontextmanager
async def upstream(script: Script | bytes, **tls: object) -> AsyncIterator[Upstream]:
    """Serve `script`; bytes are sent as the answer to every request."""
    if isinstance(script, bytes):
        answer = script

        async def fixed(_: Asked, peer: Peer) -> None:
            await peer.send(answer)

        script = fixed
    one = Upstream(script)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, **tls)
    scheme = "https" if tls else "http"
    one.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/chat"
    try:
        yield one
    finally:
        server.close()


@asynccontextmanager
async def client(**options: object) -> AsyncIterator[Http1Transport]:
    transport = Http1Transport(**options)
    try:
        yield transport
    finally:
        await transport.aclose()


async def fetch(transport: Http1Transport, url: str, body: bytes = b"{}") -> bytes:
    reply = await transport.post(url, {}, body, PATIENT)
    try:
        return await reply.read()
    finally:
        await reply.close()


# Framing


async def test_request_and_reply_arrive_whole() -> None:
    """Method, path, query, headers and body reach the upstream; status, headers and body come back."""
    answer = (
        b"HTTP/1.1 429 Slow Down\r\nX-One: a\r\nRetry-After: 7\r\nx-one: b\r\ncontent-length: 5\r\n\r\nwait!"
    )
    async with upstream(answer) as server, client() as transport:
        reply = await transport.post(f"{server.url}?a=1", {"authorization": "k"}, b"body", PATIENT)
        assert (reply.status, await reply.read()) == (429, b"wait!")
        assert reply.headers == {"x-one": "a, b", "retry-after": "7", "content-length": "5"}
        lines = server.asked[0].head.split("\r\n")
        assert lines[0] == "POST /v1/chat?a=1 HTTP/1.1"
        assert {"authorization: k", "content-length: 4", "accept-encoding: identity"} <= set(lines)
        assert server.asked[0].body == b"body"


async def test_get_has_no_body() -> None:
    """A probe is a GET without content-length."""
    async with upstream(OK) as server, client() as transport:
        reply = await transport.get(server.url, {}, PATIENT)
        assert await reply.read() == b"ok"
        assert server.asked[0].head.startswith("GET /v1/chat HTTP/1.1\r\n")
        assert "content-length" not in server.asked[0].head


@pytest.mark.parametrize(
    ("answer", "body", "reusable"),
    [
        (SSE + b"6\r\n world\r\n0\r\n\r\n", b"hello world", True),
        (SSE + b"0\r\nx-trailer: 1\r\n\r\n", b"hello", True),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok", False),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", b"ok", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, b"ok", True),
    ],
)
async def test_every_framing_is_read_and_only_sound_connections_are_kept(
    answer: bytes, body: bytes, reusable: bool
) -> None:
    """Chunked, counted, close-delimited, empty and 1xx-preceded replies give their body."""

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.send(answer)
        return not reusable

    async with upstream(script) as server, client() as transport:
        for _ in range(2):
            assert await fetch(transport, server.url) == body
        assert server.connections == (1 if reusable else 2)


@pytest.mark.parametrize(
    "answer",
    [
        b"SMTP 220 hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    ],
)
async def test_a_reply_that_is_not_sound_is_a_broken_connection(answer: bytes) -> None:
    """Not HTTP, an ambiguous length, an upgrade: refused, and the connection dropped."""
    async with upstream(answer) as server, client() as transport:
        with pytest.raises(BrokenConnection) as caught:
            await fetch(transport, server.url)
        assert caught.value.may_have_arrived
        with pytest.raises(BrokenConnection):
            await fetch(transport, server.url)
        assert server.connections == 2


async def test_a_coding_that_was_not_asked_for_is_refused() -> None:
    """Compressed bytes are never handed on as if they were JSON."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok"
    async with upstream(answer) as server, client() as transport:
        with pytest.raises(BrokenConnection, match="gzip"):
            await fetch(transport, server.url)


async def test_bytes_after_the_reply_cost_the_connection_not_the_reply() -> None:
    """A second reply nobody asked for is never taken for the answer to the next request."""
    async with upstream(OK + OK.replace(b"ok", b"no")) as server, client() as transport:
        assert await fetch(transport, server.url) == b"ok"
        assert await fetch(transport, server.url) == b"ok"
        assert server.connections == 2


async def test_a_redirect_is_returned_not_followed() -> None:
    """The upstream's address comes from configuration only."""
    answer = b"HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with upstream(answer) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"{}", PATIENT)
        assert (reply.status, await reply.read(), len(server.asked)) == (307, b"", 1)


@pytest.mark.parametrize("headers", [{"x": "a\r\nhost: evil"}, {"x": "a\nb"}, {"x\r\ny": "a"}, {"x": "a\0"}])
async def test_a_header_cannot_start_another_line(headers: dict[str, str]) -> None:
    """A value with a line break is refused before anything is sent."""
    async with upstream(OK) as server, client() as transport:
        with pytest.raises(ValueError, match="line break"):
            await transport.post(server.url, headers, b"", PATIENT)
        assert server.connections == 0


@pytest.mark.parametrize("url", ["ftp://a/b", "/v1/chat", "http://user:secret@127.0.0.1/"])
async def test_an_unusable_url_is_refused(url: str) -> None:
    """Only absolute http(s) URLs without credentials are sent to."""
    async with client() as transport:
        with pytest.raises(ValueError, match="URL"):
            await transport.post(url, {}, b"", PATIENT)


# Streams


async def test_chunks_are_handed_on_as_they_arrive() -> None:
    """The first chunk can be read while the upstream still holds back the second."""
    first_read = asyncio.Event()

    async def script(_: Asked, peer: Peer) -> None:
        await peer.send(SSE)
        await first_read.wait()
        await peer.send(b"3\r\nbye\r\n0\r\n\r\n")

    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", PATIENT)
        chunks = reply.chunks()
        assert await anext(chunks) == b"hello"
        first_read.set()
        assert [piece async for piece in chunks] == [b"bye"]


async def test_a_slow_reader_slows_the_upstream_and_is_not_timed_out() -> None:
    """Unread bytes are bounded; while we do not read, silence is not held against the upstream."""
    sent_all = asyncio.Event()
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    hasty = Timeouts(connect_s=5, first_byte_s=5, between_chunks_s=0.1, total_s=10)

    async def script(one: Asked, peer: Peer) -> None:
        if one.number:
            await peer.send(OK)
            return
        await peer.send(SSE)
        for _ in range(64):
            await peer.send(piece)
        sent_all.set()
        await peer.send(b"0\r\n\r\n")

    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", hasty)
        chunks = reply.chunks()
        size = len(await anext(chunks))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sent_all.wait(), 0.3)
        async for data in chunks:
            size += len(data)
        assert size == 5 + 64 * 0x100000
        assert await fetch(transport, server.url) == b"ok"
        assert server.connections == 1


# Hanging up


async def test_cancelling_in_the_middle_of_a_body_hangs_up() -> None:
    """The upstream sees the disconnect at once, so that it stops generating."""
    hung_up, got_one = asyncio.Event(), asyncio.Event()

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.send(SSE)
        await peer.hung_up()
        hung_up.set()
        return True

    async def read_on(transport: Http1Transport, url: str) -> None:
        reply = await transport.post(url, {}, b"", PATIENT)
        try:
            async for _ in reply.chunks():
                got_one.set()
        finally:
            await reply.close()

    async with upstream(script) as server, client() as transport:
        task = asyncio.create_task(read_on(transport, server.url))
        await got_one.wait()
        task.cancel()
        await asyncio.wait_for(hung_up.wait(), 1)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_cancelling_before_the_header_hangs_up() -> None:
    """A cancelled post leaves nothing running upstream and no slot taken."""
    asked, hung_up = asyncio.Event(), asyncio.Event()

    async def script(one: Asked, peer: Peer) -> bool:
        if one.number:
            await peer.send(OK)
            return False
        asked.set()
        await peer.hung_up()
        hung_up.set()
        return True

    async with upstream(script) as server, client(limit=1) as transport:
        task = asyncio.create_task(transport.post(server.url, {}, b"", PATIENT))
        await asked.wait()
        task.cancel()
        await asyncio.wait_for(hung_up.wait(), 1)
        assert await fetch(transport, server.url) == b"ok"


async def test_closing_an_unfinished_reply_hangs_up_and_a_finished_one_does_not() -> None:
    """`close` resets the connection only if the body is incomplete; reading on then fails."""
    hung_up = asyncio.Event()

    async def script(one: Asked, peer: Peer) -> None:
        await peer.send(OK if one.number == 0 else SSE)
        if one.number:
            await peer.hung_up()
            hung_up.set()

    async with upstream(script) as server, client() as transport:
        assert await fetch(transport, server.url) == b"ok"
        reply = await transport.post(server.url, {}, b"", PATIENT)
        await reply.close()
        await asyncio.wait_for(hung_up.wait(), 1)
        assert server.connections == 1
        with pytest.raises(BrokenConnection):
            await reply.read()


async def test_a_reader_that_stops_at_the_last_event_keeps_the_connection() -> None:
    """The mark that ends a chunked body may come after the event that ends the stream."""
    stopped = asyncio.Event()

    async def script(one: Asked, peer: Peer) -> None:
        await peer.send(SSE)
        await stopped.wait()
        await peer.send(b"0\r\n\r\n")

    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", PATIENT)
        assert await anext(reply.chunks()) == b"hello"
        asyncio.get_running_loop().call_soon(stopped.set)
        await reply.close()
        assert await fetch(transport, server.url) == b"hello"
        assert server.connections == 1


async def test_an_upstream_that_hangs_up_in_the_body_breaks_the_reply() -> None:
    """A short body is never passed off as a whole one; what came before the break can be read."""

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.send(SSE)
        return True

    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", PATIENT)
        chunks = reply.chunks()
        assert await anext(chunks) == b"hello"
        with pytest.raises(BrokenConnection):
            await anext(chunks)


async def test_a_request_once_written_is_never_sent_again() -> None:
    """A kept connection dropped after reading the request is an error, not a second request."""

    async def script(one: Asked, peer: Peer) -> bool:
        if one.number == 0:
            await peer.send(OK)
        return one.number == 1

    async with upstream(script) as server, client() as transport:
        assert await fetch(transport, server.url) == b"ok"
        with pytest.raises(BrokenConnection) as caught:
            await fetch(transport, server.url)
        assert caught.value.may_have_arrived
        assert (len(server.asked), server.connections) == (2, 1)


async def test_a_hang_up_before_the_request_is_written_is_certainly_not_sent() -> None:
    """A request is written a turn of the loop after it was given: a connection lost until then is free."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        _, connection = await loop.create_connection(lambda: Connection(lambda _: None), sock=ours)
        reply = connection.start(b"POST / HTTP/1.1\r\n\r\n", b"", PATIENT, math.inf, 1_000)
        connection.connection_lost(None)
        with pytest.raises(ConnectFailed, match="early end"):
            await reply.header()
        theirs.setblocking(False)
        assert await loop.sock_recv(theirs, 1_000) == b""


async def test_a_connection_closed_while_idle_is_replaced_before_sending() -> None:
    """Even when the event loop has not yet noticed the hang-up, the request goes to a new connection."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with client() as transport, asyncio.timeout(2):
            for _ in range(2):
                answer = asyncio.create_task(fetch(transport, url))
                peer, _address = await loop.sock_accept(listener)
                with peer:
                    assert await loop.sock_recv(peer, 65536) != b""
                    await loop.sock_sendall(peer, OK)
                    assert await answer == b"ok"
                # closed here, and no turn of the loop before the next fetch takes a connection


async def test_an_upstream_that_speaks_unasked_is_not_used_again() -> None:
    """Bytes on an idle connection (a 408 of a proxy, say) cost that connection only."""
    spoken = asyncio.Event()

    async def script(one: Asked, peer: Peer) -> bool:
        await peer.send(OK)
        if one.number == 0:
            await asyncio.sleep(0)
            await peer.send(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n")
            await peer.hung_up()
            spoken.set()
        return one.number == 0

    async with upstream(script) as server, client() as transport:
        assert await fetch(transport, server.url) == b"ok"
        await asyncio.wait_for(spoken.wait(), 1)
        assert await fetch(transport, server.url) == b"ok"
        assert server.connections == 2


# Limits


@pytest.mark.parametrize(
    ("limits", "phase"),
    [
        (Timeouts(connect_s=5, first_byte_s=0.1, between_chunks_s=5, total_s=10), "first_byte"),
        (Timeouts(connect_s=5, first_byte_s=5, between_chunks_s=5, total_s=0.1), "total"),
    ],
)
async def test_silence_before_the_body_times_out(limits: Timeouts, phase: str) -> None:
    """A header without body is not yet an answer; the connection is closed and the phase named."""
    hung_up = asyncio.Event()

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        await peer.hung_up()
        hung_up.set()
        return True

    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", limits)
        with pytest.raises(TimedOut) as caught:
            await reply.read()
        assert (caught.value.phase, caught.value.may_have_arrived) == (phase, True)
        await asyncio.wait_for(hung_up.wait(), 1)


async def test_silence_between_chunks_times_out() -> None:
    """A stream that stalls ends with its phase, after what had arrived."""

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.send(SSE)
        await peer.hung_up()
        return True

    limits = Timeouts(connect_s=5, first_byte_s=5, between_chunks_s=0.1, total_s=10)
    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", limits)
        chunks = reply.chunks()
        assert await anext(chunks) == b"hello"
        with pytest.raises(TimedOut) as caught:
            await anext(chunks)
        assert caught.value.phase == "between_chunks"


async def test_a_steady_stream_outlives_the_silence_limit_but_not_the_total() -> None:
    """Chunks arriving in time push the silence limit back; the total still holds."""

    async def script(_: Asked, peer: Peer) -> bool:
        await peer.send(SSE)
        while True:
            await asyncio.sleep(0.02)
            await peer.send(b"1\r\nx\r\n")

    limits = Timeouts(connect_s=5, first_byte_s=5, between_chunks_s=0.2, total_s=0.6)
    async with upstream(script) as server, client() as transport:
        reply = await transport.post(server.url, {}, b"", limits)
        begun = asyncio.get_running_loop().time()
        with pytest.raises(TimedOut) as caught:
            await reply.read()
        assert caught.value.phase == "total"
        assert asyncio.get_running_loop().time() - begun > 0.3


async def test_a_handshake_that_never_ends_times_out_as_connect() -> None:
    """TCP accepted but TLS silent: nothing was sent, so the attempt may go elsewhere."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        async with client() as transport:
            with pytest.raises(TimedOut) as caught:
                await transport.post(url, {}, b"", Timeouts(0.1, 5, 5, 10))
            assert (caught.value.phase, caught.value.may_have_arrived) == ("connect", False)


async def test_a_refused_connection_was_certainly_not_sent() -> None:
    """Nobody listening: ConnectFailed, naming the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with client() as transport:
        with pytest.raises(ConnectFailed, match=str(port)) as caught:
            await transport.post(f"http://127.0.0.1:{port}/", {}, b"", PATIENT)
        assert not caught.value.may_have_arrived


async def test_a_body_over_the_limit_is_refused() -> None:
    """`read` holds at most max_reply_bytes and hangs up on more."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000
    async with upstream(answer) as server, client(max_reply_bytes=4999) as transport:
        with pytest.raises(TooLarge):
            await fetch(transport, server.url)


async def test_a_header_without_end_is_refused() -> None:
    """An upstream cannot fill our memory with header fields."""
    answer = b"HTTP/1.1 200 OK\r\n" + b"x-filler: 0123456789\r\n" * (MAX_HEADER_BYTES // 16)
    async with upstream(answer) as server, client() as transport:
        with pytest.raises(TooLarge):
            await fetch(transport, server.url)


# The pool


async def test_connections_are_reused_and_limited() -> None:
    """With a limit of 2, six exchanges at once share two connections and all succeed."""
    async with upstream(OK) as server, client(limit=2) as transport:
        answers = await asyncio.gather(*(fetch(transport, server.url) for _ in range(6)))
        assert answers == [b"ok"] * 6
        assert (server.connections, server.most_at_once) == (2, 2)


async def test_a_waiter_that_gives_up_leaves_its_turn_to_the_next() -> None:
    """Timing out and being cancelled in the queue lose neither the slot nor anyone's place."""
    asked, release = asyncio.Event(), asyncio.Event()

    async def script(_: Asked, peer: Peer) -> None:
        asked.set()
        await release.wait()
        await peer.send(OK)

    async with upstream(script) as server, client(limit=1) as transport:
        busy = asyncio.create_task(fetch(transport, server.url))
        await asked.wait()
        cancelled = asyncio.create_task(fetch(transport, server.url))
        with pytest.raises(TimedOut) as caught:
            await transport.post(server.url, {}, b"", Timeouts(0.05, 5, 5, 10))
        assert (caught.value.phase, caught.value.may_have_arrived) == ("connect", False)
        patient = asyncio.create_task(fetch(transport, server.url))
        cancelled.cancel()
        release.set()
        assert await asyncio.gather(busy, patient) == [b"ok", b"ok"]
        assert (len(server.asked), server.connections) == (2, 1)


async def test_a_waiter_gets_a_slot_when_the_connection_before_it_dies() -> None:
    """A broken exchange frees its slot for the next in the queue."""

    async def script(one: Asked, peer: Peer) -> bool:
        if one.number:
            await peer.send(OK)
        return one.number == 0

    async with upstream(script) as server, client(limit=1) as transport:
        first = asyncio.create_task(fetch(transport, server.url))
        second = asyncio.create_task(fetch(transport, server.url))
        with pytest.raises(BrokenConnection):
            await first
        assert await second == b"ok"


async def test_failed_connections_do_not_use_up_the_pool() -> None:
    """After more refusals than slots the pool still opens connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with client(limit=1) as transport:
        for _ in range(3):
            with pytest.raises(ConnectFailed):
                await transport.post(f"http://127.0.0.1:{port}/", {}, b"", PATIENT)


async def test_a_connection_idle_for_too_long_is_not_used() -> None:
    """idle_s bounds how old a kept connection may be."""
    async with upstream(OK) as server, client(idle_s=-1.0) as transport:
        for _ in range(3):
            assert await fetch(transport, server.url) == b"ok"
        assert server.connections == 3


async def test_aclose_ends_what_is_in_flight_and_refuses_more() -> None:
    """Shutting down leaves nobody waiting: readers and queue fail, later calls are refused."""
    asked = asyncio.Event()

    async def script(_: Asked, peer: Peer) -> bool:
        asked.set()
        await peer.hung_up()
        return True

    async with upstream(script) as server, client(limit=1) as transport:
        running = asyncio.create_task(fetch(transport, server.url))
        queued = asyncio.create_task(fetch(transport, server.url))
        await asked.wait()
        await transport.aclose()
        results = await asyncio.gather(running, queued, return_exceptions=True)
        assert [type(one) for one in results] == [BrokenConnection, ConnectFailed]
        with pytest.raises(ConnectFailed):
            await fetch(transport, server.url)


# The outside


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1; returns (certificate, key)."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    return certificate, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command makes the keys")
async def test_certificates_are_checked_against_the_given_authority(tmp_path: Path) -> None:
    """The right authority passes; another one, or the system's store, is ConnectFailed."""
    certificate, key = make_certificate(tmp_path, "right")
    other, _ = make_certificate(tmp_path, "other")
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate, key)
    async with upstream(OK, ssl=server_side) as server:
        async with client(context=tls_context(certificate)) as transport:
            assert await fetch(transport, server.url) == b"ok"
            assert await fetch(transport, server.url) == b"ok"
            assert server.connections == 1
        for context in (tls_context(other), tls_context()):
            async with client(context=context) as transport:
                with pytest.raises(ConnectFailed, match="certificate"):
                    await fetch(transport, server.url)
        assert len(server.asked) == 2


PROBE = """
import asyncio, sys
from router.dispatch.http1 import Http1Transport
from router.dispatch.transport import Timeouts

async def main():
    reply = await Http1Transport().get(sys.argv[1], {}, Timeouts(5, 5, 5, 10))
    print((await reply.read()).decode())

asyncio.run(main())
"""


async def test_proxies_from_the_environment_are_not_used() -> None:
    """With every proxy variable pointing to a dead port, the upstream is still reached directly."""
    dead = "http://127.0.0.1:9"
    names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    async with upstream(OK) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROBE,
            server.url,
            env={**os.environ, **dict.fromkeys(names, dead)},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert (process.returncode, output) == (0, b"ok\n")


def test_every_failure_says_whether_the_request_may_have_arrived() -> None:
    """The attempt loop can decide on one attribute for every failure."""
    failures: list[tuple[TransportError, bool]] = [
        (ConnectFailed("x"), False),
        (TimedOut("connect", sent=False), False),
        (TimedOut("total", sent=True), True),
        (BrokenConnection("x"), True),
        (TooLarge("x"), True),
    ]
    assert [one.may_have_arrived for one, _ in failures] == [wanted for _, wanted in failures]
