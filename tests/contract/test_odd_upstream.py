"""Upstreams whose replies are no chat completions, or nearly: a clear error or the answer, never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from openai import APIError, InternalServerError, OpenAI

from tests.contract.chat import user
from tests.contract.conftest import Desk

MESSAGE = {"role": "assistant", "content": "Hello."}
CHOICE = {"index": 0, "message": MESSAGE, "finish_reason": "stop"}


def completion(**changes: Any) -> bytes:
    """A whole answer, somewhat changed."""
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [CHOICE]}
    return orjson.dumps({**whole, **changes})


def chunk(choices: Any = None, **changes: Any) -> bytes:
    """One event of a stream, somewhat changed."""
    choices = [{"index": 0, "delta": {"content": "Hello."}}] if choices is None else choices
    whole = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return orjson.dumps({**whole, **changes})


@pytest.fixture(autouse=True)
def _close_circuits(client: OpenAI, desk: Desk) -> Iterator[None]:
    """Each test leaves endpoints behind that work: none starts with an open circuit."""
    yield
    desk.scripted.streams(chunk(), END, b"[DONE]")
    for model in ("odd", "odd-thinker"):
        list(client.chat.completions.create(model=model, messages=user(), stream=True))


END = chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
NONSENSE = {
    "no json": b"<html>hello</html>",
    "empty": b"",
    "a list": b"[]",
    "an error as 200": b'{"error": {"message": "broken inside"}}',
    "no choices": completion(choices=[]),
    "choices null": completion(choices=None),
    "choices of nulls": completion(choices=[None]),
    "choices of words": completion(choices=["x"]),
    "choices no list": completion(choices={"0": CHOICE}),
    "no message": completion(choices=[{"index": 0, "finish_reason": "stop"}]),
    "message a word": completion(choices=[{**CHOICE, "message": "x"}]),
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
def test_whole_nonsense(client: OpenAI, desk: Desk, body: bytes) -> None:
    """A 200 that is no chat completion is an upstream failure, booked as one attempt of unknown cost."""
    desk.scripted.answers(body)
    with pytest.raises(InternalServerError) as caught:
        client.chat.completions.create(model="odd", messages=user())
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_failed")
    [attempt] = desk.gateway.attempt_rows(caught.value.response.headers["x-tiergate-request-id"])
    assert (attempt["status"], attempt["cost_state"]) == ("error", "usage_missing")


ODD_BUT_WHOLE = {
    "a number as finish reason": {"choices": [{**CHOICE, "finish_reason": 5}]},
    "an object as finish reason": {"choices": [{**CHOICE, "finish_reason": {"type": "stop"}}]},
    "usage null": {"usage": None},
    "usage a word": {"usage": "lots"},
    "usage negative": {"usage": {"prompt_tokens": -1, "completion_tokens": 2}},
    "usage in words": {"usage": {"prompt_tokens": "1", "completion_tokens": "2"}},
    "usage huge": {"usage": {"prompt_tokens": 2**63, "completion_tokens": 1}},
    "details null": {"usage": {"prompt_tokens": 1, "completion_tokens": 1, "prompt_tokens_details": None}},
}


@pytest.mark.parametrize("changes", ODD_BUT_WHOLE.values(), ids=ODD_BUT_WHOLE)
def test_odd_answers_are_booked(client: OpenAI, desk: Desk, changes: dict[str, Any]) -> None:
    """An answer with odd edges reaches the app as it is, and its row reaches the ledger."""
    desk.scripted.answers(completion(**changes))
    raw = client.chat.completions.with_raw_response.create(model="odd", messages=user())
    assert orjson.loads(raw.content) == orjson.loads(completion(**changes))
    row = desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    assert row["http_status"] == 200
    assert row["cost_state"] in ("priced", "usage_missing")


STREAMED_NONSENSE = {
    "no json": (b"hello",),
    "a list": (b"[1]",),
    "an error": (b'{"error": {"message": "broken inside"}}',),
    "an error in words": (b'{"error": "broken inside"}',),
    "nothing": (),
    "only done": (b"[DONE]",),
    "choices of nulls": (chunk([None]),),
    "choices no list": (chunk({"0": 1}),),
    "delta a word": (chunk([{"index": 0, "delta": "x"}]),),
    "content no text": (chunk([{"index": 0, "delta": {"content": 5}}]),),
    "tool calls no list": (chunk([{"index": 0, "delta": {"tool_calls": {"a": 1}}}]),),
    "tool calls of nulls": (chunk([{"index": 0, "delta": {"tool_calls": [None]}}]),),
    "no end": (chunk([{"index": 0, "delta": {"role": "assistant"}}]),),
}


@pytest.mark.parametrize("events", STREAMED_NONSENSE.values(), ids=STREAMED_NONSENSE)
@pytest.mark.parametrize("model", ["odd", "odd-thinker"])
def test_streamed_nonsense(client: OpenAI, desk: Desk, model: str, events: tuple[bytes, ...]) -> None:
    """A stream that never says anything is an upstream failure with its status, not a broken 200."""
    desk.scripted.streams(*events)
    with pytest.raises(InternalServerError) as caught:
        list(client.chat.completions.create(model=model, messages=user(), stream=True))
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_failed")
    [attempt] = desk.gateway.attempt_rows(caught.value.response.headers["x-tiergate-request-id"])
    assert attempt["status"] == "error"


MIDWAY = {
    "no json": b"hello",
    "an error": b'{"error": {"message": "broken inside"}}',
    "choices of nulls": chunk([None]),
    "content no text": chunk([{"index": 0, "delta": {"content": 5}}]),
    "the end of the connection": chunk(),
}


@pytest.mark.parametrize("last", MIDWAY.values(), ids=MIDWAY)
def test_nonsense_midway(client: OpenAI, desk: Desk, last: bytes) -> None:
    """A stream that breaks after its first words ends in an error event without [DONE], and is booked."""
    desk.scripted.streams(chunk(), rest=[last])
    with client.chat.completions.with_streaming_response.create(
        model="odd", messages=user(), stream=True
    ) as raw:
        lines = raw.iter_lines()
        assert "Hello." in next(lines)
        desk.scripted.release()
        rest = [line for line in lines if line]
        row = desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    error = orjson.loads(rest[-1].removeprefix("data: "))["error"]
    assert (error["type"], error["code"]) == ("upstream_error", "upstream_broke_off")
    assert "[DONE]" not in "".join(rest)
    assert (row["outcome"], row["error_code"]) == ("exhausted", "upstream_broke_off")
    assert (row["cost_state"], row["usage_estimated"]) == ("estimated", True)


def test_client_notices_a_broken_stream(client: OpenAI, desk: Desk) -> None:
    """The official client raises when a stream breaks off; it does not take it for a short answer."""
    desk.scripted.streams(chunk(), rest=[b"hello"])
    stream = iter(client.chat.completions.create(model="odd", messages=user(), stream=True))
    assert next(stream).choices[0].delta.content == "Hello."
    desk.scripted.release()
    with pytest.raises(APIError, match="broke off"):
        list(stream)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((chunk(), END), id="no done"),
        pytest.param((b"", chunk(), END, b"[DONE]", b"[DONE]"), id="two dones"),
        pytest.param((chunk(), END, chunk([], usage={"prompt_tokens": "x"}), b"[DONE]"), id="odd usage"),
        pytest.param(
            (chunk(), chunk([{"index": 0, "delta": None, "finish_reason": {"a": 1}}]), b"[DONE]"),
            id="odd end",
        ),
    ],
)
def test_odd_streams_are_booked(client: OpenAI, desk: Desk, events: tuple[bytes, ...]) -> None:
    """A stream with odd edges reaches the app with exactly one [DONE], and its row the ledger."""
    desk.scripted.streams(*events)
    with client.chat.completions.with_streaming_response.create(
        model="odd", messages=user(), stream=True
    ) as raw:
        text = raw.read().decode()
        row = desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    assert text.count("[DONE]") == 1
    assert "Hello." in text
    assert row["http_status"] == 200


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"", id="closed at once"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", id="cut short"),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", id="redirect"
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", id="no content"),
        pytest.param(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", id="our key refused"),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_other_replies(client: OpenAI, desk: Desk, reply: bytes, streaming: bool) -> None:
    """Whatever is no answer at all is an upstream failure; redirects are not followed."""
    desk.scripted.reply = reply
    with pytest.raises(InternalServerError) as caught:
        client.chat.completions.create(model="odd", messages=user(), stream=streaming)
    assert caught.value.code == "upstream_failed"
