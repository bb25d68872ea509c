"""JSON Schemas of the kinds of document, generated from the models, for editors and for `explain`.

Draft 7 is what the YAML language servers understand fully, so the output keeps to it: `definitions`, no
siblings beside `$ref`, no OpenAPI keywords. Files on disk are written by `tiergate policy schema --write`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from router.policy.ability.document import LearnedDocument
from router.policy.budget_document import BudgetDocument
from router.policy.cases_document import CasesDocument
from router.policy.catalog_document import CatalogDocument
from router.policy.envelope import Document
from router.policy.limit_document import LimitDocument
from router.policy.policy_document import PolicyDocument
from router.policy.price_document import PriceDocument

KINDS: Mapping[str, type[Document]] = {
    "ModelCatalog": CatalogDocument,
    "PriceBook": PriceDocument,
    "RoutingPolicy": PolicyDocument,
    "BudgetSet": BudgetDocument,
    "RateLimits": LimitDocument,
    "LearnedAbilities": LearnedDocument,
    "PolicyTests": CasesDocument,
}
OPTIONAL = frozenset({"BudgetSet", "LearnedAbilities", "PolicyTests", "RateLimits"})
"""Kinds that a folder may do without."""
FILES: Mapping[str, str] = {
    "ModelCatalog": "catalog.schema.json",
    "PriceBook": "prices.schema.json",
    "RoutingPolicy": "policy.schema.json",
    "BudgetSet": "budgets.schema.json",
    "RateLimits": "limits.schema.json",
    "LearnedAbilities": "abilities.schema.json",
    "PolicyTests": "tests.schema.json",
}
_DROPPED = ("title", "discriminator", "$defs")

Json = dict[str, Any]


@cache
def schema(kind: str) -> Json:
    """The draft-7 schema of `kind`. Shared: do not change it."""
    raw = KINDS[kind].model_json_schema()
    definitions = {name: _plain(part) for name, part in raw["$defs"].items()}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": kind}
    return {**head, **_plain(raw), "definitions": definitions}


def schema_text(kind: str) -> str:
    """The file content of `kind`'s schema."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def _plain(node: Any) -> Any:
    """`node` in draft 7. Optional fields show the type they take; that they may be null says nothing."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {
        key: {name: _plain(part) for name, part in value.items()} if key == "properties" else _plain(value)
        for key, value in node.items()
        if key not in _DROPPED
    }
    return _without_null(_without_siblings(plain))


def _without_siblings(node: Json) -> Json:
    if "$ref" not in node:
        return node
    ref = {"$ref": node["$ref"].replace("#/$defs/", "#/definitions/")}
    rest = {key: value for key, value in node.items() if key != "$ref"}
    return {**rest, "allOf": [ref]} if rest else ref


def _without_null(node: Json) -> Json:
    options = node.get("anyOf")
    if not options or {"type": "null"} not in options:
        return node
    rest = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
    left = [option for option in options if option != {"type": "null"}]
    if len(left) > 1:
        return {**rest, "anyOf": left}
    if "$ref" in left[0]:
        return {**rest, "allOf": left}
    return {**left[0], **rest}


def part_at(kind: str, path: tuple[str | int, ...], data: Any) -> Json:
    """The schema that describes `data` at `path`; {} where nothing does. Unions are chosen by `wire`."""
    root = schema(kind)
    node = resolved(root, root, data)
    for step in path:
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(step) or values(node)
        data = data[step] if _has(data, step) else None
        node = resolved(root, node, data)
    return node


def values(node: Json) -> Json:
    """The schema of the values of a mapping with free keys; {} if it has none."""
    extra = node.get("additionalProperties")
    by_pattern = list(node.get("patternProperties", {}).values())
    return extra if isinstance(extra, dict) else by_pattern[0] if by_pattern else {}


def _has(data: Any, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def resolved(root: Json, node: Json, data: Any) -> Json:
    """`node` with its reference followed and its union decided, its own description kept."""
    if "allOf" in node:
        return {**resolved(root, node["allOf"][0], data), **node}
    if "$ref" in node:
        target = root["definitions"][node["$ref"].rsplit("/", 1)[1]]
        return resolved(root, target, data)
    if "oneOf" in node:
        wire = data.get("wire") if isinstance(data, dict) else None
        for option in node["oneOf"]:
            found = resolved(root, option, data)
            named = found["properties"]["wire"]
            if wire in named.get("enum", [named.get("const")]):
                return found
    if "anyOf" in node and isinstance(data, dict):
        objects = [option for option in node["anyOf"] if "properties" in option]
        return {**node, **objects[0]} if objects else node
    return node
