"""The connections to one origin: which one an exchange gets, how many there may be, who waits.

Must not read or write on a connection.
"""

import asyncio
import ssl
from collections import deque

from router.dispatch.http1.connection import Connection
from router.dispatch.http1.request import Origin
from router.dispatch.transport import ConnectFailed, TimedOut

Waiter = asyncio.Future[Connection | None]
"""Resolves to an idle connection, or to None: a slot in which to open one."""


class Pool:
    """At most `limit` connections open or opening; the newest idle one is used first; waiters in order.

    idle_s: a connection idle for longer is not used again but closed.
    """

    def __init__(self, origin: Origin, context: ssl.SSLContext, limit: int, idle_s: float) -> None:
        self._origin = origin
        self._context = context if origin.tls else None
        self._limit = limit
        self._idle_s = idle_s
        self._slots = 0
        self._all: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        self._waiters: deque[Waiter] = deque()
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def take_idle(self) -> Connection | None:
        """A connection that can be used now, or None; hangs up on those idle for too long."""
        oldest = self._loop.time() - self._idle_s
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.popleft().end()
        while self._idle:
            connection = self._idle.pop()
            if not connection.stale():
                return connection
            connection.end()
        return None

    async def take(self, connect_s: float) -> Connection:
        """An idle or a new connection. Raises ConnectFailed, TimedOut("connect")."""
        connection = self.take_idle()
        if connection is not None:
            return connection
        try:
            async with asyncio.timeout(connect_s):
                return await self._wait_or_open()
        except TimeoutError:
            raise TimedOut("connect", sent=False) from None

    async def _wait_or_open(self) -> Connection:
        while not self._closed:
            if self._slots < self._limit:
                self._slots += 1
                return await self._open()
            connection = await self._wait()
            if connection is None:
                return await self._open()
            if not connection.stale():
                return connection
            connection.end()
        raise ConnectFailed("the transport is closed")

    async def _wait(self) -> Connection | None:
        """Queue for what `Waiter` promises."""
        waiter: Waiter = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            self._take_back(waiter)
            raise

    def _take_back(self, waiter: Waiter) -> None:
        """A waiter gave up: leave the queue, and pass on what it may have been given meanwhile."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            connection = waiter.result()
            if connection is None:
                self._free_slot()
            else:
                self.released(connection)

    async def _open(self) -> Connection:
        """Open a connection in a slot already counted."""
        opened = False
        try:
            _, connection = await self._loop.create_connection(
                lambda: Connection(self.released),
                self._origin.host,
                self._origin.port,
                ssl=self._context,
                server_hostname=self._origin.host if self._context else None,
            )
            opened = True
        except OSError as error:  # ssl.SSLError and socket.gaierror are OSErrors
            raise ConnectFailed(f"{self._origin.host}:{self._origin.port}: {error}") from error
        finally:
            if not opened:
                self._free_slot()
        self._all.add(connection)
        if not connection.usable:
            self.released(connection)
            raise ConnectFailed(f"{self._origin.host}:{self._origin.port}: closed at once")
        return connection

    def released(self, connection: Connection) -> None:
        """A connection became idle, or is gone."""
        if connection not in self._all:  # never handed out: its slot is freed by `_open`
            return
        if not connection.usable:
            self._all.discard(connection)
            if connection in self._idle:
                self._idle.remove(connection)
            self._free_slot()
            return
        waiter = self._next_waiter()
        if waiter is None:
            self._idle.append(connection)
        else:
            waiter.set_result(connection)

    def _free_slot(self) -> None:
        waiter = self._next_waiter()
        if waiter is None:
            self._slots -= 1
        else:
            waiter.set_result(None)

    def _next_waiter(self) -> Waiter | None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                return waiter
        return None

    def close(self) -> None:
        self._closed = True
        while (waiter := self._next_waiter()) is not None:
            waiter.set_exception(ConnectFailed("the transport is closed"))
        for connection in list(self._all):
            connection.end()
