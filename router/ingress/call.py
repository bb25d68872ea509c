"""One HTTP call of a client, over ASGI: its head, its bounded body, its reply, its going away.

Raw ASGI, because a framework's request object costs more than the rest of the path, and `direct` for what
most requests are: a body that came at once and an answer in one piece. Must not know what the bytes mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any

from router.errors import BodyTooLarge, InvalidRequest
from router.ingress.direct import EXTENSION, Direct

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_DISCARD_LIMIT = 256_000_000
_DISCARD_SECONDS = 10.0
_DISCONNECT = "http.disconnect"


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class ClientCall:
    """`disconnected` turns true when the client hangs up; the serving `task` is cancelled then."""

    def __init__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, task: asyncio.Task[Any] | None
    ) -> None:
        self.headers = _read(scope["headers"])
        self.disconnected = False
        self.started = False
        self._receive = receive
        self._send = send
        self._direct: Direct = scope["extensions"][EXTENSION]
        self._task = task

    async def body(self, limit: int, seconds: float) -> bytes:
        """The whole request body. Raises BodyTooLarge, InvalidRequest (too slow), ClientGone."""
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await self._refuse_body(limit)
        body = self._direct.take_body()
        if body is not None:
            if len(body) > limit:
                raise _too_large(limit)
            return body
        try:
            async with asyncio.timeout(seconds):
                return await self._receive_body(limit)
        except TimeoutError:
            raise InvalidRequest(
                f"The request body did not arrive within {seconds:g} seconds.", code="body_timeout"
            ) from None

    def watch(self) -> None:
        """From now on a client that hangs up cancels the serving task."""
        self._direct.watch(self._hung_up)

    def unwatch(self) -> None:
        """The answer is complete: a hang-up no longer matters."""
        self._direct.watch(None)

    async def reply(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """A whole response."""
        lines = list(map(": ".join, headers))
        head = ("\r\n".join(lines) + "\r\n").encode("latin-1", "replace")
        if self._direct.reply(status, head, len(lines), body):
            self.started = True
            return
        await self.begin(status, [*headers, ("content-length", str(len(body)))])
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """The head of a response whose body follows."""
        self.started = True
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def send(self, data: bytes) -> None:
        """Part of a body; waits while the client reads slower than the upstream writes."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """The last part."""
        await self._send({"type": "http.response.body", "body": data})

    def _hung_up(self) -> None:
        self.disconnected = True
        if self._task is not None:
            self._task.cancel()

    async def _receive_body(self, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == _DISCONNECT:
                raise ClientGone
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                parts.clear()
                await self._refuse_body(limit)
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    async def _refuse_body(self, limit: int) -> None:
        """Reads and drops what is still coming, within bounds: a client in the middle of sending sees a
        reset connection otherwise, never the reason."""
        dropped = 0
        try:
            async with asyncio.timeout(_DISCARD_SECONDS):
                while dropped < _DISCARD_LIMIT:
                    message = await self._receive()
                    dropped += len(message.get("body", b""))
                    if message["type"] == _DISCONNECT or not message.get("more_body"):
                        break
        except TimeoutError:
            pass
        raise _too_large(limit)


def _read(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name. One that came several times is the list of its values (RFC 9110, 5.3): what wants
    one value, as a key or a data class does, refuses it, instead of taking whichever came last."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    if len(headers) < len(raw):
        for name in headers:
            headers[name] = ", ".join(
                value.decode("latin-1") for other, value in raw if other.decode("latin-1") == name
            )
    return headers


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {limit} bytes.", headers={"connection": "close"})
