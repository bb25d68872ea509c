"""A judge's text -> what it prefers, or its grade. None for whatever is not in the form asked for. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from router.domain.judgement import GRADES, Preference

_DECODER = json.JSONDecoder()


def preference(text: str, *, answer_first: bool) -> Preference | None:
    """Whom `{"better": "A" | "B" | "tie"}` prefers, given which of the two was shown first."""
    said = str(_last(text).get("better", "")).strip().upper()
    if said == "TIE":
        return Preference.TIE
    if said not in ("A", "B"):
        return None
    return Preference.ANSWER if (said == "A") is answer_first else Preference.OTHER


def grade(text: str) -> int | None:
    """The `grade` of `{"grade": 1..5}`."""
    said = _last(text).get("grade")
    given = int(said) if isinstance(said, str) and said.strip().isdecimal() else said
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= GRADES:
        return None
    return given


def reason(text: str) -> str | None:
    """Its own words, if it gave any."""
    said = _last(text).get("reason")
    return said if isinstance(said, str) and said else None


def _last(text: str) -> Mapping[str, Any]:
    """The last JSON object in `text`, after whatever thinking there is."""
    last: dict[str, Any] = {}
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            last = value
        at = text.find("{", end)
    return last
