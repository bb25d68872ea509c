"""What pydantic finds wrong with a value, in the words of JSON: apps are written in any language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from pydantic_core import ErrorDetails

from router.errors import InvalidRequest

_REASONS: Mapping[str, str] = {
    "missing": "it is missing",
    "dict_type": "it should be an object",
    "model_type": "it should be an object",
    "list_type": "it should be an array",
    "string_type": "it should be a string",
    "int_type": "it should be a whole number",
    "int_from_float": "it should be a whole number",
    "float_type": "it should be a number",
    "bool_type": "it should be true or false",
    "too_short": "it should not be empty",
    "string_too_short": "it should not be empty",
}


def reason(found: ErrorDetails, known: Iterable[str] = ()) -> str:
    """Without a full stop at its end, and without the value. `known`: the fields there are."""
    if found["type"] == "extra_forbidden":
        names = ", ".join(sorted(known))
        return f"there is no such field; known are {names}" if names else "there is no such field"
    if found["type"] in _REASONS:
        return _REASONS[found["type"]]
    said = found["msg"].removeprefix("Value error, ")
    said = said[0].lower() + said[1:]
    return f"it {said.removeprefix('input ')}" if said.startswith("input should") else said


def either(reasons: Iterable[str]) -> str:
    """Of a value that may be one thing or another and is neither: what it should be."""
    first, *others = dict.fromkeys(reasons)
    return " or ".join([first, *(other.removeprefix("it should be ") for other in others)])


def broken_json(body: bytes, error: orjson.JSONDecodeError) -> InvalidRequest:
    """The refusal of a body that is no JSON. Of bytes that are no text the parser gives no place."""
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        said = f"not UTF-8 at byte {wrong.start} (0x{body[wrong.start]:02x})"
    else:
        said = f"not valid JSON: {error.msg}: line {error.lineno} column {error.colno}"
    return InvalidRequest(f"The request body is {said}.", code="invalid_json")
