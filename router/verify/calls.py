"""Tool calls against what the request offered: names, arguments, how many at once, and forced calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.value import value
from router.verify.schemas import Check, arguments_check, is_object, no_check

_FUNCTION = (None, "function")
"""Types of calls whose arguments follow a JSON Schema; some servers leave the type out."""


@value
class Offer:
    """What a request says of calls: functions with the check of their arguments; whether several calls may be
    made at once, one must be, none may be; and the names it restricts them to (None: all).
    """

    functions: Mapping[str, Check]
    parallel: bool
    required: bool
    forbidden: bool
    only: frozenset[str] | None


SAYS = ("tools", "functions", "tool_choice", "function_call", "parallel_tool_calls")
"""The fields of a request that `offer` reads."""


def offer(payload: Mapping[str, Any]) -> Offer:
    """Reads `tools`, `tool_choice`, `parallel_tool_calls` and the older `functions` and `function_call`."""
    listed = [tool["function"] for tool in payload.get("tools") or () if tool.get("function")]
    listed += payload.get("functions") or ()
    functions = {
        function["name"]: arguments_check(function.get("parameters"))
        for function in listed
        if isinstance(function.get("name"), str)
    }
    choice = payload.get("tool_choice", payload.get("function_call"))
    only = _names(choice) if isinstance(choice, dict) else None
    allowed = choice.get("allowed_tools") if isinstance(choice, dict) else None
    mode = allowed.get("mode") if isinstance(allowed, dict) else None
    return Offer(
        functions,
        payload.get("parallel_tool_calls") is not False,
        choice == "required" or (only is not None and mode != "auto"),
        choice == "none",
        only,
    )


def check_calls(calls: Any, offered: Offer) -> Finding:
    """`failed` on the first call that was not offered, is not allowed or does not fit its schema."""
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        return Finding(Verdict.FAILED, "the calls are no list of objects")
    fault = _unwanted(calls, offered)
    if fault:
        return Finding(Verdict.FAILED, fault)
    unproven = None
    for call in calls:
        if call.get("type") not in _FUNCTION:
            unproven = f"called a tool of type {str(call['type'])[:40]!r}, which has no schema"
        elif fault := _fault(call.get("function"), offered.functions):
            return Finding(Verdict.FAILED, fault)
        elif offered.functions[call["function"]["name"]] is no_check:
            unproven = f"called {call['function']['name']!r}, whose schema is not usable"
    if unproven is not None:
        return Finding(Verdict.UNVERIFIED, unproven)
    return Finding(Verdict.PASSED, f"{len(calls)} tool call(s) fit their schemas")


def missing_call(offered: Offer) -> str | None:
    """What is wrong with an answer without any call: one was forced."""
    if not offered.required:
        return None
    return f"no call, where one of {_listed(offered.only)} was forced" if offered.only else "no call was made"


def _unwanted(calls: Sequence[Any], offered: Offer) -> str | None:
    """What is wrong with the calls as a whole."""
    if offered.forbidden:
        return "called a tool, where tool_choice was none"
    if len(calls) > 1 and not offered.parallel:
        return f"{len(calls)} calls at once, where parallel_tool_calls was false"
    names = [_name(call) for call in calls]
    if offered.only is not None and (other := next((n for n in names if n not in offered.only), None)):
        return f"called {other!r}, where {_listed(offered.only)} was forced"
    return None


def _fault(function: Any, functions: Mapping[str, Check]) -> str | None:
    if not isinstance(function, dict):
        return "a call without a function"
    name = function.get("name")
    if not isinstance(name, str) or name not in functions:
        return f"called {name!r}, which was not offered"
    try:
        arguments = orjson.loads(function.get("arguments") or "{}")
    except orjson.JSONDecodeError as error:
        return f"arguments of {name} are not JSON: {error.msg}"
    wrong = is_object(arguments) or functions[name](arguments)
    return f"arguments of {name}: {wrong}" if wrong else None


def _name(call: Mapping[str, Any]) -> str | None:
    kind = call.get("type")
    part = call.get("function") or (call.get(kind) if isinstance(kind, str) else None)
    name = part.get("name") if isinstance(part, dict) else None
    return name if isinstance(name, str) else None


def _names(choice: Mapping[str, Any]) -> frozenset[str] | None:
    """The names a choice restricts calls to; None when it names none."""
    if isinstance(choice.get("name"), str):
        return frozenset({choice["name"]})
    allowed = choice.get("allowed_tools")
    listed = allowed.get("tools") or () if isinstance(allowed, dict) else (choice,)
    names = {_name(one) for one in listed if isinstance(one, dict)}
    return frozenset(name for name in names if name) or None


def _listed(names: frozenset[str] | None) -> str:
    return ", ".join(map(repr, sorted(names or ())))
