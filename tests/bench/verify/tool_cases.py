"""Tool calls from generated schemas: good ones, and each spoiled in one way that a verifier must see."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

NAMES = (
    "city",
    "unit",
    "days",
    "query",
    "limit",
    "sort",
    "price",
    "active",
    "tags",
    "filter",
    "user",
    "date",
)
ENUM = ["celsius", "fahrenheit", "kelvin"]


def cases(schemas: int, seed: int = 7) -> Iterator[tuple[dict[str, Any], list[Any], bool, str]]:
    """(payload, calls, whether they are right, what was done to them)."""
    rng = random.Random(seed)
    for number in range(schemas):
        schema = _object(rng, depth=0)
        tools = [_tool("lookup", schema), _tool("other", {"type": "object", "properties": {}})]
        payload = {"tools": tools}
        for _ in range(4):
            yield payload, [_call("lookup", _value(rng, schema))], True, "good"
        good = _value(rng, schema)
        yield payload, [_call("lookup", good), _call("other", {})], True, "two good calls"
        yield {**payload, "tool_choice": "required"}, [_call("other", {})], True, "required and made"
        for what, spoiled in _spoiled(rng, schema, good):
            yield payload, [_call("lookup", spoiled)], False, what
        yield payload, [_call("look_up", good)], False, "a name that was not offered"
        yield payload, [_raw("lookup", json.dumps(good)[:-1])], False, "arguments cut off"
        yield payload, [_call("lookup", [good])], False, "arguments in a list"
        if number % 2:
            yield {**payload, "parallel_tool_calls": False}, [_call("other", {})] * 2, False, "parallel"
        else:
            forced = {"type": "function", "function": {"name": "lookup"}}
            yield {**payload, "tool_choice": forced}, [_call("other", {})], False, "another than the forced"


def _object(rng: random.Random, depth: int) -> dict[str, Any]:
    names = rng.sample(NAMES, rng.randint(2, 5))
    properties = {name: _schema(rng, depth + 1) for name in names}
    schema = {"type": "object", "properties": properties, "required": names[: rng.randint(1, len(names))]}
    return {**schema, "additionalProperties": False} if rng.random() < 0.3 else schema


def _schema(rng: random.Random, depth: int) -> dict[str, Any]:
    kinds = ["string", "enum", "integer", "number", "boolean", "array"] + (["object"] if depth < 2 else [])
    match rng.choice(kinds):
        case "enum":
            return {"type": "string", "enum": ENUM}
        case "integer":
            return {"type": "integer", "minimum": 1, "maximum": 9}
        case "array":
            return {"type": "array", "items": {"type": "string"}}
        case "object":
            return _object(rng, depth)
        case other:
            return {"type": other}


def _value(rng: random.Random, schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return rng.choice(schema["enum"])
    match schema["type"]:
        case "object":
            wanted = schema["required"]
            chosen = [n for n in schema["properties"] if n in wanted or rng.random() < 0.5]
            return {name: _value(rng, schema["properties"][name]) for name in chosen}
        case "array":
            return [rng.choice(NAMES) for _ in range(rng.randint(0, 3))]
        case "integer":
            return rng.randint(1, 9)
        case "number":
            return round(rng.uniform(-5, 5), 2)
        case "boolean":
            return rng.random() < 0.5
    return rng.choice(NAMES)


def _spoiled(rng: random.Random, schema: dict[str, Any], good: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    required = rng.choice(schema["required"])
    yield "a required argument left out", {k: v for k, v in good.items() if k != required}
    yield "an invented argument", {**good, "verbose": True}
    yield "a required argument misspelled", {(k + "s" if k == required else k): v for k, v in good.items()}
    for name, value in good.items():
        part = schema["properties"][name]
        yield f"{part['type']} of the wrong type", {**good, name: _wrong_type(part)}
        if "enum" in part:
            yield "a value that is not in the enum", {**good, name: "rankine"}
        elif part["type"] == "integer":
            yield "a number out of range", {**good, name: 10}
        elif part["type"] == "array":
            yield "an item of the wrong type", {**good, name: [*value, 5]}
        elif part["type"] == "object":
            yield "an invented argument inside", {**good, name: {**value, "verbose": True}}


def _wrong_type(schema: dict[str, Any]) -> Any:
    return {"string": 5, "integer": "5", "number": "1.5", "boolean": "true", "array": "a, b"}.get(
        schema["type"], "an object"
    )


def _tool(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def _call(name: str, arguments: Any) -> dict[str, Any]:
    return _raw(name, json.dumps(arguments))


def _raw(name: str, arguments: str) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
