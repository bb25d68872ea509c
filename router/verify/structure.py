"""What can be checked of any answer by its structure alone: it is whole, and it is what was asked for.

`passed` needs something positive to have been checked (the caller's JSON schema, JSON, tool arguments);
plain text that is merely whole stays `unverified`. A bad sign (empty, cut off) is `failed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.value import value
from router.verify import calls
from router.verify.calls import Offer, check_calls, missing_call, offer
from router.verify.port import worst
from router.verify.schemas import Check, is_object, no_check, schema_check


@value
class Expectation:
    """What the request itself says of a right answer: its JSON (None for free text) and its tool calls."""

    json: Check | None
    calls: Offer


_FREE_TEXT = Finding(Verdict.UNVERIFIED, "free text", idle=True)
_BROKEN_SCHEMA = Finding(Verdict.UNVERIFIED, "JSON, but its schema is not usable")
SAYS = frozenset({"response_format", *calls.SAYS})
"""The fields of a request that `expectation` reads."""


def expectation(payload: Mapping[str, Any]) -> Expectation:
    """Reads `response_format` and what is said of tools. By an invalid schema nothing is proven."""
    form = payload.get("response_format") or {}
    check: Check | None = None
    if form.get("type") == "json_object":
        check = is_object
    elif form.get("type") == "json_schema":
        check = schema_check((form.get("json_schema") or {}).get("schema"))
    return Expectation(check, offer(payload))


def check_completion(completion: Mapping[str, Any], expected: Expectation) -> Finding:
    """The verdict on a whole chat completion: that of its worst choice."""
    choices = completion.get("choices") or ()
    if not choices:
        return Finding(Verdict.FAILED, "no choices")
    return worst([_choice(choice, expected) for choice in choices])


def _choice(choice: Mapping[str, Any], expected: Expectation) -> Finding:
    message = choice.get("message") or {}
    called = message.get("tool_calls") or _older_call(message)
    content = message.get("content")
    if choice.get("finish_reason") == "length":
        return Finding(Verdict.FAILED, "cut off by the token limit")
    if message.get("refusal"):
        return Finding(Verdict.UNVERIFIED, "the model refused")
    if called:
        return check_calls(called, expected.calls)
    if forced := missing_call(expected.calls):
        return Finding(Verdict.FAILED, forced)
    if not isinstance(content, str) or not content.strip():
        return Finding(Verdict.FAILED, "empty answer")
    if expected.json is None:
        return _FREE_TEXT
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return Finding(Verdict.FAILED, f"not JSON: {error.msg}")
    wrong = expected.json(value)
    if wrong:
        return Finding(Verdict.FAILED, wrong)
    if expected.json is no_check:
        return _BROKEN_SCHEMA
    return Finding(Verdict.PASSED, "the JSON is as asked for")


def _older_call(message: Mapping[str, Any]) -> Any:
    """The `function_call` of a message, as models answer to `functions`, written as `tool_calls` are."""
    function = message.get("function_call")
    return [{"function": function}] if isinstance(function, dict) else ()
