"""The small declarations an app can make: in `metadata`, or in headers. Texts, with where they were said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from router import telemetry
from router.domain.value import value
from router.errors import InvalidRequest
from router.ingress.header_text import header_text

_PATHS: Mapping[str, tuple[str, ...]] = {
    "reference": ("reference", "value"),
    "reference_kind": ("reference", "kind"),
    "fixture": ("reference", "fixture"),
    "constraints": ("constraints",),
    "tests": ("tests",),
    "language": ("language",),
}
"""Where in the field `tiergate` each of them belongs."""
_JSON = frozenset({"constraints", "tests"})
METADATA_KEYS = frozenset(telemetry.METADATA_PREFIX + name for name in _PATHS)
_BY_HEADER = {telemetry.IN_DECLARED[name]: name for name in _PATHS}
DECLARING_HEADERS = frozenset(_BY_HEADER)
_MOST_METADATA = 512
_MOST_HEADER = 16_000
"""Characters. All headers together may have 64 KiB; what is larger goes in the field."""


@value
class Said:
    """Parts of the field `tiergate` as one place said them. `places` has each text's place by its path."""

    parts: Mapping[str, Any]
    places: Mapping[tuple[str, ...], str]

    def place(self, name: str) -> str:
        """Where the part was said, or its first half."""
        return next(place for path, place in self.places.items() if path[0] == name)


def of_metadata(metadata: Mapping[str, str] | None) -> Said | None:
    """None where it declares nothing. Raises InvalidRequest."""
    given = {key: text for key, text in (metadata or {}).items() if key in METADATA_KEYS}
    texts = {}
    for key, text in given.items():
        if len(text) > _MOST_METADATA:
            raise wrong_value(f"metadata.{key}", f"at most {_MOST_METADATA} characters; {_ELSEWHERE}")
        texts[key.removeprefix(telemetry.METADATA_PREFIX)] = (text, f"metadata.{key}")
    return _said(texts) if texts else None


def of_headers(headers: Mapping[str, str]) -> Said | None:
    """None where they declare nothing. Raises InvalidRequest."""
    if DECLARING_HEADERS.isdisjoint(headers):
        return None
    texts = {}
    for header, name in _BY_HEADER.items():
        if header not in headers:
            continue
        try:
            text = header_text(headers[header])
        except ValueError as error:
            raise wrong_value(header, str(error)) from None
        if len(text) > _MOST_HEADER:
            raise wrong_value(header, f"at most {_MOST_HEADER} characters; {_ELSEWHERE}")
        texts[name] = (text, header)
    return _said(texts)


_ELSEWHERE = f"use the field '{telemetry.DECLARED_FIELD}'"


def _said(texts: Mapping[str, tuple[str, str]]) -> Said:
    parts: dict[str, Any] = {}
    for name, (text, place) in texts.items():
        first, *inner = _PATHS[name]
        given = _json(text, place) if name in _JSON else text
        if inner:
            parts.setdefault(first, {})[inner[0]] = given
        else:
            parts[first] = given
    return Said(parts, {_PATHS[name]: place for name, (_, place) in texts.items()})


def _json(text: str, place: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise wrong_value(place, f"not JSON: {error.msg}") from None


def wrong_value(place: str, reason: str) -> InvalidRequest:
    """The refusal of what was said at `place`."""
    return InvalidRequest(f"Invalid value for '{place}': {reason}.", param=place, code="invalid_value")
