"""What an app declares of a right answer: in the field `tiergate`, in `metadata`, in headers. Form only.

Each part is said in one place: said in two, the request is refused, for a check against the wrong one of
two references would tell lies. None of it is ever sent upstream. Whether a constraint exists or tests can be
read, `verify` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, Required

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from router import telemetry
from router.domain.declared import NOTHING_DECLARED, Declared, Reference, ReferenceKind
from router.ingress.reasons import reason
from router.ingress.small_parts import DECLARING_HEADERS, Said, of_headers, of_metadata, wrong_value

_CLOSED = ConfigDict(extra="forbid", strict=True)

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


KNOWN: Mapping[str, frozenset[str]] = {
    telemetry.DECLARED_FIELD: DeclaredPart.__required_keys__ | DeclaredPart.__optional_keys__,
    "reference": ReferencePart.__required_keys__ | ReferencePart.__optional_keys__,
    "constraints": ConstraintPart.__required_keys__ | ConstraintPart.__optional_keys__,
}
"""The fields of each part."""
_PARTS: TypeAdapter[DeclaredPart] = TypeAdapter(DeclaredPart)
_SINGLE = frozenset({"number", "choice", "math", "sql"})
_ONLY_FOR = {"fixture": "sql", "options": "choice", "tolerance": "number", "threshold": "words"}


def read_declared(
    field: DeclaredPart | None, metadata: Mapping[str, str] | None, headers: Mapping[str, str]
) -> Declared:
    """`field` has its form already. Raises InvalidRequest naming the field, metadata key or header."""
    if not field and not metadata and DECLARING_HEADERS.isdisjoint(headers):
        return NOTHING_DECLARED  # most requests
    told = [said for said in (of_metadata(metadata), of_headers(headers)) if said is not None]
    if not field and not told:
        return NOTHING_DECLARED
    parts: dict[str, Any] = dict(field or {})
    places = {name: f"{telemetry.DECLARED_FIELD}.{name}" for name in parts}
    for said in told:
        _check(said)
        for name, part in said.parts.items():
            if name in parts:
                raise wrong_value(said.place(name), f"'{places[name]}' says it already")
            parts[name], places[name] = part, said.place(name)
    reference = parts.get("reference")
    return Declared(
        None if reference is None else _reference(reference, places["reference"]),
        tuple((one["id"], one.get("kwargs") or {}) for one in parts.get("constraints", ())),
        parts.get("tests"),
        parts.get("language"),
        places,
    )


def _check(said: Said) -> None:
    """Each part under the name by which it was said."""
    try:
        _PARTS.validate_python(said.parts)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = tuple(map(str, first["loc"][:2]))
        place = said.places.get(path) or said.place(path[0])
        lacking = f"it needs its {path[-1]} beside it, said in the same way"
        raise wrong_value(place, lacking if first["type"] == "missing" else reason(first)) from None


def _reference(part: ReferencePart, place: str) -> Reference:
    kind, given = part["kind"], part["value"]
    texts = tuple(given) if isinstance(given, list) else (given,)
    if kind in _SINGLE and len(texts) > 1:
        raise wrong_value(place, f"a reference of kind {kind} is one value")
    for name, only in _ONLY_FOR.items():
        if name in part and kind != only:
            raise wrong_value(place, f"{name} goes with the kind {only}")
    return Reference(
        ReferenceKind(kind),
        texts,
        part.get("fixture", ""),
        part.get("options", {}),
        part.get("tolerance", 0.0),
        part.get("threshold", 0.8),
    )
