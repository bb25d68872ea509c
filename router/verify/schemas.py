"""JSON Schemas of requests, compiled once to checks. Must not fetch anything or raise for any schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

Check = Callable[[Any], str | None]
"""Takes a parsed value; returns what is wrong with it, or None."""

_COMBINING = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "$ref"})
_OPEN = frozenset({"additionalProperties", "unevaluatedProperties", "patternProperties"})


def is_object(value: Any) -> str | None:
    """A check: JSON objects pass."""
    return None if isinstance(value, dict) else "not a JSON object"


def no_check(_: Any) -> str | None:
    """Stands for a schema that is broken or leads elsewhere: by it nothing is wrong, and nothing is right."""
    return None


def schema_check(schema: Any) -> Check:
    """The check of a caller's schema: `no_check` if it cannot be used; without a schema an object will do."""
    return _compiled(orjson.dumps(schema)) if isinstance(schema, dict) else is_object


def arguments_check(schema: Any) -> Check:
    """The check of a function's arguments. Arguments the schema does not name are invented and fail, unless
    it says that further ones are welcome."""
    return schema_check(_closed(schema)) if isinstance(schema, dict) else is_object


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with objects that list their properties closed to others, where it says nothing of them."""
    closed = dict(schema)
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(properties, dict):
        closed["properties"] = {name: _inner(one) for name, one in properties.items()}
    if isinstance(items, dict):
        closed["items"] = _closed(items)
    combined = not _COMBINING.isdisjoint(schema)
    if (isinstance(properties, dict) or "$ref" in schema) and _OPEN.isdisjoint(schema):
        # Branches may add properties of their own: only what none of them evaluated is then unnamed.
        closed["unevaluatedProperties" if combined else "additionalProperties"] = False
    return closed


def _inner(schema: Any) -> Any:
    return _closed(schema) if isinstance(schema, dict) else schema


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> Check:
    """Compiled schemas, bounded. References are never fetched: they fail to compile."""
    try:
        validator = jsonschema_rs.validator_for(
            orjson.loads(schema), retriever=_no_retrieval, validate_formats=False
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return no_check

    def check(value: Any) -> str | None:
        error = next(validator.iter_errors(value), None)
        if error is None:
            return None
        where = "".join(f"[{step!r}]" for step in error.instance_path)
        return f"{error.message[:200]}{' at ' + where if where else ''}"

    return check


def _no_retrieval(uri: str) -> Any:
    raise ValueError(f"schemas are not fetched: {uri}")
