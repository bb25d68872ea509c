"""A stream read frame by frame: bytes pass untouched unless they must change, and nothing owed is missed."""

from __future__ import annotations

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dispatch.aggregate import Aggregator
from router.dispatch.events import Event, EventReader
from router.dispatch.frames import FrameSplitter, frame_data
from router.dispatch.port import BrokenReply
from router.domain.catalog import RepetitionGuard, ServingProfile, Thinking
from router.domain.usage import Usage

QWQ = ServingProfile("qwq", {"temperature": 0.6}, True, Thinking("tags"), RepetitionGuard())


def frame(delta: dict[str, object], finish: str | None = None, **top: object) -> bytes:
    data = {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **top}
    return b"data: " + orjson.dumps(data) + b"\n\n"


USAGE = b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"
PLAIN = (
    frame({"role": "assistant", "content": ""}) + frame({"content": "4"}) + frame({}, "stop") + USAGE + DONE
)


def read(reader: EventReader, data: bytes, cuts: list[int]) -> list[Event]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    return [event for piece in pieces for event in reader.feed(piece)] + list(reader.finish())


@given(st.lists(st.integers(0, 500), max_size=12))
def test_a_plain_stream_passes_byte_for_byte_however_it_is_cut(cuts: list[int]) -> None:
    """Frames come out as they came in; usage, finish reason and completeness are read on the way."""
    reader = EventReader(None)
    events = read(reader, PLAIN, cuts)
    assert b"".join(event.raw for event in events) + DONE == PLAIN
    assert [event.substance for event in events] == [False, True, True, False]
    assert [event.usage_only for event in events] == [False, False, False, True]
    assert (reader.usage, reader.finish_reason, reader.complete) == (Usage(9, 0, 0, 3), "stop", True)


@given(st.lists(st.integers(0, 500), max_size=12))
def test_carriage_returns_and_comments_are_understood(cuts: list[int]) -> None:
    """The SSE standard allows CR LF line ends and comment lines."""
    splitter = FrameSplitter()
    data = b": ping\r\n\r\n" + PLAIN.replace(b"\n", b"\r\n")
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    frames = [f for a, b in pairwise(edges) for f in splitter.feed(data[a:b])]
    found = [frame_data(f) for f in frames + splitter.end()]
    assert found[0] == b"" and found[-1] == b"[DONE]" and len(found) == 6


def test_vllms_reasoning_field_becomes_reasoning_content() -> None:
    """Clients see one spelling."""
    (event,) = EventReader(None).feed(frame({"reasoning": "hm"}))
    assert orjson.loads(event.raw[6:])["choices"][0]["delta"] == {"reasoning_content": "hm"}
    assert event.substance


def test_thinking_in_tags_becomes_reasoning_content_while_it_streams() -> None:
    """A missing opening tag is normal for this profile."""
    reader = EventReader(QWQ)
    data = (
        b"".join(frame({"content": t}) for t in ("hm ", "so</th", "ink>\n\n4", "2"))
        + frame({}, "stop")
        + DONE
    )
    deltas = [event.data["choices"][0]["delta"] for event in read(reader, data, [])]
    assert "".join(d.get("reasoning_content") or "" for d in deltas) == "hm so"
    assert "".join(d.get("content") or "" for d in deltas) == "42"


def test_a_loop_ends_the_stream_as_cut_short() -> None:
    """The reader reports the end and gives clients a finish reason they know."""
    reader = EventReader(QWQ)
    events = read(reader, frame({"content": "Wait, again. " * 10}) * 100, [])
    assert reader.ended_by == "repetition"
    assert events[-1].data["choices"][0]["finish_reason"] == "length"
    assert len(events) < 100


@pytest.mark.parametrize(
    "data",
    [
        b"data: {broken\n\n",
        b"data: [1]\n\n",
        b'data: {"error":{"message":"CUDA out of memory"}}\n\n',
        b'data: {"error":"boom"}\n\n',
    ],
)
def test_what_is_no_chat_stream_is_a_broken_reply(data: bytes) -> None:
    """Errors in mid-stream and nonsense are failures of the upstream, with their reason."""
    with pytest.raises(BrokenReply):
        list(EventReader(None).feed(data))


