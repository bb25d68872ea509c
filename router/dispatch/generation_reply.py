"""A running generation as an `UpstreamReply`: chunks to OpenAI's bytes, within the endpoint's timeouts.

Why apart: it is the same for every in-process engine. It must not know any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import orjson

from router.dispatch.chunk_merge import ChunkMerge
from router.dispatch.port import BrokenReply, TimedOut, UpstreamCall
from router.dispatch.replies import JSON_HEADERS, SSE_DONE, SSE_HEADERS, Refused, sse_event
from router.dispatch.workers import Chunk, Generation
from router.domain.catalog import Endpoint

T = TypeVar("T")


class Deadlines:
    """The endpoint's timeouts, counted from the creation of this object. `connect` does not apply."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        start = asyncio.get_running_loop().time()
        self._first_at = start + endpoint.first_byte_timeout
        self._total_at = start + endpoint.total_timeout

    async def first(self, step: Awaitable[T], *, reached: Callable[[], bool]) -> T:
        """Awaits a step on the way to the first chunk. Raises TimedOut, saying whether work had started."""
        try:
            async with asyncio.timeout_at(min(self._first_at, self._total_at)):
                return await step
        except TimeoutError:
            timed_out = self._timed_out("first_byte", self._endpoint.first_byte_timeout)
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

    def _timed_out(self, phase: str, seconds: float) -> TimedOut:
        if asyncio.get_running_loop().time() >= self._total_at:
            return TimedOut("total", self._endpoint.total_timeout)
        return TimedOut(phase, seconds)


class GenerationReply:
    """An `UpstreamReply` over a generation whose first chunk is here.

    The chunks name the model as the catalog does: engines put the path of their weights there.
    """

    status = 200

    def __init__(
        self, generation: Generation, first: Chunk, deadlines: Deadlines, call: UpstreamCall
    ) -> None:
        self.headers = SSE_HEADERS if call.stream else JSON_HEADERS
        self._generation = generation
        self._first: Chunk | None = first
        self._deadlines = deadlines
        self._model = call.endpoint.upstream_model
        self._stream = call.stream
        options = call.payload.get("stream_options")
        self._usage_wanted = isinstance(options, dict) and bool(options.get("include_usage"))

    async def read(self) -> bytes:
        """The JSON body, or every event of a streamed reply."""
        if self._stream:
            return b"".join([chunk async for chunk in self.chunks()])
        merge = ChunkMerge()
        async for chunk in self._chunks():
            merge.add(chunk)
        return orjson.dumps(merge.body())

    async def chunks(self) -> AsyncIterator[bytes]:
        """Server-sent events as they are generated; for a reply without `stream`, the body at once."""
        if not self._stream:
            yield await self.read()
            return
        async for chunk in self._chunks():
            if chunk.get("choices") or self._usage_wanted:
                yield sse_event(chunk)
        yield SSE_DONE

    async def close(self) -> None:
        """Stops the generation if it still runs; its place is free once the engine notices."""
        self._generation.cancel()

    async def _chunks(self) -> AsyncIterator[Chunk]:
        chunk, self._first = self._first, None
        try:
            while chunk is not None:
                yield {**chunk, "model": self._model}
                chunk = await self._deadlines.between(self._generation.get())
        except Refused as refused:
            raise BrokenReply(refused.message) from refused
        finally:
            self._generation.cancel()
