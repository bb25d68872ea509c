"""What a whole answer needs of its connection and ASGI has no word for: a body that is here already, a reply
in one write, and a call when the client hangs up.

ASGI sends head and body as two messages, which uvicorn writes one by one after looking at every header by
two patterns; and it tells of a hang-up only to a task that waits for it. Streams, errors and bodies that are
still arriving go over ASGI as ever.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

EXTENSION: Final = "tiergate.direct"
"""The key of an exchange's `Direct` in the scope's extensions."""

_JOIN_UP_TO_BYTES = 64 * 1024
"""Bodies up to this size are joined to the head: a copy is cheaper than a second system call."""
_CLOSE: Final = (b"connection", b"close")
"""Among uvicorn's own headers when every answer is to end its connection, as of a gateway that leaves."""
_CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Direct(Protocol):
    """One exchange on a client's connection."""

    def take_body(self) -> bytes | None:
        """The request body, once, if all of it has arrived; None: ask `receive`."""
        ...

    def reply(self, status: int, head: bytes, lines: int, body: bytes) -> bool:
        """Sends a whole response; `head` is so many header lines, each with its end. False when it must go
        over `send`: the client still has to take what came before, or is to be disconnected.

        Raises ValueError for a header that would break out of its line."""
        ...

    def watch(self, hung_up: Callable[[], object] | None) -> None:
        """`hung_up` is called when the client goes away before the response is complete; None: no more."""
        ...


class DirectExchange:
    """`Direct` on uvicorn's exchange, whose state it keeps as uvicorn's own `send` and `receive` would."""

    __slots__ = ("_cycle", "_hung_up", "_loop", "_unsent")

    def __init__(self, cycle: RequestResponseCycle, loop: asyncio.AbstractEventLoop) -> None:
        self._cycle = cycle
        self._loop = loop
        self._unsent: tuple[bytes, ...] = ()
        self._hung_up: Callable[[], object] | None = None

    def take_body(self) -> bytes | None:
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected:
            return None
        cycle.message_event.clear()
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def reply(self, status: int, head: bytes, lines: int, body: bytes) -> bool:
        cycle = self._cycle
        if cycle.flow.write_paused or b"\r\nconnection:" in head:
            return False
        if head.count(b"\n") != lines or head.count(b"\r") != lines or _CONTROL.search(head):
            raise ValueError("a response header holds a line break or a control character")
        if cycle.disconnected:
            return True
        if _CLOSE in cycle.default_headers:
            cycle.keep_alive = False
        fixed = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers if header != _CLOSE])
        close = b"" if cycle.keep_alive else b"connection: close\r\n"
        start = b"%b%b%b%bcontent-length: %d\r\n\r\n" % (STATUS_LINE[status], fixed, head, close, len(body))
        self._unsent = (start + body,) if len(body) <= _JOIN_UP_TO_BYTES else (start, body)
        self._loop.call_soon(self.flush)
        self._completed()
        return True

    def watch(self, hung_up: Callable[[], object] | None) -> None:
        self._hung_up = hung_up
        if hung_up is None:
            return
        # A large body stops uvicorn's reading, and who does not read does not see a hang-up.
        self._cycle.flow.resume_reading()
        if self._cycle.disconnected:
            hung_up()

    def flush(self) -> None:
        """Sends what `reply` left to be sent: a turn of the loop later, so that answers that became ready
        together are sent together; whoever closes the connection calls this first."""
        parts, self._unsent = self._unsent, ()
        for part in parts:
            self._cycle.transport.write(part)

    def connection_lost(self) -> None:
        """The client is gone; nothing happens if it has its answer."""
        if not self._cycle.response_complete:
            self._cycle.disconnected = True
            if self._hung_up is not None:
                self._hung_up()

    def _completed(self) -> None:
        cycle = self._cycle
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.flush()
            cycle.transport.close()
        cycle.on_response()