def test_what_came_before_an_error_in_the_same_read_is_an_event() -> None:
    """The error is raised after the good frames, not instead of them."""
    events = EventReader(None).feed(frame({"content": "4"}) + b'data: {"error":"boom"}\n\n')
    assert next(events).substance
    with pytest.raises(BrokenReply, match="boom"):
        next(events)


def test_a_frame_without_end_is_refused() -> None:
    """Memory is bounded."""
    reader = EventReader(None)
    with pytest.raises(BrokenReply, match="larger"):
        for _ in range(9):
            list(reader.feed(b"x" * 1_000_000))


def test_characters_of_answers_thinking_and_arguments_are_counted() -> None:
    """The estimate for a broken stream rests on all that was written."""
    reader = EventReader(None)
    call = {"index": 0, "function": {"arguments": '{"a":1}'}}
    read(reader, frame({"content": "abc", "reasoning_content": "de"}) + frame({"tool_calls": [call]}), [])
    assert reader.characters == 3 + 2 + 7


def test_calls_in_the_older_and_the_custom_form_are_substance_and_counted() -> None:
    """`function_call` and tools of type `custom` are as much of an answer as text."""
    reader = EventReader(None)
    custom = {"index": 0, "type": "custom", "custom": {"name": "f", "input": "abc"}}
    older = frame({"function_call": {"name": "f", "arguments": '{"a"'}})
    events = read(reader, older + frame({"tool_calls": [custom]}), [])
    assert [event.substance for event in events] == [True, True]
    assert reader.characters == 4 + 3


def test_calls_in_the_older_and_the_custom_form_fold_back() -> None:
    """Their fragments are joined, not the last one kept."""
    aggregator = Aggregator()
    custom = {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "SELECT"}}
    parts = [
        frame({"function_call": {"name": "add", "arguments": '{"a":'}}),
        frame({"function_call": {"arguments": "1}"}}),
        frame({"tool_calls": [custom]}),
        frame({"tool_calls": [{"index": 0, "custom": {"input": " 1"}}]}, "stop"),
    ]
    for part in parts:
        aggregator.feed(orjson.loads(frame_data(part)))
    message = aggregator.completion()["choices"][0]["message"]
    assert message["function_call"] == {"name": "add", "arguments": '{"a":1}'}
    assert message["tool_calls"] == [
        {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    ]


def test_a_completion_can_be_asked_for_on_the_way() -> None:
    """It is what came until then, and more may follow."""
    aggregator = Aggregator()
    said = []
    for part in (frame({"content": ""}), frame({"content": "I "}), frame({"content": "add"}, "stop")):
        aggregator.feed(orjson.loads(frame_data(part)))
        said.append(aggregator.completion()["choices"][0]["message"]["content"])
    assert said == ["", "I ", "I add"]


def test_a_stream_folds_back_into_the_completion_it_was() -> None:
    """Text, tool call fragments, log probabilities and usage come together in order."""
    aggregator = Aggregator()
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "add", "arguments": ""}}
    parts = [
        frame({"role": "assistant", "content": "I "}, model="m", created=5),
        frame({"content": "add"}),
        frame({"tool_calls": [first]}),
        frame({"tool_calls": [{"index": 0, "function": {"arguments": '{"a":'}}]}),
        frame({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}, "tool_calls"),
        USAGE,
    ]
    for part in parts:
        aggregator.feed(orjson.loads(frame_data(part)))
    whole = aggregator.completion()
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    assert whole["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "I add", "tool_calls": [call]},
            "finish_reason": "tool_calls",
        }
    ]
    assert (whole["object"], whole["model"], whole["usage"]["prompt_tokens"]) == ("chat.completion", "m", 9)
