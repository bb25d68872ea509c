"""Every pydantic error as `file:line: what is wrong, and what would be right`.

Shows a wrong value only where the right ones are a closed list: a secret typed into the wrong field must
not reach a log.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from router.domain.kinds import Wire
from router.policy import schemas
from router.policy.problems import Problem, choose, nearest
from router.policy.yamldoc import Path, SourceDocument

MAX_PROBLEMS = 50
_SHOWN = 40

_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list, written [a, b] or one `- item` per line",
    "dict_type": "a mapping, written as `key: value` lines",
    "model_type": "a mapping, written as `key: value` lines",
    "model_attributes_type": "a mapping, written as `key: value` lines",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "greater than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def explain(source: SourceDocument, kind: str, error: ValidationError) -> list[Problem]:
    """One problem per error, at most MAX_PROBLEMS and a line that counts the rest."""
    details = error.errors(include_url=False)
    problems = [_problem(source, kind, detail) for detail in details[:MAX_PROBLEMS]]
    if len(details) > MAX_PROBLEMS:
        rest = len(details) - MAX_PROBLEMS
        problems.append(source.problem((), f"and {rest} more problems; fix the ones above first"))
    return problems


def dotted(path: Path) -> str:
    """`spec.models[0].tier`."""
    text = ""
    for step in path:
        name = f"[{step}]" if isinstance(step, int) else _short(step)
        text += f".{name}" if text and isinstance(step, str) else name
    return text or "the document"


def _problem(source: SourceDocument, kind: str, detail: ErrorDetails) -> Problem:
    path, rest = _known_path(source.data, detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            return source.problem(path, _unknown_key(source, kind, path))
        case "missing" if rest:
            return source.problem(path, _missing(source, kind, path, str(rest[-1])))
        case "union_tag_not_found":
            return source.problem(path, f"{dotted(path)} has no 'wire'; add `wire:` ({', '.join(Wire)})")
        case "union_tag_invalid":
            return source.problem((*path, "wire"), _not_one_of(dotted((*path, "wire")), detail))
        case "enum" | "literal_error":
            return source.problem(path, _not_one_of(dotted(path), detail))
    sentence = _sentence(detail)
    joint = " " if sentence.startswith(("must ", "needs ", "is ")) else ": "
    said = f"{dotted(path)}{joint}{sentence}"
    return source.problem(path, f"key {said}" if rest[-1:] == ("[key]",) else said)


def _known_path(data: Any, loc: tuple[str | int, ...]) -> tuple[Path, Path]:
    """`loc` as far as it exists in `data`, without pydantic's union tags, and what is left of it."""
    path: list[str | int] = []
    rest: list[str | int] = []
    for step in loc:
        inside = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if inside:
            path.append(step)
            data = data[step]
            rest.clear()
        else:
            rest.append(step)
    return tuple(path), tuple(rest)


def _unknown_key(source: SourceDocument, kind: str, path: Path) -> str:
    known = list(schemas.part_at(kind, path[:-1], source.data).get("properties", ()))
    return f"unknown key '{_short(path[-1])}' in {dotted(path[:-1])}; {choose(str(path[-1]), known)}"


def _missing(source: SourceDocument, kind: str, path: Path, field: str) -> str:
    about = schemas.part_at(kind, (*path, field), source.data).get("description")
    return f"{dotted(path)} has no '{field}'; add `{field}:`" + (f" ({about.rstrip('.')})" if about else "")


def _not_one_of(where: str, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    expected = str(context.get("expected", context.get("expected_tags", ""))).replace(" or ", ", ")
    allowed = [word.strip().strip("'") for word in expected.split(",")]
    given = context.get("tag", detail["input"])
    if not isinstance(given, str):
        return f"{where} must be one of {', '.join(allowed)}"
    if len(allowed) == 1:
        return f"{where} is '{_short(given)}'; it must be {allowed[0]}"
    guess = nearest(given, allowed)
    hint = f"; did you mean '{guess}'?" if guess else ""
    return f"{where} is '{_short(given)}'; it must be one of {', '.join(allowed)}{hint}"


def _sentence(detail: ErrorDetails) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind in _TYPES:
        quote = (
            "; put it in quotes" if kind == "string_type" and isinstance(detail["input"], int | float) else ""
        )
        return f"must be {_TYPES[kind]}; it is {_named(detail['input'])}{quote}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"must be {words} {context[key]:g}"
    if kind == "finite_number":
        return "must be a finite number"
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return "must not be empty; give at least one entry or leave it out"
    return f"is not right: {detail['msg']}"


def _named(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number with a fraction"
        case str():
            return "a text"
        case list():
            return "a list"
    return "a mapping"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
