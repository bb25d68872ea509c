"""A gateway that does nothing: body in, same body out, on Tiergate's server and Tiergate's HTTP client.

Why: the ceiling. What Tiergate needs beyond it is the price of authentication, classification, policy and
ledger. Run as `python -m tests.bench.passthrough PORT UPSTREAM_BASE_URL`; the server settings are those of
`tiergate serve`.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
import uvloop

from router.dispatch.http1 import Http1Transport
from router.dispatch.transport import Timeouts, TransportReply

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TIMEOUTS = Timeouts(connect_s=2, first_byte_s=60, between_chunks_s=60, total_s=600)


class PassThrough:
    """The ASGI application; forwards every POST to one URL with one upstream key."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/chat/completions"
        self._headers = {"content-type": "application/json", "authorization": "Bearer sk-upstream"}
        self._transport = Http1Transport()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        reply = await self._transport.post(self._url, self._headers, await _body(receive), TIMEOUTS)
        try:
            if reply.headers.get("content-type", "").startswith("text/event-stream"):
                await _stream(reply, send)
            else:
                await _whole(reply, send)
        finally:
            await reply.close()


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    return body


async def _whole(reply: TransportReply, send: Send) -> None:
    body = await reply.read()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _stream(reply: TransportReply, send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    async for chunk in reply.chunks():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _serve(port: int, base_url: str) -> None:
    config = uvicorn.Config(
        PassThrough(base_url),
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2]))
