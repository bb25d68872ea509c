"""`Http1Transport`: the transport port on one pool per origin. See the package's docstring for why.

Must not read the environment: no proxies, and no certificates but those of the context given.
"""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path

from router.dispatch.http1.pool import Pool
from router.dispatch.http1.reply import Reply
from router.dispatch.http1.request import Origin, head, target
from router.dispatch.transport import BrokenConnection, ConnectFailed, Timeouts

MAX_REPLY_BYTES = 64 * 1024 * 1024
IDLE_S = 4.0
"""Seconds an idle connection is kept: below the 5 s of uvicorn, hence vLLM, so that we hang up first."""


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Checks certificate and host name, against `ca_file` alone if given, else the system's store."""
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    context.set_alpn_protocols(["http/1.1"])
    return context


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

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts) -> Reply:
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
            coding = reply.headers.get("content-encoding", "identity")
            if coding != "identity":
                raise BrokenConnection(f"the reply is {coding}-coded, though identity was asked")
        except BaseException:
            reply.abort()
            raise
        return reply

    def _pool(self, origin: Origin) -> Pool:
        if self._closed:
            raise ConnectFailed("the transport is closed")
        pool = self._pools[origin] = Pool(origin, self._context, self._limit, self._idle_s)
        return pool
