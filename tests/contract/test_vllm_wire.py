"""A real vLLM's bytes through the gateway to the official client: what the app and the ledger see of them.

They were recorded by `make vllm-record`; `make vllm-test` asks a living one the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from openai import APIStatusError, BadRequestError, OpenAI

from tests.contract.conftest import Desk
from tests.contract.gateway import Row
from tests.vllm.wire import CHATS, recorded

ODD = "odd"


@pytest.fixture(autouse=True)
def _close_circuits(client: OpenAI, desk: Desk) -> Iterator[None]:
    """Each test leaves an endpoint behind that works."""
    yield
    ask(client, desk, "chat")


def ask(client: OpenAI, desk: Desk, name: str) -> tuple[Any, list[Row]]:
    """The exchange's request, answered with its recording: what the client reads of it, and the attempts."""
    desk.scripted.turns, desk.scripted.reply, desk.scripted.rest = [], recorded(name), b""
    body = {**CHATS[name], "model": ODD}
    raw = client.chat.completions.with_raw_response.create(**body)
    parsed = list(raw.parse()) if body.get("stream") else raw.parse()
    return parsed, desk.gateway.attempt_rows(raw.headers["x-tiergate-request-id"])


def tokens(attempts: list[Row]) -> tuple[int, int, int]:
    """Uncached input, cache reads and output of the only attempt, whose cost is known."""
    [attempt] = attempts
    assert (attempt["status"], attempt["cost_state"], attempt["usage_estimated"]) == ("ok", "priced", False)
    return attempt["uncached_input"], attempt["cache_read"], attempt["output"]


def test_chat(client: OpenAI, desk: Desk) -> None:
    """The answer, and its tokens as vLLM counted them."""
    answer, attempts = ask(client, desk, "chat")
    assert answer.choices[0].message.content == "The capital of France is Paris."
    assert tokens(attempts) == (37, 0, 8)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (37, 8)


def test_stream(client: OpenAI, desk: Desk) -> None:
    """The same in pieces, with the usage at the end."""
    chunks, attempts = ask(client, desk, "stream")
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "The capital of France is Paris."
    assert tokens(attempts) == (37, 0, 8)
    assert chunks[-1].usage.completion_tokens == 8


def test_what_came_from_the_prefix_cache_is_told_apart(client: OpenAI, desk: Desk) -> None:
    """Started with --enable-prompt-tokens-details, vLLM says how much of a prompt it had read before."""
    fresh, _, _ = tokens(ask(client, desk, "long")[1])
    uncached, cached, _ = tokens(ask(client, desk, "long-again")[1])
    assert cached > 0 and uncached + cached == fresh


def test_cut_short(client: OpenAI, desk: Desk) -> None:
    """An answer at its limit says so."""
    answer, attempts = ask(client, desk, "cut")
    assert answer.choices[0].finish_reason == attempts[0]["finish_reason"] == "length"


def test_several_choices(client: OpenAI, desk: Desk) -> None:
    """Two answers to one prompt: its tokens count once."""
    answer, attempts = ask(client, desk, "several")
    assert len(answer.choices) == 2
    assert tokens(attempts)[0] == 37 and tokens(attempts)[2] == answer.usage.completion_tokens


@pytest.mark.parametrize("name", ["logprobs", "logprobs-stream"])
def test_logprobs(client: OpenAI, desk: Desk, name: str) -> None:
    """Four tokens, each with its probability and two alternatives."""
    found, _ = ask(client, desk, name)
    chunks = found if isinstance(found, list) else [found]
    shown = [
        token
        for chunk in chunks
        for choice in chunk.choices
        if choice.logprobs
        for token in choice.logprobs.content
    ]
    assert len(shown) == 4 and all(len(token.top_logprobs) == 2 and token.logprob <= 0 for token in shown)


def test_schema(client: OpenAI, desk: Desk) -> None:
    """A model of 135 million parameters keeps to a schema, because vLLM makes it."""
    answer, _ = ask(client, desk, "schema")
    assert orjson.loads(answer.choices[0].message.content).keys() == {"city", "capital"}


@pytest.mark.parametrize("name", ["tool", "tool-stream"])
def test_forced_tool_call(client: OpenAI, desk: Desk, name: str) -> None:
    """The named tool is called. Its arguments are what the model wrote: vLLM holds them to no schema, so the
    gateway's check of tool calls is what stands between them and the app."""
    found, _ = ask(client, desk, name)
    if isinstance(found, list):
        calls = [c for chunk in found for choice in chunk.choices for c in choice.delta.tool_calls or ()]
    else:
        calls = list(found.choices[0].message.tool_calls)
    assert [call.function.name for call in calls if call.function.name] == ["get_weather"]
    arguments = orjson.loads("".join(call.function.arguments or "" for call in calls))
    assert isinstance(arguments, str)


def test_a_tool_that_need_not_be_called(client: OpenAI, desk: Desk) -> None:
    """The model answers in text."""
    answer, _ = ask(client, desk, "tool-auto")
    assert answer.choices[0].message.content and not answer.choices[0].message.tool_calls


@pytest.mark.parametrize(
    ("name", "param"),
    [("too-many-tokens", "max_tokens"), ("bad-temperature", "temperature"), ("bad-schema", None)],
)
def test_the_apps_own_fault(client: OpenAI, desk: Desk, name: str, param: str | None) -> None:
    """Reaches the app as vLLM says it, in OpenAI's shape: vLLM's `code` is a number, its `type` the name of
    a Python class."""
    desk.scripted.reply, desk.scripted.rest = recorded(name), b""
    with pytest.raises(BadRequestError) as caught:  # the gateway itself would refuse what led to some of them
        client.chat.completions.create(**{**CHATS["chat"], "model": ODD})
    assert (caught.value.type, caught.value.code, caught.value.param) == (
        "invalid_request_error",
        None,
        param,
    )
    [attempt] = desk.gateway.attempt_rows(caught.value.response.headers["x-tiergate-request-id"])
    assert (attempt["http_status"], attempt["cost_state"]) == (400, "free")


@pytest.mark.parametrize(("name", "status"), [("too-long", 400), ("unknown-model", 404), ("wrong-key", 401)])
def test_no_fault_of_the_apps(client: OpenAI, desk: Desk, name: str, status: int) -> None:
    """Another candidate might do; where there is none the app learns which endpoint said what."""
    desk.scripted.reply, desk.scripted.rest = recorded(name), b""
    with pytest.raises(APIStatusError, match=f"odd-endpoint: HTTP {status}") as caught:
        client.chat.completions.create(**{**CHATS["chat"], "model": ODD})
    assert caught.value.status_code == 502
