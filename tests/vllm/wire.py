"""The exchanges whose true bytes are kept in `recorded/`: what is asked, and how, without any client.

Each file there is a whole HTTP response of vLLM's, head and chunks as they came over the socket.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"
MODEL = "smollm2-135m"
FINE_TUNE = "smollm2-tuned"
LARGEST = 2048

_CAPITAL = [{"role": "user", "content": "What is the capital of France?"}]
_LONG = [{"role": "system", "content": "You answer in one word. " * 40}, *_CAPITAL]
"""Longer than a block of vLLM's cache, which on a CPU has 128 tokens."""
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "capital": {"type": "boolean"}},
    "required": ["city", "capital"],
    "additionalProperties": False,
}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
FORCED = {"type": "function", "function": {"name": "get_weather"}}


def chat(**more: Any) -> dict[str, Any]:
    """The body of a completion."""
    return {"model": MODEL, "messages": _CAPITAL, "temperature": 0, "max_tokens": 24, **more}


_SCHEMA = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": True}}
_USAGE = {"stream": True, "stream_options": {"include_usage": True}}
CHATS: Mapping[str, dict[str, Any]] = {
    "chat": chat(),
    "long": chat(messages=_LONG, max_tokens=8),
    "long-again": chat(messages=_LONG, max_tokens=8),
    "stream": chat(**_USAGE),
    "cut": chat(max_tokens=4),
    "several": chat(n=2, temperature=0.8, seed=3),
    "logprobs": chat(max_tokens=4, logprobs=True, top_logprobs=2),
    "logprobs-stream": chat(max_tokens=4, logprobs=True, top_logprobs=2, **_USAGE),
    "schema": chat(response_format=_SCHEMA),
    "tool": chat(tools=[WEATHER], tool_choice=FORCED, max_tokens=80),
    "tool-stream": chat(tools=[WEATHER], tool_choice=FORCED, max_tokens=80, **_USAGE),
    "tool-auto": chat(tools=[WEATHER], tool_choice="auto"),
    "unknown-model": chat(model="nobody"),
    "too-many-tokens": chat(max_tokens=100_000),
    "too-long": chat(messages=[{"role": "user", "content": "word " * 3_000}]),
    "bad-temperature": chat(temperature=-1),
    "bad-schema": chat(
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": 7}}}
    ),
    "fine-tune": chat(model=FINE_TUNE),
}
"""In the order in which they are recorded: `long-again` finds the prompt of `long` in the prefix cache."""
PAGES = {"health": "/health", "metrics": "/metrics", "models": "/v1/models", "version": "/version"}


def exchange(
    port: int, method: str, path: str, key: str | None, body: Mapping[str, Any] | None = None
) -> bytes:
    """The raw response."""
    data = b"" if body is None else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", "host: vllm", "connection: close", f"content-length: {len(data)}"]
    if data:
        head.append("content-type: application/json")
    if key is not None:
        head.append(f"authorization: Bearer {key}")
    with socket.create_connection(("127.0.0.1", port), timeout=300) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + data)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def recorded(name: str) -> bytes:
    """A response as it was recorded."""
    return (RECORDED / f"{name}.http").read_bytes()


def body_of(response: bytes) -> bytes:
    """The body of a response that was not chunked."""
    return response.partition(b"\r\n\r\n")[2]
