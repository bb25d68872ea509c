"""One HTTP exchange of the sandbox: reading the body, answering, resetting, noticing that the client left."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from router.sandbox.connection import ABORT
from router.sandbox.profiles import Profile
from router.sandbox.record import SeenRequest
from router.sandbox.wire import WireError

_MAX_BODY = 64 * 1024 * 1024


@dataclass(slots=True)
class Exchange:
    """A request being answered. Every response says that it is simulated."""

    scope: Scope
    receive: Receive
    send: Send
    seen: SeenRequest
    profile: Profile

    async def read_body(self) -> None:
        """Reads the body into `seen.body`. Raises WireError (413) past 64 MiB."""
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise asyncio.CancelledError
            if message["type"] == "http.request":
                parts.append(message["body"])
                size += len(message["body"])
                more = message["more_body"]
            if size > _MAX_BODY:
                raise WireError(413, "The request body is too large.")
        self.seen.body = b"".join(parts)

    async def start(self, status: int, content_type: str, length: int | None, **headers: str) -> None:
        """The status line and headers; `length` None: a stream."""
        all_headers = [(b"content-type", content_type.encode()), (b"x-simulated", b"true")]
        if length is not None:
            all_headers.append((b"content-length", str(length).encode()))
        all_headers += [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        self.seen.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": all_headers})

    async def write(self, data: bytes, more: bool = True) -> None:
        """Part of the body; `more` False ends it."""
        if not more:
            self.seen.finished = True
        await self.send({"type": "http.response.body", "body": data, "more_body": more})

    async def answer(
        self, status: int, body: bytes, content_type: str = "application/json", **headers: str
    ) -> None:
        """A whole response."""
        await self.start(status, content_type, len(body), **headers)
        await self.write(body, more=False)

    async def refuse(self, error: WireError) -> None:
        """An error response in the profile's dialect."""
        headers = {}
        if error.retry_after is not None:
            headers["retry_after"] = f"{error.retry_after:g}"
        await self.answer(error.status, error.body(self.profile), **headers)

    def reset(self) -> None:
        """Resets the connection; the response ends in the middle, or never begins."""
        self.seen.reset = True
        abort = self.scope["extensions"][ABORT]
        abort()

    async def unless_gone(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work`; cancels it and notes the disconnect when the client leaves first."""
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self._client_leaves())
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done() and not self.seen.finished and not self.seen.reset:
                self.seen.disconnected = True
                working.cancel()
            await asyncio.wait({working})
        finally:
            leaving.cancel()
            working.cancel()
        if not working.cancelled():
            working.result()

    async def _client_leaves(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
