"""The gateway's HTTP/1.1 client: pooled connections per origin, certificate checks, limits.

Why: see `http1_wire`, which speaks the protocol; this file decides which connection an exchange uses. A request
is written at most once: nothing is retried here, and a pooled connection is looked at (`Connection.stale`)
before it is used, so that an upstream's idle hang-up costs a new connection, not an error.
Must not read the environment: no proxies, no certificates but those of the context given.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from router.dispatch.http1_wire import Connection, Origin, Reply, head, target
from router.dispatch.transport import ConnectFailed, TimedOut, Timeouts

MAX_REPLY_BYTES = 64 * 1024 * 1024
IDLE_S = 4.0
"""Seconds an idle connection is kept: under uvicorn's 5 s (vLLM's default), so that we hang up first."""


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Certificates and host names are checked, against `ca_file` alone if given, else the system's store."""
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    context.set_alpn_protocols(["http/1.1"])
    return context


class Pool:
    """The connections to one origin: at most `limit` open, newest idle one used first, waiters in order."""

    def __init__(self, origin: Origin, context: ssl.SSLContext, limit: int, idle_s: float) -> None:
        self._origin = origin
        self._context = context if origin.tls else None
        self._limit = limit
        self._idle_s = idle_s
        self._slots = 0
        self._all: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
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
        if self._closed:
            raise ConnectFailed("the transport is closed")
        if self._slots < self._limit:
            self._slots += 1
            return await self._open()
        waiter: asyncio.Future[Connection | None] = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            connection = await waiter
        except asyncio.CancelledError:
            self._take_back(waiter)
            raise
        return connection or await self._open()

    def _take_back(self, waiter: "asyncio.Future[Connection | None]") -> None:
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

    def _next_waiter(self) -> "asyncio.Future[Connection | None] | None":
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


class Http1Transport:
    """The `Transport` of `router.dispatch.transport` on a pool per origin.

    limit: connections open to one origin; further exchanges wait, at most their connect_s.
    idle_s: seconds after which an unused connection is not used again.
    max_reply_bytes: what `Reply.read` holds at most; streams are not bounded.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        limit: int = 512,
        idle_s: float = IDLE_S,
        max_reply_bytes: int = MAX_REPLY_BYTES,
    ) -> None:
        self._context = context or tls_context()
        self._limit = limit
        self._idle_s = idle_s
        self._max_reply_bytes = max_reply_bytes
        self._pools: dict[Origin, Pool] = {}
        self._closed = False

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts
    ) -> Reply:
        return await self._exchange("POST", url, headers, body, timeouts)

    async def get(self, url: str, headers: Mapping[str, str], timeouts: Timeouts) -> Reply:
        return await self._exchange("GET", url, headers, None, timeouts)

    async def aclose(self) -> None:
        self._closed = True
        for pool in self._pools.values():
            pool.close()

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeouts: Timeouts,
    ) -> Reply:
        origin, fixed = target(url)
        start = head(method, fixed, headers, None if body is None else len(body))
        total_due = asyncio.get_running_loop().time() + timeouts.total_s
        pool = self._pools.get(origin) or self._pool(origin)
        connection = await pool.take(min(timeouts.connect_s, timeouts.total_s))
        reply = connection.start(start, body or b"", timeouts, total_due, self._max_reply_bytes)
        try:
            await reply.header()
        except BaseException:
            await reply.close()
            raise
        return reply

    def _pool(self, origin: Origin) -> Pool:
        if self._closed:
            raise ConnectFailed("the transport is closed")
        pool = self._pools[origin] = Pool(origin, self._context, self._limit, self._idle_s)
        return pool
