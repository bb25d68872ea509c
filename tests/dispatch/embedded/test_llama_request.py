"""What of a request reaches llama.cpp."""

from __future__ import annotations

from typing import Any

import pytest

from router.dispatch.llama_request import MAX_SCHEMA_BYTES, llama_failure, llama_request
from router.dispatch.port import BrokenReply
from router.dispatch.replies import Refused

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}


def test_server_instructions_do_not_pass() -> None:
    """Fields that llama.cpp reads as orders to its server are left out; chat fields and sampling pass."""
    orders = {"id_slot": 0, "grammar": "root ::= [a", "lora": [{"id": 0}], "n_predict": 9, "verbose": True}
    request = llama_request({**HELLO, **orders, "temperature": 0.1, "top_k": 3, "stream": False}, 100)
    assert request == {
        **HELLO,
        "temperature": 0.1,
        "top_k": 3,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
    }


def test_both_names_of_the_output_limit_work() -> None:
    """`max_completion_tokens` wins over the older `max_tokens`."""
    assert llama_request({**HELLO, "max_tokens": 3}, 100)["max_tokens"] == 3
    assert llama_request({**HELLO, "max_tokens": 3, "max_completion_tokens": 5}, 100)["max_tokens"] == 5
    assert llama_request({**HELLO, "max_tokens": 3, "max_completion_tokens": None}, 100)["max_tokens"] == 3


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"n": 2}, None, "n"),
        ({"messages": []}, None, "messages"),
        ({"messages": "hi"}, None, "messages"),
        ({"messages": HELLO["messages"] * 101}, "context_length_exceeded", "messages"),
        ({"tools": ["x" * MAX_SCHEMA_BYTES]}, "schema_too_large", "response_format"),
    ],
)
def test_what_cannot_be_served_is_refused_before_any_work(
    fields: dict[str, Any], code: str | None, param: str
) -> None:
    """Each refusal is a 400 that names the field at fault."""
    with pytest.raises(Refused) as refused:
        llama_request({**HELLO, **fields}, 100)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, code, param)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string", "minLength": 5, "maxLength": 2}, "at #, minLength 5 is more than maxLength 2"),
        ({"items": {"minItems": 2, "maxItems": 1}}, "at #/items, minItems 2 is more than maxItems 1"),
        (
            {"properties": {"a": {"pattern": "^a{5,2}$"}}},
            "at #/properties/a, the pattern wants something at least more often than at most",
        ),
        ({"$ref": "#/x", "x": {"minLength": 2, "maxLength": 1}}, "at #/x, minLength 2 is more than"),
    ],
)
@pytest.mark.parametrize("kind", ["json_schema", "json_object"])
def test_a_schema_that_is_compiled_for_ever_is_refused_before(
    schema: dict[str, Any], why: str, kind: str
) -> None:
    """Nothing could end the compilation, which holds a place of the model."""
    held = {"schema": schema}
    form = {"type": kind, **(held if kind == "json_object" else {"json_schema": held})}
    with pytest.raises(Refused) as refused:
        llama_request({**HELLO, "response_format": form}, 100)
    assert (refused.value.status, refused.value.param) == (400, "response_format")
    assert why in refused.value.message


def test_bounds_that_can_be_kept_pass() -> None:
    """Equal ones, open ones, and what only looks like bounds."""
    for schema in (
        {"type": "string", "minLength": 2, "maxLength": 2, "pattern": "^a{2,}b{0,3}$"},
        {"properties": {"minLength": {"type": "integer"}, "maxLength": {"type": "integer"}}},
    ):
        form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        assert llama_request({**HELLO, "response_format": form}, 100)["response_format"] == form


def test_errors_after_the_first_chunk_are_broken_replies() -> None:
    """Before it, the request's faults are 4xx and the engine's own are 500."""
    assert isinstance(llama_failure({"code": 500, "message": "x"}, HELLO, began=True), BrokenReply)
    own, theirs = (llama_failure({"code": c, "message": "x"}, HELLO, began=False) for c in (503, 422))
    assert isinstance(own, Refused)
    assert isinstance(theirs, Refused)
    assert (own.status, theirs.status) == (500, 422)
