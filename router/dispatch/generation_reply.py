"""A running generation as an `UpstreamReply`: chunks to OpenAI's bytes, within the endpoint's timeouts.

Why apart: it is the same for every in-process engine. It must not know any of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson

from router.dispatch.aggregate import Aggregator
from router.dispatch.deadlines import Deadlines
from router.dispatch.port import BrokenReply, UpstreamCall
from router.dispatch.replies import JSON_HEADERS, SSE_DONE, SSE_HEADERS, Refused, sse_event
from router.dispatch.workers import Chunk, Generation


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
        whole = Aggregator()
        async for chunk in self._chunks():
            whole.feed(dict(chunk))
        return orjson.dumps(whole.completion())

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
