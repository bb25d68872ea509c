"""Generated instances satisfy their schema."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.sandbox.schema import instance

TREE: Any = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["name", "children"],
}
CASES: list[Any] = [
    {"type": "string", "format": "date"},
    {"type": "string", "pattern": r"^[A-Z]{2}-\d{4}$"},
    {"type": "string", "minLength": 12, "maxLength": 14},
    {"type": "integer", "minimum": 7, "maximum": 7},
    {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "integer", "multipleOf": 15, "minimum": 100},
    {"type": ["string", "null"]},
    {"type": "null"},
    {"const": {"a": [1]}},
    {"anyOf": [{"type": "integer"}, {"type": "object"}]},
    {"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]},
    {"type": "array", "minItems": 3, "maxItems": 3, "items": {"enum": ["x", "y", "z"]}},
    {"$defs": {"n": {"type": "number"}}, "type": "object", "properties": {"v": {"$ref": "#/$defs/n"}}},
    TREE,
    {},
]


@pytest.mark.parametrize("schema", CASES, ids=str)
@given(seed=st.integers(0, 10_000))
def test_instance_is_valid(schema: Any, seed: int) -> None:
    """Whatever the draw, the instance is valid under its schema."""
    assert jsonschema_rs.is_valid(schema, instance(schema, random.Random(seed)))


@given(
    low=st.integers(-1_000, 1_000),
    width=st.integers(0, 500),
    length=st.integers(0, 4),
    seed=st.integers(0, 1_000),
)
def test_bounds_are_kept(low: int, width: int, length: int, seed: int) -> None:
    """Numbers stay within their bounds and arrays within their lengths, for any bounds."""
    number = {"type": "integer", "minimum": low, "maximum": low + width}
    schema = {"type": "array", "minItems": length, "maxItems": length + 1, "items": number}
    assert jsonschema_rs.is_valid(schema, instance(schema, random.Random(seed)))


REF: Any = {"$ref": "#"}
PAIR = {"left": REF, "right": REF}


@pytest.mark.parametrize(
    "schema",
    [
        REF,
        {"allOf": [REF, REF]},
        {"anyOf": [REF]},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"type": "object", "properties": PAIR, "required": ["left", "right"]},
        {"type": "array", "minItems": 3, "items": REF},
    ],
    ids=str,
)
def test_a_schema_without_end_is_cut_off(schema: Any) -> None:
    """Nothing finite satisfies most of these; what counts is that there is a value, soon, and of JSON."""
    assert len(json.dumps(instance(schema, random.Random(1), {"left": 1}))) < 1_000_000


def test_hints_are_used_only_where_they_are_valid() -> None:
    """A hint fills the property of its name unless it would break the schema."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
    made = instance(schema, random.Random(1), {"a": 41, "b": "no number"})
    assert made["a"] == 41
    assert isinstance(made["b"], int)
