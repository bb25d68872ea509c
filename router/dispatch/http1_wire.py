"""HTTP/1.1 on one connection: request bytes, the reply being parsed, and the connection itself.

Why our own: the hot path of the gateway is this client, and the libraries measured cost 1.5 to 3 times the
whole server side (tests/bench/RESULTS.md has the figures). Parsing is llhttp's (through httptools), so that
framing, chunked bodies and malformed replies are judged by the parser that Node.js ships. Deliberately absent:
redirects, cookies, proxies from the environment, compression, HTTP/2, retries, pipelining.
Must not know of pools or of other connections; `http1` does.
"""

import asyncio
import math
import select
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import httptools

from router.dispatch.transport import BrokenConnection, Phase, TimedOut, Timeouts, TooLarge

MAX_HEADER_BYTES = 64 * 1024
"""Status line and header fields of a reply together; nginx and Node.js refuse far smaller ones."""
PAUSE_ABOVE_BYTES = 256 * 1024
"""Unread body bytes above which the socket is no longer read, so that a slow client slows the upstream."""

JOIN_UP_TO_BYTES = 64 * 1024
"""Bodies up to this size are joined to the head: a copy is cheaper than a second system call."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections lead: one pool entry each."""

    host: str
    port: int
    tls: bool


@lru_cache(maxsize=1024)
def target(url: str) -> tuple[Origin, str]:
    """Split an absolute http(s) URL into its origin and the head's fixed part (` path HTTP/1.1`, host)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an absolute http or https URL: {url!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with credentials is refused; send them as a header")
    tls = parts.scheme == "https"
    origin = Origin(parts.hostname, parts.port or (443 if tls else 80), tls)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, f"{path} HTTP/1.1\r\nhost: {parts.netloc}\r\naccept-encoding: identity\r\n"


def head(method: str, fixed: str, headers: Mapping[str, str], length: int | None) -> bytes:
    """The request head. Raises ValueError if a header would break out of its line."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if length is not None:
        lines.append(f"content-length: {length}\r\n")
    text = f"{method} {fixed}{''.join(lines)}\r\n"
    expected = len(lines) + 4
    if text.count("\n") != expected or text.count("\r") != expected or "\0" in text:
        raise ValueError("a header name or value holds a line break or a NUL")
    return text.encode("latin-1")


