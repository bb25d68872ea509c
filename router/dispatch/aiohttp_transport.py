"""The Transport port on aiohttp: the fastest well-kept client that closes the upstream connection when its
task is cancelled (figures and the reasons against the others: tests/bench/RESULTS.md).

One long-lived pooled session; no proxies from the environment, no redirects, no retries, no cookies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping

import aiohttp

from router.dispatch.transport import (
    BrokenConnection,
    ConnectFailed,
    Phase,
    TimedOut,
    Timeouts,
    TooLarge,
    TransportError,
)

_KEEPALIVE = 4.0
"""Seconds an idle connection is kept: below the five that uvicorn, and so vLLM, keeps its own side."""
_LINGER = 0.01
"""Seconds granted to the last bytes of a body whose content is complete, to keep its connection."""


class AiohttpTransport:
    """Build it anywhere; the session is made on first use, inside the running loop."""

    def __init__(self, *, max_reply_bytes: int, limit: int = 1024, tls: ssl.SSLContext | None = None) -> None:
        self._max = max_reply_bytes
        self._limit = limit
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts
    ) -> AiohttpReply:
        """See the port."""
        return await self._send("POST", url, headers, body, timeouts)

    async def get(self, url: str, headers: Mapping[str, str], timeouts: Timeouts) -> AiohttpReply:
        """See the port."""
        return await self._send("GET", url, headers, None, timeouts)

    async def aclose(self) -> None:
        """See the port."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeouts: Timeouts
    ) -> AiohttpReply:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeouts.total_s
        wait = min(timeouts.connect_s + timeouts.first_byte_s, timeouts.total_s)
        try:
            async with asyncio.timeout(wait):
                response = await self._open().request(
                    method, url, headers=headers, data=body, timeout=_limits(timeouts), allow_redirects=False
                )
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise TimedOut("connect", sent=False) from error
            raise ConnectFailed(str(error)) from error
        except TimeoutError as error:
            raise TimedOut("first_byte", sent=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error) from error
        return AiohttpReply(response, self._max, timeouts, deadline)

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ConnectFailed("the transport is closed")
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=self._limit,
                keepalive_timeout=_KEEPALIVE,
                ssl=self._tls if self._tls is not None else True,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Accept"),
            )
        return self._session


class AiohttpReply:
    """See the port's TransportReply."""

    __slots__ = ("_deadline", "_headers", "_max", "_response", "_timeouts")

    def __init__(
        self, response: aiohttp.ClientResponse, max_bytes: int, timeouts: Timeouts, deadline: float
    ) -> None:
        self._response = response
        self._max = max_bytes
        self._timeouts = timeouts
        self._deadline = deadline
        self._headers: Mapping[str, str] | None = None

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        if self._headers is None:
            joined: dict[str, str] = {}
            for name, value in self._response.headers.items():
                key = name.lower()
                joined[key] = f"{joined[key]}, {value}" if key in joined else value
            self._headers = joined
        return self._headers

    async def read(self) -> bytes:
        """See the port."""
        declared = self._response.content_length
        if declared is not None and declared > self._max:
            await self.close()
            raise TooLarge(f"the reply is larger than {self._max} bytes")
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > self._max:
                await self.close()
                raise TooLarge(f"the reply is larger than {self._max} bytes")
            parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """See the port."""
        content = self._response.content
        loop = asyncio.get_running_loop()
        try:
            while not content.at_eof():
                left = self._deadline - loop.time()
                async with asyncio.timeout(min(left, self._timeouts.between_chunks_s)):
                    chunk = await content.readany()
                if chunk:
                    yield chunk
        except TimeoutError as error:
            phase: Phase = "total" if loop.time() >= self._deadline else "between_chunks"
            raise TimedOut(phase, sent=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error) from error

    async def close(self) -> None:
        """See the port."""
        content = self._response.content
        if not content.at_eof():
            await _linger(content)
        if content.at_eof():
            self._response.release()
        else:
            self._response.close()


async def _linger(content: aiohttp.StreamReader) -> None:
    """A reader that stopped at `[DONE]` has left the end of the chunked body behind."""
    try:
        async with asyncio.timeout(_LINGER):
            await content.readany()
    except (TimeoutError, aiohttp.ClientError, OSError):
        return


def _limits(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=timeouts.connect_s, sock_connect=timeouts.connect_s)


def _failure(error: Exception) -> TransportError:
    return BrokenConnection(str(error) or type(error).__name__)
