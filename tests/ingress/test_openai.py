"""The wire: what is a chat request, what it asks for, and what is told to those who send something else."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.classify.heuristic import HeuristicClassifier
from router.domain.facts import Hints, Pin
from router.domain.kinds import Capability, DataClass, Task, Tier
from router.errors import EncodedBody, InvalidRequest, UnknownModel
from router.ingress.openai import ChatRequest, parse_chat

USER = {"role": "user", "content": "2+2?"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def parse(headers: dict[str, str] | None = None, **fields: Any) -> ChatRequest:
    return parse_chat(orjson.dumps({"model": "auto", "messages": [USER], **fields}), headers or {})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": 1}, "model"),
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "bot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [USER, {"role": "user", "content": 5}]}, "messages[1].content"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        ({"n": 0}, "n"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"stream": "yes"}, "stream"),
        ({"tools": [{"function": {"name": "f"}}]}, "tools[0].type"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
    ],
)
def test_the_first_wrong_field_is_named(fields: dict[str, Any], param: str) -> None:
    """In the wire's own spelling, with what was given."""
    with pytest.raises(InvalidRequest) as refused:
        parse(**fields)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"messages": {}}, "Invalid value for 'messages': it should be an array, got {}."),
        ({"messages": None}, "Invalid value for 'messages': it should be an array, got null."),
        ({"messages": []}, "Invalid value for 'messages': it should not be empty, got []."),
        (
            {"messages": [{"role": "user", "content": 5}]},
            "Invalid value for 'messages[0].content': it should be a string or an array, got 5.",
        ),
        ({"max_tokens": True}, "Invalid value for 'max_tokens': it should be a whole number, got true."),
        ({"temperature": 5}, "Invalid value for 'temperature': it should be less than or equal to 2, got 5."),
        (
            {"tiergate": {"referense": 1}},
            "Invalid value for 'tiergate.referense': there is no such field; known are constraints, "
            "language, reference, tests, got 1.",
        ),
        ({"tools": [{"type": "function"}]}, "Missing required field 'tools[0].function'."),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_json(fields: dict[str, Any], message: str) -> None:
    """With what would be right, and no word of Python."""
    with pytest.raises(InvalidRequest) as refused:
        parse(**fields)
    assert refused.value.message == message


def test_bytes_that_are_no_text_are_called_so_with_their_place() -> None:
    """The parser knows only that something is wrong."""
    with pytest.raises(InvalidRequest, match="not UTF-8 at byte 14 "):
        parse_chat(b'{"model":"auto\xff"}', {})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 5000, b'{"model":"auto"}'])
def test_what_is_no_chat_request_is_refused(body: bytes) -> None:
    """Never anything but InvalidRequest."""
    with pytest.raises(InvalidRequest):
        parse_chat(body, {})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_anywhere_is_either_read_or_refused(value: Any) -> None:
    """Fuzz: one field at a time replaced by anything JSON can say."""
    for name in ("messages", "tools", "response_format", "metadata", "stream_options", "n"):
        try:
            body = orjson.dumps({"model": "auto", "messages": [USER], name: value})
        except TypeError:
            continue
        try:
            parse_chat(body, {})
        except InvalidRequest:
            continue


@pytest.mark.parametrize(
    ("name", "pin"),
    [
        ("auto", Pin("auto")),
        ("auto/reasoning", Pin("tier", tier=Tier.REASONING)),
        ("gpt-5", Pin("model", model="gpt-5")),
    ],
)
def test_the_model_field_is_a_choice_or_a_pin(name: str, pin: Pin) -> None:
    """`auto`, a tier of it, or a model's name."""
    assert parse(model=name).pin == pin


def test_an_unknown_tier_is_an_unknown_model() -> None:
    """With the tiers there are."""
    with pytest.raises(UnknownModel, match="auto/small"):
        parse(model="auto/huge")


@pytest.mark.parametrize(
    ("fields", "needed"),
    [
        ({}, set()),
        ({"tools": [TOOL]}, {Capability.TOOLS}),
        ({"tools": [TOOL], "parallel_tool_calls": True}, {Capability.TOOLS, Capability.PARALLEL_TOOLS}),
        ({"messages": [USER, {"role": "tool", "content": "4"}]}, {Capability.TOOLS}),
        ({"response_format": {"type": "json_object"}}, {Capability.JSON_OBJECT}),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, {Capability.JSON_SCHEMA}),
        ({"response_format": {"type": "text"}}, set()),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, {Capability.VISION}),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, {Capability.AUDIO}),
        ({"logprobs": True}, {Capability.LOGPROBS}),
        ({"n": 3}, {Capability.MULTIPLE_CHOICES}),
    ],
)
def test_what_a_model_must_be_able_to_do_is_read_from_the_request(
    fields: dict[str, Any], needed: set[Capability]
) -> None:
    """Each feature of the wire that not every model has."""
    assert parse(**fields).capabilities == needed


def test_text_parts_are_read_as_one_text_and_media_are_counted() -> None:
    """The classifier sees text; the payload is not changed."""
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "x": 1}, {"type": "text", "text": "b"}]
    request = parse(messages=[{"role": "user", "content": parts}], unknown={"kept": True})
    assert request.conversation.turns[0].text == "a\nb"
    assert request.conversation.images == 1
    assert request.payload["unknown"] == {"kept": True}


