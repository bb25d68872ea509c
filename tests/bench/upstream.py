"""The trivial upstream of the bench: answers a chat completion at once, or streams one at a fixed pace.

Why: what is measured is the gateway in front, so this end must cost next to nothing: replies are bytes
prepared once. It must not vary its answers, because the load generator checks every one of them.

Run as `python -m tests.bench.upstream PORT`. A request whose JSON body asks for a stream gets SSE: `CHUNKS`
events `INTERVAL_S` apart, each carrying the monotonic clock (ns) of its sending, which the load generator on
the same machine subtracts from its own clock to get the delay per chunk.
"""

import asyncio
import sys
import time
from typing import cast

import httptools
import uvloop

CHUNKS = 50
INTERVAL_S = 0.010
ANSWER = (
    "The capital of France is Paris, on the river Seine; marker bench-7f3a. Direct fast trains from Lyon "
    "Part-Dieu to the Gare de Lyon take about two hours, and one leaves nearly every half hour on working "
    "days; most of them have a second class with sockets, and seats have to be booked together with the "
    "ticket. If your guests have an afternoon to spend, the quays between the two large islands can be "
    "walked in an hour, and nothing there needs a reservation except the towers and the museums."
)
"""As varied as a model's: in one sentence said eight times a gateway that checks answers finds a loop."""

_BODY = (
    '{"id":"chatcmpl-bench","object":"chat.completion","created":1760000000,"model":"bench-model",'
    '"choices":[{"index":0,"message":{"role":"assistant","content":"' + ANSWER + '"},'
    '"logprobs":null,"finish_reason":"stop"}],'
    '"usage":{"prompt_tokens":480,"completion_tokens":136,"total_tokens":616}}'
).encode()
_MODELS = b'{"object":"list","data":[{"id":"bench-model","object":"model","owned_by":"bench"}]}'


def _whole(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


REPLY = _whole(_BODY)
MODELS_REPLY = _whole(_MODELS)
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


def _event(choices: str, usage: str = "") -> bytes:
    body = (
        'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,'
        f'"model":"bench-model","choices":[{choices}]{usage}}}\n\n'
    ).encode()
    return _framed(body)


def _framed(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def _token(number: int) -> bytes:
    role = '"role":"assistant",' if number == 0 else ""
    stamp = time.monotonic_ns()
    return _event(f'{{"index":0,"delta":{{{role}"content":"word <{stamp}> "}},"finish_reason":null}}')


_LAST = (
    _event('{"index":0,"delta":{},"finish_reason":"stop"}')
    + _event("", ',"usage":{"prompt_tokens":480,"completion_tokens":50,"total_tokens":530}')
    + _framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


class Upstream(asyncio.Protocol):
    """One client connection; answers requests one after another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.parser = httptools.HttpRequestParser(self)
        self.body = b""
        self.gone = False

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True

    def on_message_begin(self) -> None:
        self.body = b""

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if self.parser.get_method() == b"GET":
            self.transport.write(MODELS_REPLY)
        elif b'"stream":true' in self.body or b'"stream": true' in self.body:
            self.transport.write(SSE_HEAD + _token(0))
            self._later(1)
        else:
            self.transport.write(REPLY)

    def _later(self, number: int) -> None:
        asyncio.get_running_loop().call_later(INTERVAL_S, self._next, number)

    def _next(self, number: int) -> None:
        if self.gone:
            return
        if number == CHUNKS:
            self.transport.write(_LAST)
            return
        self.transport.write(_token(number))
        self._later(number + 1)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
