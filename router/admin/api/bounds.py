"""Limits of bodies: their size, and the time in which they have to come. Pure ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from router.errors import BodyTooLarge, InvalidRequest, TiergateError, render

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]


class Bounded:
    """`app` behind limits; it refuses what is over them itself."""

    def __init__(self, app: ASGI, most_bytes: int, within: float) -> None:
        self._app, self._most, self._within = app, most_bytes, within

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._within
        while more:
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                await _refuse(send, InvalidRequest("The body did not come in time.", code="body_timeout"))
                return
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                await _refuse(send, BodyTooLarge(f"The body is larger than {self._most} bytes."))
                return
        await self._app(scope, _replayed(body, receive), send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body whole, and then whatever comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message


async def _refuse(send: Send, error: TiergateError) -> None:
    status, body, headers = render(error)
    told = [(b"content-type", b"application/json"), (b"connection", b"close")]
    told += [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