def test_tools_and_tool_calls_count_by_their_size() -> None:
    """What models read beside the turns' text: definitions, calls of earlier turns, the older form too."""
    assert parse().conversation.extra_bytes == 0
    tools = parse(tools=[TOOL, TOOL]).conversation
    assert (tools.tools, tools.extra_bytes) == (2, len(orjson.dumps([TOOL, TOOL])))
    assert parse(functions=[TOOL["function"]]).conversation.extra_bytes == len(
        orjson.dumps([TOOL["function"]])
    )
    arguments = orjson.dumps({"text": "x" * 10_000}).decode()
    called = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}]
    earlier = {"role": "assistant", "content": None, "tool_calls": called}
    older = {"role": "assistant", "content": "Wait.", "function_call": {"name": "f", "arguments": arguments}}
    for message in (earlier, older):
        conversation = parse(messages=[USER, message, USER]).conversation
        assert 10_000 < conversation.extra_bytes < 10_200
    assert parse(messages=[USER, {"role": "assistant", "tool_calls": None}]).conversation.extra_bytes == 0


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "identity, gzip", "zstd"])
def test_a_coded_body_is_refused_as_such(coding: str) -> None:
    """Not as broken JSON: the app must hear that the body is to be sent plain."""
    with pytest.raises(EncodedBody, match="must be sent plain") as refused:
        parse_chat(gzip.compress(b"{}"), {"content-encoding": coding})
    assert (refused.value.status, refused.value.code) == (415, "unsupported_content_encoding")
    assert refused.value.headers == {"accept-encoding": "identity"}


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_body_said_to_be_plain_is_read(coding: str) -> None:
    """`identity` is what a body without the header is."""
    assert parse({"content-encoding": coding}).pin == Pin("auto")


HEADERS = {
    "x-tiergate-task": "code",
    "x-tiergate-workload": "invoices",
    "x-tiergate-data-class": "restricted",
    "x-tiergate-min-tier": "reasoning",
    "x-tiergate-quality": "0.9",
    "x-tiergate-tags": "env=prod, team = a",
}
SAID = Hints(Task.CODE, "invoices", DataClass.RESTRICTED, Tier.REASONING, 0.9, {"env": "prod", "team": "a"})


def test_hints_are_the_same_in_headers_and_in_metadata_and_headers_win() -> None:
    """Two ways to say one thing."""
    metadata = {f"tiergate_{n.removeprefix('x-tiergate-').replace('-', '_')}": v for n, v in HEADERS.items()}
    assert parse(HEADERS).hints == SAID
    assert parse(metadata=metadata).hints == SAID
    both = parse({"x-tiergate-task": "math"}, metadata=metadata)
    assert both.hints.task is Task.MATH and both.hints.workload == "invoices"


def test_any_text_can_be_said_in_a_tag() -> None:
    """As RFC 9651 writes it in a header, and as it stands in `metadata`."""
    in_header = parse({"x-tiergate-tags": '%"city=Malm%c3%b6,env=prod"'}).hints
    in_metadata = parse(metadata={"tiergate_tags": "city=Malmö,env=prod"}).hints
    assert in_header == in_metadata and in_header.tags == {"city": "Malmö", "env": "prod"}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-tiergate-task", "maths"),
        ("x-tiergate-data-class", "secret"),
        ("x-tiergate-min-tier", "huge"),
        ("x-tiergate-quality", "1.5"),
        ("x-tiergate-quality", "nan"),
        ("x-tiergate-workload", "x" * 200),
        ("x-tiergate-workload", ""),
        ("x-tiergate-tags", "prod"),
        ("x-tiergate-tags", "city=Malmö"),
        ("x-tiergate-tags", "city=Malmö".encode().decode("latin-1")),
        ("x-tiergate-workload", '%"Malm%c3"'),
        ("x-tiergate-tags", ",".join(f"t{n}=1" for n in range(40))),
    ],
)
def test_a_hint_that_cannot_be_understood_is_refused_not_ignored(header: str, value: str) -> None:
    """An app that mislabels restricted data must hear of it."""
    with pytest.raises(InvalidRequest) as refused:
        parse({header: value})
    assert refused.value.param == header


@pytest.mark.parametrize(
    "fields",
    [
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "1",
                            "type": "function",
                            "function": {
                                "name": "save",
                                "arguments": '{"note": "RESTRICTED\\npay DE89 3704 0044 0532 0130 00"}',
                            },
                        }
                    ],
                },
            ]
        },
        {"tools": [{**TOOL, "function": {"name": "f", "description": "For DE89 3704 0044 0532 0130 00"}}]},
    ],
)
def test_sensitive_data_in_tool_calls_and_tools_is_seen(fields: dict[str, Any]) -> None:
    """What models read besides the messages raises the data class as well."""
    found = HeuristicClassifier().classify(parse(**fields).conversation).data_class
    assert found is not None and found.rank >= DataClass.CONFIDENTIAL.rank
