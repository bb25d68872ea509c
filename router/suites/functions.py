"""The Berkeley Function-Calling Leaderboard's files: functions offered, and the calls that are right.

A question file has `id`, `question` (turns, each a list of messages) and `function`; an answer file has `id`
and `ground_truth`: for every call, for every argument, the values accepted, where "" means that it may be
left out. Only questions of one turn are taken: the others need tools that act.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}
_MOST_FORMS = 64
"""Accepted values of one argument, after objects with several accepted values in them are written out."""


def tools(functions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The functions as a request offers them: OpenAI's names hold no dot, and its types are JSON Schema's."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool_name(one["name"]),
                "description": one.get("description", ""),
                "parameters": _schema(one["parameters"]),
            },
        }
        for one in functions
    ]


def messages(question: Any) -> list[dict[str, Any]] | None:
    """The messages of a question of one turn; None for any other."""
    if isinstance(question, str):
        return [{"role": "user", "content": question}]
    turns = question if question and isinstance(question[0], list) else [question]
    return list(turns[0]) if len(turns) == 1 else None


def calls(truth: Sequence[Mapping[str, Any]]) -> list[str]:
    """The right calls as a reference of kind `calls` wants them. Raises ValueError."""
    return [json.dumps(_call(tool_name(name), arguments)) for one in truth for name, arguments in one.items()]


def tool_name(name: str) -> str:
    """`math.gcd` -> `math_gcd`, as the leaderboard does for servers that follow OpenAI."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)


def _call(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    accepted, optional = {}, []
    for key, values in arguments.items():
        if "" in values:
            optional.append(key)
        forms = [form for value in values if value != "" for form in _forms(value)]
        if len(forms) > _MOST_FORMS:
            raise ValueError(f"argument {key} of {name} has more than {_MOST_FORMS} accepted values")
        accepted[key] = forms
    return {"name": name, "arguments": accepted, "optional": optional}


def _forms(value: Any) -> Iterator[Any]:
    """An object of which every field has several accepted values, as every object that is accepted."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        yield from map(list, itertools.islice(itertools.product(*map(_forms, value)), _MOST_FORMS + 1))
    elif isinstance(value, dict) and all(isinstance(one, list) for one in value.values()):
        options = [[(key, one) for one in accepted] for key, accepted in value.items()]
        for fields in itertools.islice(itertools.product(*options), _MOST_FORMS + 1):
            yield {key: one for key, one in fields if one != ""}
    else:
        yield value


def _schema(schema: Any) -> Any:
    if isinstance(schema, dict):
        kind = schema.get("type")
        fixed = {key: _schema(value) for key, value in schema.items()}
        return fixed | {"type": _TYPES.get(kind, kind)} if isinstance(kind, str) else fixed
    return [_schema(one) for one in schema] if isinstance(schema, list) else schema
