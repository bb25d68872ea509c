"""The endpoint's timeouts for adapters whose client library cannot be trusted to keep them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from router.dispatch.port import TimedOut
from router.domain.catalog import Endpoint

T = TypeVar("T")


class Deadlines:
    """The endpoint's timeouts, counted from the creation of this object. `connect` does not apply.

    whole: the answer comes in one piece, so that its first byte is at its end: only `total` bounds it.
    """

    def __init__(self, endpoint: Endpoint, *, whole: bool = False) -> None:
        self._endpoint = endpoint
        start = asyncio.get_running_loop().time()
        self._total_at = start + endpoint.total_timeout
        self._first_at = self._total_at if whole else start + endpoint.first_byte_timeout

    async def first(self, step: Awaitable[T], *, reached: Callable[[], bool]) -> T:
        """Awaits a step on the way to the first chunk. Raises TimedOut, saying whether work had started."""
        try:
            async with asyncio.timeout_at(min(self._first_at, self._total_at)):
                return await step
        except TimeoutError:
            timed_out = self._late_first()
            timed_out.reached = reached()
            raise timed_out from None

    async def between(self, step: Awaitable[T]) -> T:
        """Awaits a further chunk. Raises TimedOut."""
        now = asyncio.get_running_loop().time()
        limit = self._endpoint.between_chunks_timeout
        try:
            async with asyncio.timeout_at(min(now + limit, self._total_at)):
                return await step
        except TimeoutError:
            raise self._timed_out("between_chunks", limit) from None

    def _late_first(self) -> TimedOut:
        if self._first_at >= self._total_at:
            return TimedOut("total", self._endpoint.total_timeout)
        return self._timed_out("first_byte", self._endpoint.first_byte_timeout)

    def _timed_out(self, phase: str, seconds: float) -> TimedOut:
        if asyncio.get_running_loop().time() >= self._total_at:
            return TimedOut("total", self._endpoint.total_timeout)
        return TimedOut(phase, seconds)