class Reply:
    """A reply being received; llhttp calls the `on_` methods, the adapter awaits the others."""

    def __init__(self, connection: "Connection", timeouts: Timeouts, max_bytes: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.complete = False
        self.reusable = False
        self._connection = connection
        self._between_s = timeouts.between_chunks_s
        self._max_bytes = max_bytes
        self._head_done = False
        self._head_bytes = 0
        self._until_eof = False
        self._pieces: deque[bytes] = deque()
        self._unread = 0
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser = httptools.HttpResponseParser(self)

    # What the connection calls.

    def feed(self, data: bytes) -> None:
        """Parse; raises httptools' parser errors and TooLarge for a header without end."""
        if not self._head_done:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        finally:
            self._wake()
        if not self._head_done and self._head_bytes > MAX_HEADER_BYTES:
            raise TooLarge(f"the reply's header is over {MAX_HEADER_BYTES} bytes")

    def feed_eof(self) -> bool:
        """The upstream closed its side: True if that is where this body ends."""
        if self._head_done and self._until_eof:
            self.complete = True
            self._wake()
        return self.complete

    def fail(self, failure: Exception) -> None:
        """End the exchange; what already arrived can still be read, then `failure` is raised."""
        if not self.complete and self._failure is None:
            self._failure = failure
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What llhttp calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self.headers.get(key)
        self.headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self._head_done = True
        self._until_eof = (
            "content-length" not in self.headers and "transfer-encoding" not in self.headers
        ) and self.status not in (204, 304)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)
        self._unread += len(body)
        if self._unread > PAUSE_ABOVE_BYTES:
            self._connection.pause()
        else:
            self._connection.expect("between_chunks", self._between_s)

    def on_message_complete(self) -> None:
        if self.status < 200:
            self.headers.clear()
            return
        self.complete = True
        self.reusable = self._parser.should_keep_alive() and not self._until_eof

    # What the adapter calls.

    async def header(self) -> None:
        """Wait until status and headers are known."""
        while not self._head_done:
            await self._more()

    async def read(self) -> bytes:
        size, pieces = 0, []
        async for piece in self.chunks():
            size += len(piece)
            if size > self._max_bytes:
                await self.close()
                raise TooLarge(f"the reply's body is over {self._max_bytes} bytes")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            if self._pieces:
                piece = self._pieces.popleft() if len(self._pieces) == 1 else b"".join(self._pieces)
                self._pieces.clear()
                self._unread = 0
                self._connection.resume(self, self._between_s)
                yield piece
            elif self.complete:
                return
            else:
                await self._more()

    async def close(self) -> None:
        if not self.complete:
            self.fail(BrokenConnection("closed by the caller before the reply was complete"))
            self._connection.abort(self)

    async def _more(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


class Connection(asyncio.Protocol):
    """One TCP or TLS connection with at most one exchange at a time and one lazy deadline timer.

    released: called once per exchange, when the connection is idle again (usable) or gone.
    """

    def __init__(self, released: Callable[["Connection"], None]) -> None:
        self.usable = True
        self.idle_since = math.nan
        self._released = released
        self._loop = asyncio.get_running_loop()
        self._reply: Reply | None = None
        self._paused = False
        self._phase: Phase = "connect"
        self._due = math.inf
        self._total_due = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._poll = select.poll()
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def stale(self) -> bool:
        """True for an idle connection whose upstream hung up or spoke, which the loop may not have seen yet.

        A POST must not be sent twice, so a hang-up has to be noticed before sending (one poll(2), about 1 us).
        """
        return not self.usable or self._transport.is_closing() or bool(self._poll.poll(0))

    def start(
        self, head: bytes, body: bytes, timeouts: Timeouts, total_due: float, max_bytes: int
    ) -> Reply:
        """Send the request; total_due is on the loop's clock. The connection must be idle."""
        reply = self._reply = Reply(self, timeouts, max_bytes)
        self._total_due = total_due
        self.expect("first_byte", timeouts.first_byte_s)
        if len(body) <= JOIN_UP_TO_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)
        return reply

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if (
            reply is None
        ):  # an upstream that speaks unasked cannot be trusted with the next exchange
            self.end()
            return
        try:
            reply.feed(data)
        except TooLarge as error:
            self._break(reply, error)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break(reply, BrokenConnection(f"the reply is not valid HTTP/1.1: {error}"))
        else:
            if reply.complete:
                self._finish(reply)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        reply = self._reply
        if reply is not None and not (exc is None and reply.feed_eof()):
            reply.fail(BrokenConnection(f"the upstream closed the connection: {exc!r}"))
        self.end()

    def expect(self, phase: Phase, seconds: float) -> None:
        """Set the deadline. The armed timer is only moved when the new one is earlier: pushing it back at
        every chunk would cost more than the rare early wake-up, which re-arms."""
        due = self._loop.time() + seconds
        self._phase, self._due = (
            (phase, due) if due < self._total_due else ("total", self._total_due)
        )
        if self._timer is None or self._timer.when() > self._due:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._reply is None:
            return
        if self._loop.time() < self._due:
            self._arm()
            return
        self._break(self._reply, TimedOut(self._phase, sent=True))

    def pause(self) -> None:
        """Stop reading; silence is now our own doing, so only the total limit runs."""
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._phase, self._due = "total", self._total_due

    def resume(self, reply: Reply, between_s: float) -> None:
        if self._paused and self._reply is reply:
            self._paused = False
            self._transport.resume_reading()
            self.expect("between_chunks", between_s)

    def abort(self, reply: Reply) -> None:
        """End the exchange of `reply`, if it is still the current one, by resetting the connection."""
        if self._reply is reply:
            self.end()

    def _break(self, reply: Reply, failure: Exception) -> None:
        reply.fail(failure)
        self.end()

    def _finish(self, reply: Reply) -> None:
        self._reply = None
        if not reply.reusable:
            self.end()
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self.idle_since = self._loop.time()
        self._released(self)

    def end(self) -> None:
        if not self.usable:
            return
        self.usable = False
        self._reply = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()
        self._released(self)
