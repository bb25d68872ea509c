"""Is a reply right? Evaluates a prompt's machine check on the reply that came back.

integer      {"value": 42}: the number after "Answer:", in a \\boxed{}, or else the last one
exact        {"value": "..."}: the whole reply, but for case, white space and enclosing marks
contains     {"all": [...], "any": [...], "none": [...]}: texts, without regard to case
choice       {"value": "b", "options": ["a", "b"]}: exactly this one of the options is named
json_schema  {"equals": {...}}: JSON that satisfies the request's schema and has these values
tool_call    {"calls": [{"name": ..., "arguments": {...}}]}: these calls, in any order, and no others
python_tests {"function": "f", "tests": ["assert f(1) == 2"]}: in isolation, see `verify.code`
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from router.domain.kinds import Verdict
from router.sandbox.prompts import Prompt
from router.verify.code import Assertions, check_code

_FENCE = re.compile(r"^```[a-zA-Z]*\n(.*?)\n?```\s*$", re.DOTALL)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_ANSWER = re.compile(r"answer\s*(?:is|:|=)?\s*\**\s*\$?(-?\d[\d,]*)(?![\d.]*\d)", re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\{\s*(-?\d[\d,]*)\s*\}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got: text and tool calls as (name, arguments JSON text)."""

    content: str | None
    tool_calls: tuple[tuple[str, str], ...] = ()


def passes(prompt: Prompt, answer: Answer) -> bool | None:
    """Whether the reply passes; None where the prompt has no check, or none that can be run on this machine.

    Raises ValueError for an unknown one.
    """
    check = prompt.check
    if check is None:
        return None
    text = (answer.content or "").strip()
    match check["type"]:
        case "integer":
            return _integer(text) == int(check["value"])
        case "exact":
            return _bare(text) == _bare(check["value"])
        case "contains":
            return _contains(check, text)
        case "choice":
            return _choice(check, text)
        case "json_schema":
            return _json(check, prompt.body.get("response_format", {}), text)
        case "tool_call":
            return _tool_calls(check["calls"], answer.tool_calls)
        case "python_tests":
            return _python_tests(check, text)
        case other:
            raise ValueError(f"unknown check {other!r} in prompt {prompt.id}")


def _integer(text: str) -> int | None:
    named = _BOXED.findall(text) or _ANSWER.findall(text)
    found = named or _NUMBER.findall(text)
    if not found:
        return None
    last = found[-1].replace(",", "")
    return int(float(last)) if float(last).is_integer() else None


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(" .!\"'`*。").casefold()


def _contains(check: Mapping[str, Any], text: str) -> bool:
    low = text.casefold()
    return (
        bool(text)
        and all(part.casefold() in low for part in check.get("all", []))
        and not any(part.casefold() in low for part in check.get("none", []))
        and (not check.get("any") or any(part.casefold() in low for part in check["any"]))
    )


def _choice(check: Mapping[str, Any], text: str) -> bool:
    named = {o for o in check["options"] if re.search(rf"(?<!\w){re.escape(o)}(?!\w)", text, re.IGNORECASE)}
    return named == {check["value"]}


def _json(check: Mapping[str, Any], response_format: Mapping[str, Any], text: str) -> bool:
    fenced = _FENCE.match(text)
    try:
        value = json.loads(fenced.group(1) if fenced else text)
    except ValueError:
        return False
    schema = check.get("schema") or response_format.get("json_schema", {}).get("schema", {"type": "object"})
    if not isinstance(value, dict) or not jsonschema_rs.is_valid(schema, value):
        return False
    return all(_same(value.get(name), wanted) for name, wanted in check["equals"].items())


def _tool_calls(wanted: list[dict[str, Any]], got: tuple[tuple[str, str], ...]) -> bool:
    left = list(wanted)
    for name, arguments in got:
        try:
            parsed = json.loads(arguments)
        except ValueError:
            return False
        match = next((w for w in left if w["name"] == name and _same(parsed, w["arguments"])), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _python_tests(check: Mapping[str, Any], text: str) -> bool | None:
    finding = check_code(text, Assertions(tuple(check["tests"]), (check["function"],)))
    return None if finding.verdict is Verdict.UNVERIFIED else finding.verdict is Verdict.PASSED


def _same(got: Any, wanted: Any) -> bool:
    """Equal as JSON values; texts without regard to case and outer space, lists in order."""
    if isinstance(wanted, str) and isinstance(got, str):
        return got.strip().casefold() == wanted.strip().casefold()
    if isinstance(wanted, dict) and isinstance(got, dict):
        return got.keys() == wanted.keys() and all(_same(got[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(got) == len(wanted) and all(_same(g, w) for g, w in zip(got, wanted, strict=True))
    return type(got) is type(wanted) and got == wanted if isinstance(wanted, bool) else bool(got == wanted)
