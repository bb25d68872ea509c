"""litellm's stream as an `UpstreamReply`: OpenAI's server-sent events, and the truth about how it ended.

Why a task of its own reads it: litellm's `aclose` leaves some providers' connections open, with the provider
generating and billing. Cancelling a read that waits for the network closes the connection, so a read is
always waiting. What was read ahead is no more than one answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from router.dispatch import hosted_errors
from router.dispatch.deadlines import Deadlines
from router.dispatch.hosted_body import Json, chunk_json, end_was_reported, usage_was_reported
from router.dispatch.port import BrokenReply, UpstreamCall
from router.dispatch.replies import SSE_DONE, SSE_HEADERS, sse_event


class HostedStream:
    """An `UpstreamReply` over litellm's CustomStreamWrapper. Await `begin` before handing it out."""

    status = 200
    headers = SSE_HEADERS

    def __init__(self, stream: Any, deadlines: Deadlines, call: UpstreamCall) -> None:
        self._stream = stream
        self._deadlines = deadlines
        self._endpoint = call.endpoint
        options = call.payload.get("stream_options")
        self._usage_wanted = isinstance(options, dict) and bool(options.get("include_usage"))
        self._first: Json | None = None
        self._finished = False
        self._items: asyncio.Queue[Json | None] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())
        self._reader.add_done_callback(lambda _: self._items.put_nowait(None))

    async def begin(self) -> None:
        """Waits for the first chunk; closes the stream if it fails. Raises what litellm raises."""
        try:
            self._first = await self._deadlines.first(self._items.get(), reached=lambda: True)
            if self._first is None:
                self._reader.result()
                raise BrokenReply("the provider's stream was empty")
        except BaseException:
            await self.close()
            raise

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Events as they arrive. Raises BrokenReply when the provider's stream ends without its end."""
        try:
            chunk = self._first
            while chunk is not None:
                if chunk["choices"] or (self._usage_wanted and "usage" in chunk):
                    yield sse_event(chunk)
                chunk = await self._deadlines.between(self._items.get())
            self._check_end()
            yield SSE_DONE
        finally:
            await self.close()

    async def close(self) -> None:
        """Hangs up on the provider if it still talks."""
        self._reader.cancel()
        await asyncio.wait([self._reader])
        if not self._reader.cancelled():
            self._reader.exception()  # seen: asyncio need not report it
        await self._stream.aclose()

    async def _read(self) -> None:
        async for chunk in self._stream:
            body = chunk_json(chunk)
            if any(choice["finish_reason"] for choice in body["choices"]):
                if not end_was_reported(self._stream):
                    raise BrokenReply("the provider's stream broke off")
                self._finished = True
            if not usage_was_reported(self._stream):
                body.pop("usage", None)
            self._items.put_nowait(body)

    def _check_end(self) -> None:
        error = self._reader.exception()
        if isinstance(error, BrokenReply):
            raise error
        if error is not None:
            raise hosted_errors.failure(error, self._endpoint) from error
        if not self._finished:
            raise BrokenReply("the provider's stream ended without a finish reason")
