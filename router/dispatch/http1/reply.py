"""One reply: fed with bytes by its connection, parsed by llhttp, read by the adapter.

Must not open, close or choose connections; it only tells its own to pause, go on or abort.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import httptools

from router.dispatch.transport import BrokenConnection, Phase, Timeouts, TooLarge, TransportError

MAX_HEADER_BYTES = 64 * 1024
"""Status line and header fields together; nginx and Node.js refuse far smaller ones."""
PAUSE_ABOVE_BYTES = 256 * 1024
"""Unread body bytes above which the socket is not read, so that a slow client slows the upstream."""

LINGER_S = 0.01
"""How long `close` waits for the last bytes of a body whose content is complete."""


class Line(Protocol):
    """What a reply asks of the connection it arrives on."""

    def expect(self, phase: Phase, seconds: float) -> None: ...

    def pause(self) -> None: ...

    def resume(self, reply: "Reply", between_s: float) -> None: ...

    def abort(self, reply: "Reply") -> None: ...


class Reply:
    """A reply being received. `complete`: the whole body is here; `reusable`: so is the connection."""

    def __init__(self, line: Line, timeouts: Timeouts, max_bytes: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.complete = False
        self.reusable = False
        self._line = line
        self._between_s = timeouts.between_chunks_s
        self._max_bytes = max_bytes
        self._head_done = False
        self._head_bytes = 0
        self._until_eof = False
        self._pieces: list[bytes] = []
        self._unread = 0
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    # What the connection calls.

    def feed(self, data: bytes) -> None:
        """Parse. Raises httptools' parser errors, and TooLarge for a header without end."""
        if self._parser is None:
            return
        if not self._head_done:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        finally:
            self._wake()
        if not self._head_done and self._head_bytes > MAX_HEADER_BYTES:
            raise TooLarge(f"the reply's header is over {MAX_HEADER_BYTES} bytes")

    def feed_eof(self) -> None:
        """The upstream closed its side in good order, which ends a body without a length."""
        if self._head_done and self._until_eof:
            self.complete = True
            self._wake()

    def fail(self, failure: Exception) -> None:
        """End the exchange unless it is complete; what has arrived can be read before `failure` is raised."""
        if not self.complete and self._failure is None:
            self._failure = failure
            self._wake()

    def detach(self) -> None:
        """No more bytes will come: drop the parser, which refers back to this object."""
        self._parser = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What llhttp calls.

    def on_message_begin(self) -> None:
        if self.complete:  # a second reply in the same segment would be mixed into this one
            raise BrokenConnection("bytes after the end of the reply")

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self.headers.get(key)
        self.headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        assert self._parser is not None
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
            self._line.pause()
        else:
            self._line.expect("between_chunks", self._between_s)

    def on_message_complete(self) -> None:
        assert self._parser is not None
        if self.status < 200:  # 100 Continue, 103 Early Hints: the reply proper follows
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
        """The whole body. Raises TooLarge, TimedOut, BrokenConnection."""
        size, parts = 0, []
        while self._pieces or not self.complete:
            if not self._pieces:
                await self._more()
                continue
            part = self._take()
            size += len(part)
            if size > self._max_bytes:
                self.abort()
                raise TooLarge(f"the reply's body is over {self._max_bytes} bytes")
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """What has arrived since the last step, as one piece. Raises TimedOut, BrokenConnection."""
        while self._pieces or not self.complete:
            if self._pieces:
                yield self._take()
            else:
                await self._more()

    async def close(self) -> None:
        """Abort the exchange if it is unfinished, unless its end is just arriving. Never raises.

        A reader of server-sent events stops at `[DONE]`, before the mark that ends the chunked body.
        """
        try:
            if self._head_done and not self.complete and not self._pieces:
                async with asyncio.timeout(LINGER_S):
                    await self._more()
        except (TimeoutError, TransportError):
            pass  # there is nobody left to tell
        finally:
            self.abort()

    def abort(self) -> None:
        """End the exchange now unless it is complete."""
        if not self.complete:
            self.fail(BrokenConnection("closed by the caller before the reply was complete"))
            self._line.abort(self)

    def _take(self) -> bytes:
        pieces, self._pieces, self._unread = self._pieces, [], 0
        self._line.resume(self, self._between_s)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _more(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
