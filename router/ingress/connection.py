"""uvicorn's HTTP protocol with the bounds and the error shape that it lacks.

uvicorn with httptools reads request heads of any size, waits for them for ever, answers what is no HTTP in
plain text, and loses the body of a request that offers another protocol. Must not know routes, keys or what
bodies say.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import ClassVar, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from router.errors import error_body
from router.ingress.direct import EXTENSION, DirectExchange

MAX_HEAD_BYTES: Final = 64 * 1024
"""Request line and headers together; nginx accepts 32 KB, Node.js 16 KB."""
MAX_HEADERS: Final = 128
"""Header lines; Apache accepts 100, and proxies add some."""
_TUNNEL: Final = b"CONNECT"
"""The parser takes it for an offer of another protocol too."""


class GatewayProtocol(HttpToolsProtocol):
    """One client connection.

    `head_seconds`: longest wait for a request head, also for a new connection's first byte.
    `stall_seconds`: longest time in which a client may take not one byte of what is ready for it.
    """

    head_seconds: ClassVar[float] = 20.0
    stall_seconds: ClassVar[float] = 60.0

    _head_bytes = 0
    _in_head = False
    _turned_away = False
    _offered = False
    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _direct: DirectExchange | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client that connects and says nothing does not hold its connection for ever."""
        super().connection_made(transport)  # type: ignore[arg-type]  # as uvicorn types it
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The timers would keep the connection's memory alive."""
        self._head_arrived()
        self._stall_over()
        super().connection_lost(exc)
        if self._direct is not None:
            self._direct.connection_lost()

    def data_received(self, data: bytes) -> None:
        """Counts a head that does not end within this read; all others cost one comparison."""
        self._unset_keepalive_if_required()
        rest = data
        while rest:
            rest = self._parse(rest)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, f"The request's headers are larger than {MAX_HEAD_BYTES} bytes.")
        elif self._head_timer is None:
            self._await_head()

    def _parse(self, data: bytes) -> bytes:
        """As uvicorn does, but for a request that offers another protocol, as Java's client offers HTTP/2.

        There the parser stops behind the head and leaves the rest. Returns what is to be parsed again.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            said = "Invalid HTTP request received."
            self.logger.warning(said)
            self.send_400_response(said)
        except httptools.HttpParserUpgrade as stopped:
            if self._offered:
                again = self._head_without_offer() + data[stopped.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
                return again
        return b""

    def _head_without_offer(self) -> bytes:
        """The head as if nothing had been offered. RFC 9110 allows to ignore an offer (7.8)."""
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        for name, value in self.headers:
            if name == b"connection":
                options = (option.strip() for option in value.split(b","))
                value = b", ".join(option for option in options if option.lower() != b"upgrade")
            if name != b"upgrade":
                lines.append(name + b": " + value)
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        self._head_arrived()
        self._offered = self.parser.should_upgrade() and self.parser.get_method() != _TUNNEL
        if self._offered:
            return  # it comes again, without the offer
        self._turned_away = len(self.headers) > MAX_HEADERS
        if self._turned_away:
            self._refuse(431, f"The request has more than {MAX_HEADERS} headers.")
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Of a request that was turned away nobody wants more."""
        if not self._turned_away:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """See `on_body`."""
        if not self._turned_away and not self._offered:
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._direct = DirectExchange(cycle, self.loop)
        cycle.scope["extensions"] = {EXTENSION: self._direct}  # type: ignore[dict-item]
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """An answer that is about to be sent still goes out."""
        self._flush()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so in OpenAI's shape."""
        self._refuse(400, msg)

    def pause_writing(self) -> None:
        """The client reads slower than its answer comes; one that stopped reading holds a model's place."""
        super().pause_writing()
        self._expect_progress()

    def resume_writing(self) -> None:
        """It reads again."""
        self._stall_over()
        super().resume_writing()

    def _expect_progress(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(self.stall_seconds, self._check_progress, waiting)

    def _check_progress(self, waiting: int) -> None:
        if self.transport.get_write_buffer_size() < waiting:
            self._expect_progress()
        else:
            self.transport.abort()

    def _stall_over(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_is_late)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._in_head:
            self._refuse(408, f"The request's headers did not arrive within {self.head_seconds:g} seconds.")
        else:
            self.transport.close()

    def _flush(self) -> None:
        if self._direct is not None:
            self._direct.flush()

    def _refuse(self, status: int, message: str) -> None:
        """Answers and closes, unless an earlier request of this connection is still being answered."""
        self._flush()
        if self.cycle is None or self.cycle.response_complete:
            body = error_body(message, "invalid_request_error", "invalid_http", None)
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nx-should-retry: false\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()
