"""Replies -> the JSON body or the stream chunks of the OpenAI chat wire, as each dialect writes them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from router.sandbox import tokens
from router.sandbox.compose import Reply
from router.sandbox.prefixcache import PromptSize
from router.sandbox.profiles import Profile
from router.sandbox.toolchoice import ToolCall
from router.sandbox.wire import ChatCall

FINGERPRINT = "simulated"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all chunks of one response share. `created` is Unix time in seconds."""

    id: str
    created: int
    model: str

    def around(self, kind: str, choices: list[Json], **more: Any) -> Json:
        head = {"id": self.id, "object": kind, "created": self.created, "model": self.model}
        return {**head, "choices": choices, "system_fingerprint": FINGERPRINT, **more}


def usage(profile: Profile, size: PromptSize, replies: list[Reply]) -> Json:
    """The usage report. With thinking in tags the server cannot tell it apart, so it is not itemised."""
    output = sum(reply.output_tokens for reply in replies)
    report: Json = {
        "prompt_tokens": size.tokens,
        "completion_tokens": output,
        "total_tokens": size.tokens + output,
        "prompt_tokens_details": {"cached_tokens": size.cached},
    }
    if profile.thinking.format != "tags":
        thought = sum(reply.thinking_tokens for reply in replies)
        report["completion_tokens_details"] = {"reasoning_tokens": thought}
    return report


def body(
    envelope: Envelope, call: ChatCall, profile: Profile, replies: list[Reply], used: Json | None
) -> bytes:
    """The whole response as JSON."""
    choices = [_choice(i, reply, call, profile) for i, reply in enumerate(replies)]
    more = {} if used is None else {"usage": used}
    return json.dumps(envelope.around("chat.completion", choices, **more), ensure_ascii=False).encode()


def _choice(index: int, reply: Reply, call: ChatCall, profile: Profile) -> Json:
    message: Json = {"role": "assistant", "content": reply.content}
    if profile.dialect == "openai":
        message |= {"refusal": None, "annotations": []}
    if reply.thinking:
        message["reasoning"] = reply.thinking
    if reply.tool_calls:
        message["tool_calls"] = [_whole_call(tool) for tool in reply.tool_calls]
    choice: Json = {"index": index, "message": message, "finish_reason": reply.finish_reason}
    choice["logprobs"] = _logprobs(tokens.pieces(reply.content or ""), call) if call.logprobs else None
    return choice | _stop_reason(reply, profile)


def _whole_call(tool: ToolCall) -> Json:
    return {
        "id": tool.id,
        "type": "function",
        "function": {"name": tool.name, "arguments": tool.arguments},
    }


def _stop_reason(reply: Reply, profile: Profile) -> Json:
    return {"stop_reason": reply.stop_reason} if profile.dialect == "vllm" else {}


def chunks(
    envelope: Envelope,
    call: ChatCall,
    profile: Profile,
    replies: list[Reply],
    used: Json | None,
    per_event: int,
) -> Iterator[tuple[bytes, int]]:
    """The stream as (SSE event, tokens it carries), usage last if it was asked for, without `[DONE]`.

    `per_event` tokens go into one event. With n > 1 the choices alternate.
    """
    wants_usage = bool(call.stream_options and call.stream_options.include_usage) and used is not None
    extra: Json = {"usage": None} if wants_usage and profile.dialect == "openai" else {}
    streams = [_deltas(i, reply, call, profile, per_event) for i, reply in enumerate(replies)]
    for row in zip_longest(*streams):
        for item in row:
            if item is not None:
                yield event(envelope.around("chat.completion.chunk", [item[0]], **extra)), item[1]
    if wants_usage:
        yield event(envelope.around("chat.completion.chunk", [], usage=used)), 0


def event(payload: Json) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def _deltas(
    index: int, reply: Reply, call: ChatCall, profile: Profile, size: int
) -> Iterator[tuple[Json, int]]:
    def part(delta: Json, finish: str | None = None, logprobs: Json | None = None) -> Json:
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}

    yield part({"role": "assistant", "content": ""}), 0
    for text, used in tokens.group(tokens.pieces(reply.thinking), size):
        yield part({"reasoning": text}), used
    for text, used in tokens.group(tokens.pieces(reply.content or ""), size):
        yield (
            part(
                {"content": text},
                None,
                _logprobs(tokens.pieces(text), call) if call.logprobs else None,
            ),
            used,
        )
    for position, tool in enumerate(reply.tool_calls):
        opened = _whole_call(tool)
        opened["function"] = {"name": tool.name, "arguments": ""}
        yield part({"tool_calls": [{"index": position, **opened}]}), tokens.count(tool.name)
        for text, used in tokens.group(tokens.pieces(tool.arguments), size):
            yield part({"tool_calls": [{"index": position, "function": {"arguments": text}}]}), used
    yield part({}, reply.finish_reason) | _stop_reason(reply, profile), 0


def _logprobs(parts: list[str], call: ChatCall) -> Json:
    """Made-up but valid log probabilities, the same for the same text."""
    rng = random.Random("".join(parts))
    content = []
    for part in parts:
        chosen = _logprob(part, -rng.expovariate(6.0))
        others = [
            _logprob(part + "'" * i, chosen["logprob"] - 1.5 * i) for i in range(1, call.top_logprobs or 0)
        ]
        content.append({**chosen, "top_logprobs": [chosen, *others] if call.top_logprobs else []})
    return {"content": content, "refusal": None}


def _logprob(token: str, value: float) -> Json:
    return {"token": token, "logprob": round(value, 6), "bytes": list(token.encode())}
