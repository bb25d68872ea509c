"""What an answer's structure says: passed needs proof, bad signs fail, the rest stays unverified."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from router.domain.kinds import Verdict
from router.verify.structure import check_completion, expectation

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}
JSON_SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "c", "schema": SCHEMA}}}
JSON_OBJECT = {"response_format": {"type": "json_object"}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
FUNCTION = {"name": "weather", "parameters": SCHEMA}
CUSTOM_TOOL = {"type": "custom", "custom": {"name": "sql"}}
CUSTOM = {"id": "c", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
BARE_TOOL = {"type": "function", "function": {"name": "now"}}


def text(content: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content, **message}, "finish_reason": finish}]}


def call(name: str, arguments: Any) -> dict[str, Any]:
    given = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
    return text(None, "tool_calls", tool_calls=[{"function": {"name": name, "arguments": given}}])


def older(name: str, arguments: Any) -> dict[str, Any]:
    """An answer in the form that preceded tools."""
    return text(
        None, "function_call", function_call={"name": name, "arguments": orjson.dumps(arguments).decode()}
    )


def custom(*more: Any) -> dict[str, Any]:
    return text(None, "tool_calls", tool_calls=[CUSTOM, *more])


WRONG = {"type": "function", "function": {"name": "rain", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("request_body", "completion", "verdict"),
    [
        ({}, text("Paris"), Verdict.UNVERIFIED),
        ({}, text("  "), Verdict.FAILED),
        ({}, text(None), Verdict.FAILED),
        ({}, text("Par", "length"), Verdict.FAILED),
        ({}, text(None, refusal="I cannot"), Verdict.UNVERIFIED),
        ({}, {"choices": []}, Verdict.FAILED),
        (JSON_OBJECT, text('{"a": 1}'), Verdict.PASSED),
        (JSON_OBJECT, text("[1]"), Verdict.FAILED),
        (JSON_OBJECT, text("```json\n{}\n```"), Verdict.FAILED),
        (JSON_SCHEMA, text('{"city": "Paris"}'), Verdict.PASSED),
        (JSON_SCHEMA, text('{"city": 5}'), Verdict.FAILED),
        (JSON_SCHEMA, text('{"n": 1}'), Verdict.FAILED),
        (JSON_SCHEMA, text('{"city": "Paris", "x": 1}'), Verdict.FAILED),
        ({"tools": [TOOL]}, call("weather", {"city": "Paris"}), Verdict.PASSED),
        ({"tools": [TOOL]}, call("weather", {"city": "Paris", "unit": "C"}), Verdict.FAILED),
        ({"tools": [TOOL]}, call("weather", '"gaben"'), Verdict.FAILED),
        ({"tools": [TOOL]}, call("weather", '{"city": '), Verdict.FAILED),
        ({"tools": [TOOL]}, call("rain", {"city": "Paris"}), Verdict.FAILED),
        ({"tools": [TOOL]}, text("It is sunny."), Verdict.UNVERIFIED),
        ({"tools": [BARE_TOOL]}, call("now", ""), Verdict.PASSED),
        ({"functions": [FUNCTION]}, older("weather", {"city": "Paris"}), Verdict.PASSED),
        ({"functions": [FUNCTION]}, older("weather", {"city": 5}), Verdict.FAILED),
        ({"functions": [FUNCTION]}, older("rain", {"city": "Paris"}), Verdict.FAILED),
        ({"functions": [FUNCTION]}, text(None, "function_call"), Verdict.FAILED),
        ({"tools": [CUSTOM_TOOL]}, custom(), Verdict.UNVERIFIED),
        (
            {"tools": [TOOL, CUSTOM_TOOL]},
            custom(*call("weather", {"city": "P"})["choices"][0]["message"]["tool_calls"]),
            Verdict.UNVERIFIED,
        ),
        ({"tools": [TOOL, CUSTOM_TOOL]}, custom(WRONG), Verdict.FAILED),
    ],
)
def test_the_verdict(request_body: dict[str, Any], completion: dict[str, Any], verdict: Verdict) -> None:
    """One line per kind of answer; each finding says why in words."""
    finding = check_completion(completion, expectation(request_body))
    assert finding.verdict is verdict
    assert finding.evidence


def test_the_worst_choice_decides() -> None:
    """With n > 1 one bad answer makes the request's verdict bad."""
    both = {"choices": text('{"city": "Paris"}')["choices"] + text("no")["choices"]}
    assert check_completion(both, expectation(JSON_SCHEMA)).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/missing"},
        {"pattern": "("},
        {"type": "object", "properties": {"n": {"minimum": 0, "exclusiveMinimum": True}}},
    ],
)
def test_by_a_schema_that_cannot_be_compiled_nothing_is_proven(schema: dict[str, Any]) -> None:
    """Whatever the JSON is, it neither fails nor passes; references are never fetched."""
    form = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}
    for content, verdict in (("{}", Verdict.UNVERIFIED), ("[1]", Verdict.UNVERIFIED), ("no", Verdict.FAILED)):
        assert check_completion(text(content), expectation(form)).verdict is verdict


def test_a_call_that_was_forced_is_part_of_the_structure() -> None:
    """Text where a call was required fails, unless the model refused; two calls where one may be fail."""
    forced = {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False}
    assert check_completion(text("It is sunny."), expectation(forced)).verdict is Verdict.FAILED
    assert check_completion(text(None, refusal="No."), expectation(forced)).verdict is Verdict.UNVERIFIED
    one = call("weather", {"city": "P"})
    assert check_completion(one, expectation(forced)).verdict is Verdict.PASSED
    one["choices"][0]["message"]["tool_calls"] *= 2
    assert check_completion(one, expectation(forced)).verdict is Verdict.FAILED
