"""What an app declares of a right answer, in the field `tiergate` or in `metadata`. Form only.

`metadata` holds texts of at most 512 characters, as OpenAI allows; what is larger goes in the field. Neither
is ever sent upstream. Whether a constraint exists or tests can be read, `verify` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, Required

import orjson
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from router import telemetry
from router.domain.declared import NOTHING_DECLARED, Declared, Reference, ReferenceKind
from router.errors import InvalidRequest

_CLOSED = ConfigDict(extra="forbid", strict=True)
_MOST_METADATA = 512

Shown = Annotated[str, Field(pattern=r"\S", max_length=100_000)]
Values = Annotated[
    list[Shown],
    Field(min_length=1, max_length=64),
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
]
"""One text or a list of them."""
Code = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


@with_config(_CLOSED)
class ReferencePart(TypedDict):
    kind: Required[Literal["exact", "number", "choice", "words", "math", "sql", "calls"]]
    value: Required[Values]
    fixture: NotRequired[Annotated[str, Field(max_length=1_000_000)]]
    options: NotRequired[dict[str, str]]
    tolerance: NotRequired[Annotated[float, Field(ge=0, le=1)]]
    threshold: NotRequired[Annotated[float, Field(ge=0, le=1)]]


@with_config(_CLOSED)
class ConstraintPart(TypedDict):
    id: Required[str]
    kwargs: NotRequired[dict[str, Any] | None]


@with_config(_CLOSED)
class DeclaredPart(TypedDict):
    """The field `tiergate` of a request."""

    reference: NotRequired[ReferencePart]
    constraints: NotRequired[Annotated[list[ConstraintPart], Field(max_length=64)]]
    tests: NotRequired[dict[str, Any]]
    language: NotRequired[Code]


_PARTS: TypeAdapter[DeclaredPart] = TypeAdapter(DeclaredPart)
_IN_METADATA = {
    "tiergate_reference": ("reference", "value"),
    "tiergate_reference_kind": ("reference", "kind"),
    "tiergate_fixture": ("reference", "fixture"),
    "tiergate_constraints": ("constraints",),
    "tiergate_tests": ("tests",),
    "tiergate_language": ("language",),
}
_JSON = frozenset({"tiergate_constraints", "tiergate_tests"})
METADATA_KEYS = frozenset(_IN_METADATA)
_SINGLE = frozenset({"number", "choice", "math", "sql"})
_ONLY_FOR = {"fixture": "sql", "options": "choice", "tolerance": "number", "threshold": "words"}


def read_declared(field: DeclaredPart | None, metadata: Mapping[str, str] | None) -> Declared:
    """`field` has its form already. Raises InvalidRequest naming the field or metadata key."""
    said = {} if not metadata else {k: v for k, v in metadata.items() if k in METADATA_KEYS}
    if not field and not said:
        return NOTHING_DECLARED
    parts: dict[str, Any] = dict(field or {})
    places = {name: f"{telemetry.DECLARED_FIELD}.{name}" for name in parts}
    for name, part in _of_metadata(said).items():
        place = _place(name, said)
        if name in parts:
            raise _wrong(place, f"'{places[name]}' says it already")
        parts[name], places[name] = part, place
    reference = parts.get("reference")
    return Declared(
        None if reference is None else _reference(reference, places["reference"]),
        tuple((one["id"], one.get("kwargs") or {}) for one in parts.get("constraints", ())),
        parts.get("tests"),
        parts.get("language"),
        places,
    )


def _of_metadata(said: Mapping[str, str]) -> Mapping[str, Any]:
    """The same parts, each checked under its own key."""
    parts: dict[str, Any] = {}
    for key, text in said.items():
        place = f"metadata.{key}"
        if len(text) > _MOST_METADATA:
            raise _wrong(place, f"at most {_MOST_METADATA} characters; use '{telemetry.DECLARED_FIELD}'")
        name, *inner = _IN_METADATA[key]
        given = _json(text, place) if key in _JSON else text
        if inner:
            parts.setdefault(name, {})[inner[0]] = given
        else:
            parts[name] = given
    try:
        _PARTS.validate_python(parts)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise _wrong(_place(str(first["loc"][0]), said), first["msg"]) from None
    return parts


def _reference(part: ReferencePart, place: str) -> Reference:
    kind, given = part["kind"], part["value"]
    texts = tuple(given) if isinstance(given, list) else (given,)
    if kind in _SINGLE and len(texts) > 1:
        raise _wrong(place, f"a reference of kind {kind} is one value")
    for name, only in _ONLY_FOR.items():
        if name in part and kind != only:
            raise _wrong(place, f"{name} goes with the kind {only}")
    return Reference(
        ReferenceKind(kind),
        texts,
        part.get("fixture", ""),
        part.get("options", {}),
        part.get("tolerance", 0.0),
        part.get("threshold", 0.8),
    )


def _json(text: str, place: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _wrong(place, f"not JSON: {error.msg}") from None


def _place(name: str, said: Mapping[str, str]) -> str:
    """The first of the metadata keys that together say `name`."""
    key = next((key for key, path in _IN_METADATA.items() if path[0] == name and key in said), name)
    return f"metadata.{key}"


def _wrong(place: str, reason: str) -> InvalidRequest:
    message = reason[0].lower() + reason[1:]
    return InvalidRequest(f"Invalid value for '{place}': {message}.", param=place, code="invalid_value")
