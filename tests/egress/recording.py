"""Upstreams that remember what they were sent and answer as a script of faults says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from router.dispatch.port import BrokenReply, ConnectFailed, QueueFull, TimedOut, UpstreamCall
from router.dispatch.replies import JSON_HEADERS, SSE_DONE, SSE_HEADERS, BytesReply, sse_event
from router.errors import error_body

USAGE = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}


class Fault(StrEnum):
    """What an upstream makes of a call."""

    NONE = "none"
    REFUSED = "connection refused"
    SLOW = "too slow"
    BROKEN = "broken reply"
    FULL = "queue full"
    LIMITED = "429"
    DOWN = "503"
    OUR_KEY = "401"
    CALLER = "400"
    EMPTY = "an answer that fails every check"
    CUT = "a stream that breaks off"


@dataclass(slots=True)
class Recorder:
    """Every call with where it went. Errors and answers quote the request, as real ones do."""

    faults: Iterator[Fault]
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Residency of the endpoint, and all that it was sent."""

    async def call(self, call: UpstreamCall) -> BytesReply:
        sent = orjson.dumps({"body": call.payload, "headers": dict(call.headers)}).decode()
        self.seen.append((call.endpoint.residency, sent))
        quoted = str(call.payload["messages"][-1]["content"])[-200:]
        fault = next(self.faults)
        match fault:
            case Fault.REFUSED:
                raise ConnectFailed(f"refused: {quoted}")
            case Fault.SLOW:
                raise TimedOut("total", 1.0)
            case Fault.BROKEN:
                raise BrokenReply(f"not JSON: {quoted}")
            case Fault.FULL:
                raise QueueFull("full")
            case Fault.LIMITED | Fault.DOWN | Fault.OUR_KEY | Fault.CALLER:
                body = error_body(f"cannot answer {quoted!r}", "server_error", None, None)
                return BytesReply(int(fault), JSON_HEADERS, body)
        text = "" if fault is Fault.EMPTY else f'{{"reason": "{quoted}", "grade": 3}}'
        if call.stream:
            return BytesReply(200, SSE_HEADERS, _stream(text, cut=fault is Fault.CUT))
        return BytesReply(200, JSON_HEADERS, orjson.dumps(_answer(text)))

    async def aclose(self) -> None:
        """Nothing to close."""


def _answer(text: str) -> Mapping[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
            "usage": USAGE}  # fmt: skip


def _stream(text: str, *, cut: bool) -> bytes:
    word = sse_event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]})
    if cut:
        return word
    stop = sse_event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return word + stop + sse_event({"choices": [], "usage": USAGE}) + SSE_DONE
