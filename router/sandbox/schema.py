"""A valid instance of a JSON Schema: what the simulated models answer when a schema binds them.

`hints` carries values of the answer key: a property of that name takes the hinted value if it is valid
there. Regular-expression `pattern`s are met from a list of common forms; an unusual one may not be. A schema
that has no end, such as one that is only a reference to itself, is cut off at a bounded depth.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

Json = Any

_WORDS = (
    "amber",
    "harbour",
    "linden",
    "quartz",
    "meadow",
    "copper",
    "lantern",
    "willow",
    "granite",
)
_BY_NAME = {
    "city": "Lisbon",
    "location": "Lisbon",
    "country": "Portugal",
    "name": "Ada Example",
    "email": "ada@example.org",
    "currency": "EUR",
    "language": "en",
    "query": "opening hours",
    "unit": "celsius",
    "phone": "+351 21 000 0000",
}
_BY_FORMAT = {
    "date": "2025-03-14",
    "date-time": "2025-03-14T09:30:00Z",
    "time": "09:30:00Z",
    "email": "ada@example.org",
    "uri": "https://example.org/",
    "uuid": "3f2b8c1e-6a4d-4f7b-9a51-0c8e7d2b4a60",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.org",
}
_PATTERN_FORMS = ("2025-03-14", "09:30", "A", "AB", "ABC", "EUR", "a", "abc", "1", "12", "1234", "12345")
_PATTERN_FORMS_LONG = (
    "AB-1234",
    "INV-2025-001",
    "#a1b2c3",
    "v1.2.3",
    "1.2.3",
    "a@example.org",
    "+351210000000",
)
_MAX_DEPTH = 12
"""Nesting from which the simplest of several options is taken."""
_CUT_DEPTH = 24
"""Nesting that no finite instance needs; deeper there is only a word."""
_MAX_PLACES = 10_000
"""Values made and references followed in all: a schema may refer to itself twice at each place."""


def instance(schema: Mapping[str, Any], rng: random.Random, hints: Mapping[str, Json] | None = None) -> Json:
    """A value that satisfies `schema`, with hinted values where they are valid."""
    maker = _Maker(schema, rng, hints or {})
    made = maker.value(schema, "", 0)
    if hints and not jsonschema_rs.is_valid(dict(schema), made):
        return _Maker(schema, rng, {}).value(schema, "", 0)
    return made


class _Maker:
    def __init__(self, root: Mapping[str, Any], rng: random.Random, hints: Mapping[str, Json]) -> None:
        self._root = root
        self._rng = rng
        self._hints = hints
        self._places = 0

    def value(self, schema: Json, name: str, depth: int) -> Json:
        """The value at one place; `name` is the property it fills."""
        if not isinstance(schema, Mapping) or self._endless(depth):
            return self._word()
        schema = self._resolve(schema, 0)
        if name in self._hints and self._fits(schema, self._hints[name]):
            return self._hints[name]
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._rng.choice(list(schema["enum"]))
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self.value(self._simplest(schema[key], depth), name, depth + 1)
        return self._typed(schema, name, depth)

    def _fits(self, schema: Mapping[str, Any], value: Json) -> bool:
        whole = {
            **schema,
            **{k: self._root[k] for k in ("$defs", "definitions") if k in self._root},
        }
        return jsonschema_rs.is_valid(whole, value)

    def _endless(self, depth: int) -> bool:
        self._places += 1
        return depth > _CUT_DEPTH or self._places > _MAX_PLACES

    def _resolve(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """`schema` with its references followed and its `allOf` merged; `depth` of both counts from 0."""
        while "$ref" in schema:
            if self._endless(depth):
                return {}
            depth += 1
            node: Json = self._root
            for part in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
                node = node[part] if part else node
            schema = node
        merged: dict[str, Any] = dict(schema)
        for part in merged.pop("allOf", []):
            if self._endless(depth):
                break
            resolved = self._resolve(part, depth + 1)
            properties = {**merged.get("properties", {}), **resolved.get("properties", {})}
            merged = {**merged, **resolved, **({"properties": properties} if properties else {})}
        return merged

    def _simplest(self, options: list[Json], depth: int) -> Json:
        scalar = [
            o for o in options if isinstance(o, Mapping) and o.get("type") not in ("object", "array", "null")
        ]
        return options[0] if depth < _MAX_DEPTH or not scalar else scalar[0]

    def _typed(self, schema: Mapping[str, Any], name: str, depth: int) -> Json:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "null")
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer" | "number":
                return self._number(schema, kind == "integer")
            case "boolean":
                return self._rng.random() < 0.5
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Json]:
        properties: Mapping[str, Json] = schema.get("properties", {})
        required = set(schema.get("required", []))
        wanted = [k for k in properties if depth < 3 or k in required]
        made = {k: self.value(properties[k], k, depth + 1) for k in wanted}
        return made | {k: self._word() for k in required - made.keys()}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Json]:
        least = int(schema.get("minItems", 0 if depth > 3 else 1))
        length = min(max(least, 0 if depth > 3 else 2), int(schema.get("maxItems", least + 2)))
        items = [self.value(schema.get("items", {"type": "string"}), name, depth + 1) for _ in range(length)]
        if schema.get("uniqueItems"):
            items = [item for i, item in enumerate(items) if item not in items[:i]]
        return items

    def _number(self, schema: Mapping[str, Any], integral: bool) -> int | float:
        step = schema.get("multipleOf", 1 if integral else 0.01)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        low = (high - 100 * step) if low is None and high is not None else (1 if low is None else low)
        high = low + 100 * step if high is None else high
        first = -int(-low // step) + (1 if "exclusiveMinimum" in schema and low % step == 0 else 0)
        last = int(high // step) - (1 if "exclusiveMaximum" in schema and high % step == 0 else 0)
        drawn = self._rng.randint(first, max(first, last)) * step
        return int(drawn) if integral else round(float(drawn), 6)

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        if "pattern" in schema:
            form = re.compile(str(schema["pattern"]))
            return next(
                (text for text in (*_PATTERN_FORMS, *_PATTERN_FORMS_LONG) if form.search(text)), self._word()
            )
        text = _BY_FORMAT.get(str(schema.get("format", "")), _BY_NAME.get(name.lower(), self._word()))
        text = text.ljust(int(schema.get("minLength", 0)), "x")
        return text[: int(schema.get("maxLength", len(text)))]

    def _word(self) -> str:
        return self._rng.choice(_WORDS)
