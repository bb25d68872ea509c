"""Tool calls hold to what the request offered, forced and forbade."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import Verdict
from router.verify.calls import check_calls, missing_call, offer

OPEN = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
NESTED = {
    "type": "object",
    "properties": {
        "filter": {"type": "object", "properties": {"n": {"type": "integer"}}},
        "tags": {"items": OPEN},
    },
}
COMBINED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "anyOf": [{"properties": {"b": {"type": "integer"}}}, {"properties": {"c": {"type": "integer"}}}],
}
REFERRED = {
    "type": "object",
    "properties": {"place": {"$ref": "#/$defs/place"}},
    "$defs": {"place": {"type": "object", "properties": {"city": {"type": "string"}}}},
}

OPENAPI = {"type": "object", "properties": {"n": {"minimum": 0, "exclusiveMinimum": True}}}
"""As OpenAPI 3.0 writes it, and JSON Schema does not: nothing can be checked by it."""


def tool(name: str, schema: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema}}


ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [tool("f", {})]}}


def calls(*named: tuple[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "function", "function": {"name": name, "arguments": orjson.dumps(arguments).decode()}}
        for name, arguments in named
    ]


@pytest.mark.parametrize(
    ("schema", "arguments", "verdict"),
    [
        (OPEN, {"city": "Rome"}, Verdict.PASSED),
        (OPEN, {"city": "Rome", "unit": "C"}, Verdict.FAILED),
        ({**OPEN, "additionalProperties": True}, {"city": "Rome", "unit": "C"}, Verdict.PASSED),
        ({**OPEN, "additionalProperties": {"type": "integer"}}, {"city": "Rome", "n": 1}, Verdict.PASSED),
        ({"type": "object"}, {"anything": 1}, Verdict.PASSED),
        ({"type": "object", "properties": {}}, {}, Verdict.PASSED),
        ({"type": "object", "properties": {}}, {"anything": 1}, Verdict.FAILED),
        (NESTED, {"filter": {"n": 1}, "tags": [{"city": "Rome"}]}, Verdict.PASSED),
        (NESTED, {"filter": {"n": 1, "m": 2}}, Verdict.FAILED),
        (NESTED, {"tags": [{"city": "Rome", "x": 1}]}, Verdict.FAILED),
        (COMBINED, {"a": 1, "b": 2}, Verdict.PASSED),
        (COMBINED, {"a": 1, "d": 2}, Verdict.FAILED),
        (REFERRED, {"place": {"city": "Rome"}}, Verdict.PASSED),
        (REFERRED, {"place": {"city": "Rome", "zip": 1}}, Verdict.FAILED),
        (None, {"anything": 1}, Verdict.PASSED),
        (OPENAPI, {"n": 1}, Verdict.UNVERIFIED),
        (OPENAPI, [1], Verdict.FAILED),
    ],
)
def test_invented_arguments_fail(schema: Any, arguments: Any, verdict: Verdict) -> None:
    """An argument the schema does not name fails, at any depth, unless the schema welcomes others."""
    offered = offer({"tools": [tool("f", schema)]})
    assert check_calls(calls(("f", arguments)), offered).verdict is verdict


@pytest.mark.parametrize(
    ("extra", "named", "verdict"),
    [
        ({}, ("f", "g"), Verdict.PASSED),
        ({"parallel_tool_calls": True}, ("f", "g"), Verdict.PASSED),
        ({"parallel_tool_calls": False}, ("f", "g"), Verdict.FAILED),
        ({"parallel_tool_calls": False}, ("g",), Verdict.PASSED),
        ({"tool_choice": "required"}, ("g",), Verdict.PASSED),
        ({"tool_choice": "none"}, ("g",), Verdict.FAILED),
        ({"tool_choice": "auto"}, ("g",), Verdict.PASSED),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, ("f",), Verdict.PASSED),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, ("g",), Verdict.FAILED),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, ("f", "g"), Verdict.FAILED),
        ({"function_call": {"name": "f"}}, ("g",), Verdict.FAILED),
        ({"tool_choice": ALLOWED}, ("g",), Verdict.FAILED),
    ],
)
def test_what_the_request_says_of_calls_holds(extra: Any, named: tuple[str, ...], verdict: Verdict) -> None:
    """Several calls at once, forced ones and forbidden ones."""
    offered = offer({"tools": [tool("f", None), tool("g", None)], **extra})
    assert check_calls(calls(*((name, {}) for name in named)), offered).verdict is verdict


@pytest.mark.parametrize(
    ("extra", "missing"),
    [
        ({}, False),
        ({"tool_choice": "auto"}, False),
        ({"tool_choice": "required"}, True),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, True),
        (
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "auto", "tools": [tool("f", {})]},
                }
            },
            False,
        ),
    ],
)
def test_a_forced_call_must_be_made(extra: Any, missing: bool) -> None:
    """Text alone does not do where a call was required."""
    assert bool(missing_call(offer({"tools": [tool("f", None)], **extra}))) is missing


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "function", "name", "arguments", "f"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_reply_makes_it_raise(said: Any) -> None:
    """Whatever an upstream calls a call, there is a verdict."""
    offered = offer({"tools": [tool("f", OPEN)], "tool_choice": "required"})
    check_calls(said, offered)
    check_calls([said], offered)
