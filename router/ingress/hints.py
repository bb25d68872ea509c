"""What an app says of its request, in headers or in `metadata`. Headers win, of two data classes the stricter
one; nonsense is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from router import telemetry
from router.domain.facts import NO_HINTS, Hints
from router.domain.kinds import DataClass, Task, Tier
from router.errors import InvalidRequest
from router.ingress.header_text import header_text
from router.ingress.small_parts import DECLARING_HEADERS, METADATA_KEYS

_E = TypeVar("_E", bound=StrEnum)
_HEADERS = {
    "task": telemetry.IN_TASK,
    "workload": telemetry.IN_WORKLOAD,
    "data_class": telemetry.IN_DATA_CLASS,
    "min_tier": telemetry.IN_MIN_TIER,
    "quality": telemetry.IN_QUALITY,
    "tags": telemetry.IN_TAGS,
}
_KNOWN_HEADERS = frozenset(_HEADERS.values()) | DECLARING_HEADERS
_KNOWN_KEYS = {telemetry.METADATA_PREFIX + name: name for name in _HEADERS}
_MAX_TAGS = 16
_MAX_TEXT = 128
_MAX_REQUEST_ID = 256


def read_hints(headers: Mapping[str, str], metadata: Mapping[str, str] | None) -> Hints:
    """Hints of both places. Raises InvalidRequest naming the header or metadata key, unknown ones included:
    a misspelt data class that were ignored would let data out."""
    said: dict[str, tuple[str, str]] = {}
    for key, value in (metadata or {}).items():
        if key.startswith(telemetry.METADATA_PREFIX) and key not in METADATA_KEYS:
            if key not in _KNOWN_KEYS:
                raise _unknown(f"metadata.{key}", _KNOWN_KEYS.keys() | METADATA_KEYS)
            said[_KNOWN_KEYS[key]] = (value.strip(), f"metadata.{key}")
    in_metadata = _choice(DataClass, said.get("data_class"))
    if given := [header for header in headers if header.startswith(telemetry.IN_PREFIX)]:
        if unknown := next((header for header in given if header not in _KNOWN_HEADERS), None):
            raise _unknown(unknown, _KNOWN_HEADERS)
        for name, header in _HEADERS.items():
            if header in headers:
                said[name] = (_header_text(headers[header], header), header)
    if not said:
        return NO_HINTS
    return Hints(
        task=_choice(Task, said.get("task")),
        workload=_text(said.get("workload")),
        data_class=_stricter(in_metadata, _choice(DataClass, said.get("data_class"))),
        min_tier=_choice(Tier, said.get("min_tier")),
        quality=_share(said.get("quality")),
        tags=_tags(said.get("tags")),
    )


def read_request_id(headers: Mapping[str, str]) -> str | None:
    """The app's own id of the request, to be repeated to it; one that is too long or not plain is ignored."""
    given = headers.get(telemetry.IN_REQUEST_ID)
    if not given or len(given) > _MAX_REQUEST_ID or not (given.isascii() and given.isprintable()):
        return None
    return given


def _header_text(given: str, place: str) -> str:
    """Latin-1 is what a header is read as: bytes of UTF-8 would become tags that nobody sent."""
    try:
        return header_text(given)
    except ValueError as error:
        raise InvalidRequest(f"Invalid {place}: {error}.", param=place) from None


def _unknown(place: str, known: Iterable[str]) -> InvalidRequest:
    return InvalidRequest(f"Unknown {place}: known are {', '.join(sorted(known))}.", param=place)


def _choice(kind: type[_E], said: tuple[str, str] | None) -> _E | None:
    if said is None:
        return None
    value, place = said
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(kind)
        raise InvalidRequest(f"Invalid {place}: {value!r} is none of {allowed}.", param=place) from None


def _stricter(one: DataClass | None, other: DataClass | None) -> DataClass | None:
    """So that a label that a proxy or a library adds in one place cannot lower that of the other."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda found: found.rank)


def _text(said: tuple[str, str] | None) -> str | None:
    if said is None:
        return None
    value, place = said
    if not value or len(value) > _MAX_TEXT or not value.isprintable():
        raise InvalidRequest(f"Invalid {place}: 1 to {_MAX_TEXT} printable characters.", param=place)
    return value


def _share(said: tuple[str, str] | None) -> float | None:
    if said is None:
        return None
    value, place = said
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise InvalidRequest(f"Invalid {place}: {value!r} is not a number from 0 to 1.", param=place)
    return number


def _tags(said: tuple[str, str] | None) -> dict[str, str]:
    """`env=prod,feature=search`."""
    if said is None:
        return {}
    text, place = said
    tags: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = pair.partition("=")
        if not equals or not name or len(pair) > _MAX_TEXT or not pair.isprintable():
            raise InvalidRequest(f"Invalid {place}: {pair[:60]!r} is not name=value.", param=place)
        tags[name.strip()] = value.strip()
    if len(tags) > _MAX_TAGS:
        raise InvalidRequest(f"Invalid {place}: at most {_MAX_TAGS} tags.", param=place)
    return tags
