"""litellm's stream as an `UpstreamReply`: OpenAI's server-sent events, and the truth about how it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from router.dispatch import hosted_errors
from router.dispatch.deadlines import Deadlines
from router.dispatch.hosted_body import Json, chunk_json, end_was_reported, usage_was_reported
from router.dispatch.port import BrokenReply, UpstreamCall, UpstreamFailure
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

    async def begin(self) -> None:
        """Waits for the first chunk; closes the stream if it fails. Raises whatever litellm raises."""
        try:
            first = await self._deadlines.first(anext(self._stream), reached=lambda: True)
        except BaseException:
            await self.close()
            raise
        self._first = self._checked(first)

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Events as they arrive. Raises BrokenReply when the provider's stream ends without its end."""
        try:
            chunk = self._first
            while chunk is not None:
                if self._wanted(chunk):
                    yield sse_event(chunk)
                chunk = await self._next()
            if not self._finished:
                raise BrokenReply("the provider's stream ended without a finish reason")
            yield SSE_DONE
        finally:
            await self.close()

    async def close(self) -> None:
        """Hangs up on the provider if it still talks."""
        await self._stream.aclose()

    async def _next(self) -> Json | None:
        try:
            return self._checked(await self._deadlines.between(anext(self._stream)))
        except StopAsyncIteration:
            return None
        except UpstreamFailure:
            raise
        except Exception as error:
            raise hosted_errors.failure(error, self._endpoint) from error

    def _checked(self, chunk: Any) -> Json:
        body = chunk_json(chunk)
        if any(choice.get("finish_reason") for choice in body["choices"]):
            if not end_was_reported(self._stream):
                raise BrokenReply("the provider's stream broke off")
            self._finished = True
        return body

    def _wanted(self, chunk: Json) -> bool:
        if chunk["choices"]:
            return True
        return self._usage_wanted and "usage" in chunk and usage_was_reported(self._stream)
