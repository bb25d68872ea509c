"""Streams through the official client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk

from tests.contract.chat import POPULATION, WEATHER, City, user
from tests.contract.conftest import Desk


def text_of(chunks: list[ChatCompletionChunk]) -> str:
    """The content of the first choice."""
    return "".join(
        choice.delta.content or "" for chunk in chunks for choice in chunk.choices if choice.index == 0
    )


def test_stream(client: OpenAI, desk: Desk) -> None:
    """A stream arrives chunk by chunk and says the same as its upstream; no usage came with it, although it
    was asked of the upstream."""
    chunks = list(client.chat.completions.create(model="big", messages=user(), stream=True))
    assert len(chunks) > 5
    assert text_of(chunks)
    assert all(chunk.choices for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert desk.abroad.record.last.json["stream_options"] == {"include_usage": True}


async def test_stream_async(desk: Desk) -> None:
    """The asyncio client iterates over the same stream."""
    async with desk.gateway.async_client() as client:
        stream = await client.chat.completions.create(model="big", messages=user(), stream=True)
        chunks = [chunk async for chunk in stream]
    assert text_of(chunks)


@pytest.mark.parametrize("model", ["big", "thinker"])
def test_usage_when_asked_for(client: OpenAI, model: str) -> None:
    """A client that asks for usage gets it exactly once, last, in a chunk without choices."""
    chunks = list(
        client.chat.completions.create(
            model=model, messages=user(), stream=True, stream_options={"include_usage": True}
        )
    )
    assert [bool(chunk.usage) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].choices == []


def test_other_stream_options_pass(client: OpenAI, desk: Desk) -> None:
    """Stream options the gateway does not know reach the upstream beside its own."""
    options: Any = {"include_usage": False, "continuous_usage_stats": True}
    list(client.chat.completions.create(model="big", messages=user(), stream=True, stream_options=options))
    assert desk.abroad.record.last.json["stream_options"] == {**options, "include_usage": True}


def test_tool_call_fragments(client: OpenAI) -> None:
    """Two streamed calls come as fragments that add up to JSON arguments, each under its own index."""
    stream = client.chat.completions.create(
        model="big",
        messages=user("Give me weather and population of Oslo."),
        tools=[WEATHER, POPULATION],
        stream=True,
    )
    names: dict[int, str] = {}
    arguments: dict[int, str] = {}
    for chunk in stream:
        for call in chunk.choices[0].delta.tool_calls or ():
            assert call.function is not None
            names[call.index] = names.get(call.index, "") + (call.function.name or "")
            arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert names == {0: "get_weather", 1: "get_population"}
    assert all(set(json.loads(given)) == {"city"} for given in arguments.values())


def test_several_choices(client: OpenAI) -> None:
    """Chunks of both choices arrive, each with its index and its end."""
    chunks = list(client.chat.completions.create(model="big", messages=user(), n=2, stream=True))
    ends = [c.index for chunk in chunks for c in chunk.choices if c.finish_reason]
    assert sorted(ends) == [0, 1]


def test_stream_helper(client: OpenAI) -> None:
    """The `.stream()` helper gives its events and a final completion with usage."""
    with client.chat.completions.stream(
        model="big", messages=user(), stream_options={"include_usage": True}
    ) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content
    assert final.usage is not None


def test_stream_helper_with_tools(client: OpenAI) -> None:
    """The helper folds streamed tool arguments into whole ones."""
    with client.chat.completions.stream(
        model="big",
        messages=user("What is the weather?"),
        tools=[{**WEATHER, "function": {**WEATHER["function"], "strict": True}}],  # type: ignore[list-item]
    ) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
    assert [event.name for event in done] == ["get_weather"]


def test_stream_helper_parses(client: OpenAI) -> None:
    """The helper parses a streamed answer into a pydantic model."""
    with client.chat.completions.stream(
        model="thinker", messages=user("Any city."), response_format=City
    ) as stream:
        final = stream.get_final_completion()
    assert isinstance(final.choices[0].message.parsed, City)


def test_head_and_closing_comment(client: OpenAI, desk: Desk) -> None:
    """What is known at the start comes in headers; cost and verdict in the last comment before [DONE]."""
    with client.chat.completions.with_streaming_response.create(
        model="big", messages=user(), stream=True
    ) as raw:
        lines = [line for line in raw.iter_lines() if line]
        told = raw.headers
    assert told["content-type"].startswith("text/event-stream")
    assert (told["x-tiergate-model"], told["x-tiergate-attempts"]) == ("big", "1")
    assert {"x-tiergate-request-id", "x-tiergate-tier", "x-tiergate-rule", "x-tiergate-policy-digest"} <= set(
        told
    )
    assert lines[-1] == "data: [DONE]"
    closing = json.loads(lines[-2].removeprefix(": tiergate "))
    row = desk.gateway.request_row(told["x-tiergate-request-id"])
    assert closing["x-tiergate-cost-state"] == row["cost_state"] == "priced"
    assert closing["x-tiergate-verdict"] == row["verdict"]
    assert float(closing["x-tiergate-cost-usd"]) == pytest.approx(row["cost_pico"] / 1e12)
    assert 0 < row["ttft_us"] <= row["duration_us"]


def test_stream_without_usage_report(client: OpenAI, desk: Desk) -> None:
    """An upstream that never reports usage leaves an estimate, marked as one."""
    with client.chat.completions.with_streaming_response.create(
        model="big", messages=user(), stream=True, metadata={"sandbox_fault": "no-usage"}
    ) as raw:
        raw.read()
        row = desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    assert row["cost_state"] == "estimated"
    assert row["usage_estimated"]
    assert row["cost_pico"] > 0 and row["output"] > 10


def test_first_chunk_comes_at_once(client: OpenAI, desk: Desk) -> None:
    """Bytes forwarded as they come: the first chunk arrives long before the upstream has finished."""
    stream = client.chat.completions.create(
        model="slowpoke", messages=user(), stream=True, max_tokens=400, metadata={"sandbox_fault": "loop"}
    )
    next(iter(stream))
    assert not desk.slow.record.last.finished
    stream.close()
