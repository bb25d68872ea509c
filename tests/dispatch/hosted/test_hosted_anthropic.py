"""The hosted adapter against Anthropic's wire, through the real litellm. Nothing leaves this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import orjson
import pytest

from router.dispatch.hosted import HostedUpstream
from router.dispatch.port import BrokenReply, ConnectFailed, TimedOut

pytestmark = pytest.mark.skipif(find_spec("litellm") is None, reason="extra `hosted` is not installed")

Make = Callable[..., Any]
USAGE = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 100,
    "cache_read_input_tokens": 50,
    "output_tokens": 7,
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [
        {"type": "thinking", "thinking": "hmm", "signature": "s"},
        {"type": "text", "text": "Hi there"},
        {"type": "tool_use", "id": "tu_1", "name": "f", "input": {"x": 1}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": USAGE,
}


def _event(kind: str, **data: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), orjson.dumps({"type": kind, **data}))


def _block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[bytes]:
    return [
        _event("content_block_start", index=index, content_block=start),
        *(_event("content_block_delta", index=index, delta=delta) for delta in deltas),
        _event("content_block_stop", index=index),
    ]


STREAM = [
    _event(
        "message_start",
        message={**MESSAGE, "content": [], "stop_reason": None, "usage": {**USAGE, "output_tokens": 1}},
    ),
    *_block(0, {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "hmm"}),
    *_block(
        1,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "Hi"},
        {"type": "text_delta", "text": " there"},
    ),
    *_block(
        2,
        {"type": "tool_use", "id": "tu_1", "name": "f", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"x":'},
        {"type": "input_json_delta", "partial_json": "1}"},
    ),
    _event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 7}),
    _event("message_stop"),
]
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _check_usage(usage: dict[str, Any]) -> None:
    assert usage["prompt_tokens"] == 160
    assert usage["completion_tokens"] == 7
    assert usage["total_tokens"] == 167
    assert usage["prompt_tokens_details"]["cached_tokens"] == 50
    assert usage["cache_creation_input_tokens"] == 100
    assert "cost" not in usage


async def test_an_answer_is_translated_whole(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Text, thinking, tool call, finish reason and every kind of token arrive in OpenAI's shape."""
    provider.body = MESSAGE
    reply = await hosted.call(make_call(make_endpoint(), tools=TOOLS, max_tokens=50, seed=1))
    body = orjson.loads(await reply.read())
    choice = body["choices"][0]
    assert (reply.status, body["object"], choice["finish_reason"]) == (200, "chat.completion", "tool_calls")
    assert choice["message"]["content"] == "Hi there"
    assert choice["message"]["reasoning_content"] == "hmm"
    assert choice["message"]["thinking_blocks"][0]["signature"] == "s"
    (tool_call,) = choice["message"]["tool_calls"]
    assert (tool_call["id"], tool_call["function"]["name"]) == ("tu_1", "f")
    assert orjson.loads(tool_call["function"]["arguments"]) == {"x": 1}
    _check_usage(body["usage"])


