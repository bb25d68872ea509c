"""One TCP or TLS connection: at most one exchange at a time, one deadline timer.

Must not know of other connections; its pool learns through `released` when it is free or gone.
"""

import asyncio
import math
import select
from collections.abc import Callable
from typing import cast

import httptools

from router.dispatch.http1.reply import Reply
from router.dispatch.transport import BrokenConnection, ConnectFailed, Phase, TimedOut, Timeouts, TooLarge

JOIN_UP_TO_BYTES = 64 * 1024
"""Bodies up to this size are joined to the head: a copy is cheaper than a second system call."""


class Connection(asyncio.Protocol):
    """A connection from its opening to its end.

    released: called when an exchange ends and the connection is `usable` again, and once when it is gone.
    """

    def __init__(self, released: Callable[["Connection"], None]) -> None:
        self.usable = True
        self.idle_since = math.nan
        self._released = released
        self._loop = asyncio.get_running_loop()
        self._reply: Reply | None = None
        self._unsent = False
        self._paused = False
        self._phase: Phase = "connect"
        self._due = math.inf
        self._total_due = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._poll = select.poll()
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def stale(self) -> bool:
        """True for an idle connection whose upstream hung up or spoke, though the loop may not know yet.

        A request is never sent twice, so a hang-up has to be noticed before sending: one poll(2), 1 us.
        """
        return not self.usable or self._transport.is_closing() or bool(self._poll.poll(0))

    def start(self, head: bytes, body: bytes, timeouts: Timeouts, total_due: float, max_bytes: int) -> Reply:
        """Send the request; total_due is on the loop's clock. The connection must be idle."""
        reply = self._reply = Reply(self, timeouts, max_bytes)
        self._total_due = total_due
        self.expect("first_byte", timeouts.first_byte_s)
        parts = (head + body,) if len(body) <= JOIN_UP_TO_BYTES else (head, body)
        self._unsent = True
        self._loop.call_soon(self._send, reply, parts)
        return reply

    def _send(self, reply: Reply, parts: tuple[bytes, ...]) -> None:
        """A turn of the loop later: requests that became ready together are sent together, so that they wake
        the upstream once, and the kernel's code for sending stays in the cache."""
        if self._reply is reply:
            self._unsent = False
            for part in parts:
                self._transport.write(part)

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:  # who speaks unasked cannot be trusted with the next exchange
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
        if reply is not None:
            if exc is None:
                reply.feed_eof()
            why = f"the upstream closed the connection: {exc or 'early end'}"
            reply.fail(ConnectFailed(why) if self._unsent else BrokenConnection(why))
        self.end()

    def expect(self, phase: Phase, seconds: float) -> None:
        """Set the deadline: `phase` may last `seconds` from now, within the total.

        An armed timer is moved only when the new deadline is earlier. Moving it back at every chunk
        would cost more than the early wake-up once in a while, which arms it again.
        """
        due = self._loop.time() + seconds
        self._phase, self._due = (phase, due) if due < self._total_due else ("total", self._total_due)
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
        """End the exchange of `reply`, if it is still the current one, with its connection."""
        if self._reply is reply:
            self.end()

    def _break(self, reply: Reply, failure: Exception) -> None:
        reply.fail(failure)
        self.end()

    def _finish(self, reply: Reply) -> None:
        self._reply = None
        reply.detach()
        if not reply.reusable:
            self.end()
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self.idle_since = self._loop.time()
        self._released(self)

    def end(self) -> None:
        """Reset the connection; an exchange on it fails. Nothing happens the second time."""
        if not self.usable:
            return
        self.usable = False
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.fail(BrokenConnection("the connection was closed by the gateway"))
            reply.detach()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()
        self._released(self)
