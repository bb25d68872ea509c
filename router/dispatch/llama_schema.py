"""What of a JSON Schema llama.cpp cannot hold an answer to, in words for the app. Pure.

llama.cpp compiles a schema to a grammar and says of one that it cannot compile something about parsers and
templates, which helps no app. Some schemas it compiles for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_MOST_TIMES = 2_000
"""llama.cpp's bound on repetitions in a grammar."""
_NO_GRAMMAR = "failed to parse grammar"
_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_BOUNDS = (("minLength", "maxLength"), ("minItems", "maxItems"))
_COUNTS = tuple(name for pair in _BOUNDS for name in pair)
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions"})
"""Below these stand schemas by the caller's own names, which are no keywords."""
_TIMES = re.compile(r"\{(\d+)(?:,(\d*))?\}")


def schema_of_format(form: Any) -> Mapping[str, Any] | None:
    """The schema in a `response_format`; None: it has none."""
    if not isinstance(form, dict):
        return None
    holder = form.get("json_schema") if form.get("type") == "json_schema" else form
    schema = holder.get("schema") if isinstance(holder, dict) else None
    return schema if isinstance(schema, dict) else None


def endless(schema: Mapping[str, Any]) -> str | None:
    """What would keep llama.cpp busy for ever: a bound below the one it belongs to. Seen with xllamacpp
    2026.10.11549; a compilation cannot be cancelled. None: nothing."""
    for where, part, _ in _parts(schema, "#"):
        for low, high in _BOUNDS:
            least, most = part.get(low), part.get(high)
            if isinstance(least, int) and isinstance(most, int) and least > most:
                return f"at {where}, {low} {least} is more than {high} {most}"
        if any(most and int(most) < int(least) for least, most in _times(part)):
            return f"at {where}, the pattern wants something at least more often than at most"
    return None


def unsupported(schema: Mapping[str, Any], reason: str) -> str:
    """Why llama.cpp refused the schema, which it did for its `reason`."""
    was_converted = _NO_GRAMMAR in reason  # only what came of it is too much
    for where, part, is_schema in _parts(schema, "#"):
        if is_schema:
            wrong = _too_often(part) if was_converted else _wrong(part, schema)
            if wrong is not None:
                return f"at {where}, {wrong}"
    if was_converted:
        return "it is too involved, or a $ref in it leads back to itself with nothing in between"
    if "pattern" in reason:
        return "a pattern in it is no regular expression that can be used here"
    return "something in it is not supported"


def _parts(node: Any, where: str, *, is_schema: bool = True) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every object in a schema, with its place and whether it is a schema itself: a $ref may point to any."""
    if isinstance(node, dict):
        yield where, node, is_schema
        for name, value in node.items():
            yield from _parts(value, f"{where}/{name}", is_schema=not (is_schema and name in _BY_NAME))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _parts(value, f"{where}/{index}")


def _wrong(part: Mapping[str, Any], root: Mapping[str, Any]) -> str | None:
    if "$ref" in part and not _found(part["$ref"], root):
        return "the $ref must point to something in the schema itself, as #/$defs/name does"
    if "type" in part and not _known_type(part["type"]):
        return f"type must be one of {', '.join(_TYPES)}, or a list of these"
    if "enum" in part and not (isinstance(part["enum"], list) and part["enum"]):
        return "enum must be a list of at least one value"
    if not isinstance(part.get("properties", {}), dict):
        return "properties must be an object"
    for name in _COUNTS:
        if name in part and not (_whole(part[name]) and part[name] >= 0):
            return f"{name} must be a whole number that is not negative"
    for name in _LIMITS:
        if name in part and (isinstance(part[name], bool) or not isinstance(part[name], int | float)):
            return f"{name} must be a number"
    return None


def _too_often(part: Mapping[str, Any]) -> str | None:
    """Of upper bounds beyond its own llama.cpp makes none."""
    for name, _ in _BOUNDS:
        if _whole(part.get(name)) and part[name] > _MOST_TIMES:
            return f"{name} must be {_MOST_TIMES} at most"
    if any(int(least) > _MOST_TIMES for least, _ in _times(part)):
        return f"the pattern repeats something more than {_MOST_TIMES} times"
    return None


def _times(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The bounds of `{2,5}` in a pattern; without an upper one "". Longer than nine digits is cut: it is far
    too much either way."""
    pattern = part.get("pattern")
    found = _TIMES.findall(pattern) if isinstance(pattern, str) else []
    return [(least[:9], most[:9]) for least, most in found]


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _known_type(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(one in _TYPES for one in value)
    return value in _TYPES


def _found(reference: Any, root: Mapping[str, Any]) -> bool:
    """Whether it points to something in the schema (RFC 6901)."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return False
    node: Any = root
    for name in reference[2:].split("/"):
        if not isinstance(node, dict):
            return False
        node = node.get(name.replace("~1", "/").replace("~0", "~"))
    return node is not None