async def test_the_provider_sees_its_own_wire_and_the_endpoints_key(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """The request is Anthropic's, with the endpoint's key; fields meant to steer litellm do nothing."""
    provider.body = MESSAGE
    control = {
        "api_base": "http://127.0.0.1:9",
        "base_url": "http://127.0.0.1:9",
        "api_key": "sk-theirs",
        "extra_headers": {"x-api-key": "sk-theirs"},
        "custom_llm_provider": "openai",
        "mock_response": "made up",
        "fallbacks": ["openai/gpt-4o"],
        "callbacks": ["x"],
        "metadata": {"trace_id": "x"},
    }
    reply = await hosted.call(make_call(make_endpoint(), temperature=0.5, max_tokens=50, **control))
    assert reply.status == 200
    ((path, headers, sent),) = provider.requests
    assert path == "/v1/messages"
    assert headers["x-api-key"] == "sk-the-endpoints-own-key"
    assert sent == {
        "model": "claude-sonnet-4-5",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "temperature": 0.5,
        "max_tokens": 50,
    }


async def test_a_stream_is_translated_whole(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """The chunks add up to the same answer, with usage in a last chunk of no choices."""
    provider.events = STREAM
    options = {"stream": True, "stream_options": {"include_usage": True}}
    reply = await hosted.call(make_call(make_endpoint(), tools=TOOLS, **options))
    *lines, done, end = (await reply.read()).split(b"\n\n")
    assert (done, end) == (b"data: [DONE]", b"")
    chunks = [orjson.loads(line.removeprefix(b"data: ")) for line in lines]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(d.get("content") or "" for d in deltas) == "Hi there"
    assert "".join(d.get("reasoning_content") or "" for d in deltas) == "hmm"
    pieces = [call["function"]["arguments"] for d in deltas for call in d.get("tool_calls", ())]
    assert orjson.loads("".join(pieces)) == {"x": 1}
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[-1]["choices"] == []
    _check_usage(chunks[-1]["usage"])


async def test_a_stream_without_include_usage_has_no_usage(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Usage is sent only to callers that asked for it."""
    provider.events = STREAM
    raw = await (await hosted.call(make_call(make_endpoint(), stream=True))).read()
    assert b"usage" not in raw
    assert raw.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("cut", [3, 6, 12])
async def test_a_stream_that_breaks_off_is_broken_not_finished(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make, cut: int
) -> None:
    """A connection that ends before Anthropic said why is a failure: no made-up "stop", no made-up usage."""
    provider.events = STREAM[:cut]
    received = b""
    with pytest.raises(BrokenReply):
        async for chunk in (await hosted.call(make_call(make_endpoint(), stream=True))).chunks():
            received += chunk
    assert b"[DONE]" not in received
    assert b'"stop"' not in received


async def test_an_error_in_the_middle_of_a_stream_is_a_broken_reply(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """What came before it was delivered, then the failure names the provider's reason."""
    provider.events = [*STREAM[:6], _event("error", error={"type": "overloaded_error", "message": "Busy"})]
    reply = await hosted.call(make_call(make_endpoint(), stream=True))
    with pytest.raises(BrokenReply, match="Busy"):
        await reply.read()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, _error("invalid_request_error", "bad thing"), None),
        (
            400,
            _error("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
            "context_length_exceeded",
        ),
        (401, _error("authentication_error", "invalid x-api-key"), None),
        (403, _error("permission_error", "no"), None),
        (404, _error("not_found_error", "no such model"), None),
        (413, _error("request_too_large", "too large"), None),
        (429, _error("rate_limit_error", "slow down"), None),
        (500, _error("api_error", "oops"), None),
        (529, _error("overloaded_error", "Overloaded"), None),
    ],
)
async def test_errors_keep_the_providers_status_and_words(
    hosted: HostedUpstream,
    provider: Any,
    make_endpoint: Make,
    make_call: Make,
    stream: bool,
    status: int,
    body: dict[str, Any],
    code: str | None,
) -> None:
    """Status, type, message and retry-after are Anthropic's, and it was asked exactly once."""
    provider.status, provider.body, provider.headers = status, body, {"retry-after": "7"}
    reply = await hosted.call(make_call(make_endpoint(), stream=stream))
    error = orjson.loads(await reply.read())["error"]
    assert reply.status == status
    assert (error["message"], error["type"]) == (body["error"]["message"], body["error"]["type"])
    assert error["code"] == code
    assert reply.headers["retry-after"] == "7"
    assert len(provider.requests) == 1


async def test_a_demand_the_provider_lacks_is_refused_unsent(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Three choices from Anthropic is a 400 that names `n`, and no request."""
    reply = await hosted.call(make_call(make_endpoint(), n=3))
    error = orjson.loads(await reply.read())["error"]
    assert (reply.status, error["code"]) == (400, "unsupported_parameter")
    assert error["message"] == "anthropic does not support parameters: ['n'], for model=claude-sonnet-4-5"
    assert provider.requests == []


async def test_a_reply_that_is_not_json_is_broken(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """A 200 with a body of another kind is a failure that may have been billed."""
    provider.body = b"<html>"
    with pytest.raises(BrokenReply) as broken:
        await hosted.call(make_call(make_endpoint()))
    assert broken.value.reached is True


async def test_a_refused_connection_was_not_delivered(make_endpoint: Make, make_call: Make) -> None:
    """Nobody listening is ConnectFailed, so that the next candidate can be tried for free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    hosted = HostedUpstream(api_bases={"frontier-1": url})
    for stream in (False, True):
        with pytest.raises(ConnectFailed):
            await hosted.call(make_call(make_endpoint(), stream=stream))
    await hosted.aclose()


async def test_an_unknown_provider_is_the_operators_fault(
    hosted: HostedUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """A target litellm cannot place fails before anything is sent, and says which endpoint."""
    with pytest.raises(ConnectFailed, match="frontier-1: litellm knows no provider for 'nosuch/model'"):
        await hosted.call(make_call(make_endpoint(target="nosuch/model")))


async def test_timeouts_name_their_phase_and_hang_up(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """No answer, and no further chunk: TimedOut with the phase, and the provider sees the hang-up."""
    provider.hold = True
    with pytest.raises(TimedOut) as first:
        await hosted.call(make_call(make_endpoint(first_byte_timeout=0.2), stream=True))
    assert first.value.phase == "first_byte"
    await asyncio.wait_for(provider.left.wait(), 5)
    provider.left.clear()
    provider.hold, provider.events, provider.stepped = False, STREAM, True
    provider.permit = asyncio.Semaphore(4)
    reply = await hosted.call(make_call(make_endpoint(between_chunks_timeout=0.2), stream=True))
    with pytest.raises(TimedOut) as between:
        await reply.read()
    assert between.value.phase == "between_chunks"
    await asyncio.wait_for(provider.left.wait(), 5)


async def test_an_answer_in_one_piece_has_until_the_total(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Its first byte is at its end: `first_byte` does not apply, and what is named is `total`."""
    provider.hold = True
    call = make_call(make_endpoint(first_byte_timeout=0.05, between_chunks_timeout=0.05, total_timeout=0.4))
    with pytest.raises(TimedOut) as late:
        await hosted.call(call)
    assert (late.value.phase, late.value.message) == ("total", "timed out after 0.4 s: total")
    await asyncio.wait_for(provider.left.wait(), 5)


async def test_cancelling_the_call_hangs_up(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """A caller that leaves while the provider thinks ends the provider's connection."""
    provider.hold = True
    task = asyncio.create_task(hosted.call(make_call(make_endpoint())))
    await asyncio.wait_for(provider.seen.wait(), 20)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await asyncio.wait_for(provider.left.wait(), 5)


async def test_closing_a_stream_hangs_up(
    hosted: HostedUpstream, provider: Any, make_endpoint: Make, make_call: Make
) -> None:
    """After `close` the provider's server sees the connection end in the middle of its answer."""
    provider.events, provider.stepped = STREAM, True
    provider.permit = asyncio.Semaphore(6)
    reply = await hosted.call(make_call(make_endpoint(), stream=True))
    stream = reply.chunks()
    await anext(stream)
    await stream.aclose()
    await reply.close()
    await asyncio.wait_for(provider.left.wait(), 5)
