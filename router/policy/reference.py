"""The field reference of the documents as Markdown, from the same schemas that editors use.

`policies/README.md` holds it between two markers; a test compares them, so that no field is undocumented.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from router.policy.schemas import KINDS, Json, resolved, schema, values

BEGIN = "<!-- written by `tiergate policy reference --write policies/README.md` -->"
END = "<!-- end of the field reference -->"

_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def reference() -> str:
    """The Markdown between the markers."""
    first = schema(next(iter(KINDS)))
    envelope = {key: value for key, value in first["properties"].items() if key != "spec"}
    envelope["kind"] = {"enum": list(KINDS), "description": "What the document is."}
    spec = {"spec": {"type": "object", "description": "The content, by kind: see below."}}
    lines = ["### Every document", "", *_table(first, {**envelope, **spec}, first["required"])]
    lines += _Walk(first).objects("metadata", first["properties"]["metadata"])
    for kind in KINDS:
        root = schema(kind)
        lines += ["", f"### {kind}", "", root["description"]]
        lines += _Walk(root).objects("spec", root["properties"]["spec"])
    return "\n".join(lines).rstrip() + "\n"


def insert(readme: str) -> str:
    """`readme` with the text between its markers replaced. Raises ValueError without markers."""
    head, found_begin, rest = readme.partition(BEGIN)
    _, found_end, tail = rest.partition(END)
    if not found_begin or not found_end:
        raise ValueError(f"no lines `{BEGIN}` and `{END}` to write between")
    return f"{head}{BEGIN}\n\n{reference()}\n{END}{tail}"


@dataclass(frozen=True, slots=True)
class _Walk:
    """Visits the objects of one kind's schema, depth first, in the order of the fields."""

    root: Json

    def objects(self, path: str, part: Json) -> Iterator[str]:
        """A table for the object at `path`, then for every object below it."""
        node = resolved(self.root, part, {})
        variants = [resolved(self.root, option, {}) for option in node.get("oneOf", [node])]
        shared = _shared(variants)
        yield from ["", f"#### `{path}`", ""]
        yield from [node["description"], ""] if "description" in node else []
        yield from _table(self.root, shared, variants[0].get("required", ()))
        yield from self._all_below(path, shared)
        for variant in variants if len(variants) > 1 else ():
            own = {key: value for key, value in variant["properties"].items() if key not in shared}
            yield from ["", f"{variant['description']} Its own fields:", ""]
            yield from _table(self.root, own, variant["required"])
            yield from self._all_below(path, own)

    def _all_below(self, path: str, fields: Json) -> Iterator[str]:
        """The objects of the fields; one that looks like an earlier field's is not shown again."""
        shown: list[Json] = []
        for name, part in fields.items():
            looks = resolved(self.root, part, {}).get("properties")
            if looks is None or looks not in shown:
                yield from self._below(f"{path}.{name}", part)
                shown += [looks] if looks else []

    def _below(self, path: str, part: Json) -> Iterator[str]:
        node = resolved(self.root, part, {})
        if node.get("type") == "array":
            yield from self._below(f"{path}[]", node["items"])
        elif values(node):
            yield from self._below(f"{path}.<name>", values(node))
        elif "properties" in node or "oneOf" in node:
            yield from self.objects(path, part)


def _shared(variants: list[Json]) -> Json:
    """The fields that all variants have alike."""
    first, *others = (variant["properties"] for variant in variants)
    return {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}


def _table(root: Json, fields: Json, required: Collection[str]) -> list[str]:
    """Rows of fields; neighbours that say the same share a row."""
    rows: list[tuple[list[str], str, str]] = []
    for name, part in fields.items():
        value = _value(root, part) + (", required" if name in required else "")
        meaning = resolved(root, part, {}).get("description", "").replace("|", "\\|")
        if rows and rows[-1][1:] == (value, meaning):
            rows[-1][0].append(name)
        else:
            rows.append(([name], value, meaning))
    lines = ["| field | value | meaning |", "|---|---|---|"]
    for names, value, meaning in rows:
        lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {value} | {meaning} |")
    return lines


def _value(root: Json, part: Json) -> str:
    """What a field takes, in words, with its bounds and default."""
    node = resolved(root, part, {})
    text = _kind(root, node)
    low = node.get("minimum", node.get("exclusiveMinimum"))
    if "maximum" in node:
        above = "above " if "exclusiveMinimum" in node else ""
        text += f", {above}{low:,} to {node['maximum']:,}"
    default = part.get("default")
    if isinstance(default, bool | int | float | str):
        text += f"; default `{str(default).lower()}`"
    return text


def _kind(root: Json, node: Json) -> str:
    if "enum" in node or "const" in node:
        choices = node.get("enum", [node.get("const")])
        return ", ".join(f"`{choice}`" for choice in choices)
    types = node.get("type")
    if isinstance(types, list):
        return "text or list of texts" if "array" in types else "amount"
    if types == "array":
        return f"list of {_item(root, node)}"
    if "anyOf" in node:
        return " or ".join(_kind(root, option) for option in node["anyOf"])
    if types == "object" or "oneOf" in node:
        return "mapping"
    return _TYPES[str(types)]


def _item(root: Json, node: Json) -> str:
    inner = _kind(root, resolved(root, node["items"], {}))
    return {"text": "texts", "mapping": "mappings"}.get(inner, f"any of {inner}")
