"""An upstream that answers with whatever bytes a test wrote, however wrong they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Scripted:
    """`reply` is written, as it is, for every request, `rest` once it is released; then the connection is
    closed. While `turns` lasts, its next entry takes the place of `reply`."""

    loop: asyncio.AbstractEventLoop
    url: str = ""
    reply: bytes = b""
    rest: bytes = b""
    turns: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    """In lower case, as all of a head may be."""
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """From another thread: lets `rest` go out."""
        self.loop.call_soon_threadsafe(self._released.set)

    def answers(self, body: bytes, status: str = "200 OK", kind: str = "application/json") -> None:
        """Answers with a well-formed HTTP response around `body`."""
        self.reply, self.rest = _whole(body, status, kind), b""

    def answers_in_turn(self, *bodies: bytes) -> None:
        """One of these answers for each request to come, as they arrive."""
        self.turns = [_whole(body) for body in bodies]

    def holds(self, body: bytes) -> None:
        """Answers with `body` once it is released."""
        self.reply, self.rest = b"", _whole(body)
        self._released.clear()

    def streams(self, *events: bytes, rest: Iterable[bytes] = ()) -> None:
        """Answers with a stream of these events' data, until the connection closes; `rest` is held back."""
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        self.reply = head + b"".join(map(_framed, events))
        self.rest = b"".join(map(_framed, rest))
        self._released.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            self.heads.append(head)
            self.bodies.append(await reader.readexactly(length))
            writer.write(self.turns.pop(0) if self.turns else self.reply)
            await writer.drain()
            if self.rest:
                await self._released.wait()
                writer.write(self.rest)
                await writer.drain()
        writer.close()


def _whole(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _framed(event: bytes) -> bytes:
    return b"data: " + event + b"\n\n"


@asynccontextmanager
async def scripted_upstream() -> AsyncIterator[Scripted]:
    """Listens on a free loopback port."""
    scripted = Scripted(asyncio.get_running_loop())
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield scripted
    finally:
        server.close()
        await server.wait_closed()
