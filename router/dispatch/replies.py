"""Replies that are whole before they are returned: error bodies and answers an adapter built itself.

Why: adapters that do not speak HTTP (hosted, in-process) still owe the attempt loop an `UpstreamReply`.
Nothing here decides what an error means; adapters pass status and body.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from router.errors import error_body

JSON_HEADERS: Mapping[str, str] = {"content-type": "application/json"}
SSE_HEADERS: Mapping[str, str] = {"content-type": "text/event-stream; charset=utf-8"}
SSE_DONE = b"data: [DONE]\n\n"


class Refused(Exception):
    """The adapter will not or cannot run this request; it becomes a reply in OpenAI's error shape."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param

    def reply(self, headers: Mapping[str, str] | None = None) -> BytesReply:
        body = error_body(self.message, self.kind, self.code, self.param)
        return BytesReply(self.status, {**JSON_HEADERS, **(headers or {})}, body)


class BytesReply:
    """An `UpstreamReply` whose body is already in memory."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    async def read(self) -> bytes:
        return self._body

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._body

    async def close(self) -> None:
        """Nothing is running any more."""


def sse_event(chunk: Mapping[str, Any]) -> bytes:
    """One server-sent event holding `chunk` as JSON."""
    return b"data: " + orjson.dumps(chunk) + b"\n\n"
