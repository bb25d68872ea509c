"""What can be checked of any answer by its structure alone: it is whole, and it is what was asked for.

`passed` needs something positive to have been checked (the caller's JSON schema, JSON, tool arguments);
plain text that is merely whole stays `unverified`. A bad sign (empty, cut off, loop) is `failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.value import value

Check = Callable[[Any], str | None]
"""Takes a parsed value; returns what is wrong with it, or None."""

_FUNCTION = (None, "function")
"""Types of calls whose arguments follow a JSON Schema; some servers leave the type out."""


@value
class Expectation:
    """What the request itself says of a right answer.

    `json` is None for free text; `tools` maps the names of offered functions to the check of their arguments.
    """

    json: Check | None
    tools: Mapping[str, Check]


def expectation(payload: Mapping[str, Any]) -> Expectation:
    """Reads `response_format`, `tools` and the older `functions`. An invalid schema checks nothing."""
    form = payload.get("response_format") or {}
    check: Check | None = None
    if form.get("type") == "json_object":
        check = _is_object
    elif form.get("type") == "json_schema":
        check = _schema_check((form.get("json_schema") or {}).get("schema"))
    functions = [tool["function"] for tool in payload.get("tools") or () if tool.get("function")]
    functions += payload.get("functions") or ()
    tools = {
        function["name"]: _schema_check(function.get("parameters"))
        for function in functions
        if isinstance(function.get("name"), str)
    }
    return Expectation(check, tools)


def check_completion(completion: Mapping[str, Any], expected: Expectation) -> Finding:
    """The verdict on a whole chat completion: that of its worst choice."""
    choices = completion.get("choices") or ()
    if not choices:
        return Finding(Verdict.FAILED, "no choices")
    findings = [_choice(choice, expected) for choice in choices]
    order = (Verdict.FAILED, Verdict.UNVERIFIED, Verdict.PASSED)
    return min(findings, key=lambda finding: order.index(finding.verdict))


def _choice(choice: Mapping[str, Any], expected: Expectation) -> Finding:
    message = choice.get("message") or {}
    calls = message.get("tool_calls") or _older_call(message)
    content = message.get("content")
    if choice.get("finish_reason") == "length":
        return Finding(Verdict.FAILED, "cut off by the token limit")
    if message.get("refusal"):
        return Finding(Verdict.UNVERIFIED, "the model refused")
    if calls:
        return _calls(calls, expected.tools)
    if not isinstance(content, str) or not content.strip():
        return Finding(Verdict.FAILED, "empty answer")
    if expected.json is None:
        return Finding(Verdict.UNVERIFIED, "free text")
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return Finding(Verdict.FAILED, f"not JSON: {error.msg}")
    wrong = expected.json(value)
    if wrong:
        return Finding(Verdict.FAILED, wrong)
    return Finding(Verdict.PASSED, "the JSON is as asked for")


def _older_call(message: Mapping[str, Any]) -> Any:
    """The `function_call` of a message, as models answer to `functions`, written as `tool_calls` are."""
    function = message.get("function_call")
    return [{"function": function}] if isinstance(function, dict) else ()


def _calls(calls: Any, tools: Mapping[str, Check]) -> Finding:
    unchecked = None
    for call in calls:
        if call.get("type") not in _FUNCTION:
            unchecked = call["type"]
            continue
        function = call.get("function") or {}
        name = function.get("name")
        if not isinstance(name, str) or name not in tools:
            return Finding(Verdict.FAILED, f"called {name!r}, which was not offered")
        try:
            arguments = orjson.loads(function.get("arguments") or "{}")
        except orjson.JSONDecodeError as error:
            return Finding(Verdict.FAILED, f"arguments of {name} are not JSON: {error.msg}")
        wrong = _is_object(arguments) or tools[name](arguments)
        if wrong:
            return Finding(Verdict.FAILED, f"arguments of {name}: {wrong}")
    if unchecked is not None:
        kind = str(unchecked)[:40]
        return Finding(Verdict.UNVERIFIED, f"called a tool of type {kind!r}, which has no schema")
    return Finding(Verdict.PASSED, f"{len(calls)} tool call(s) fit their schemas")


def _is_object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "not a JSON object"


def _schema_check(schema: Any) -> Check:
    return _compiled(orjson.dumps(schema)) if isinstance(schema, dict) else _is_object


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> Check:
    """Compiled schemas, bounded. References are never fetched: they fail to compile."""
    try:
        validator = jsonschema_rs.validator_for(
            orjson.loads(schema), retriever=_no_retrieval, validate_formats=False
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return _is_object

    def check(value: Any) -> str | None:
        error = next(validator.iter_errors(value), None)
        if error is None:
            return None
        where = "".join(f"[{step!r}]" for step in error.instance_path)
        return f"{error.message[:200]}{' at ' + where if where else ''}"

    return check


def _no_retrieval(uri: str) -> Any:
    raise ValueError(f"schemas are not fetched: {uri}")
