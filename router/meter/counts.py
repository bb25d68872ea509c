"""Reading single figures of a usage report: a count that cannot be right is no count."""

from __future__ import annotations

from typing import Any

from router.domain.units import Unit
from router.domain.usage import STANDARD_TIERS, Units

_MOST_TOKENS = 2**40
"""More than any answer has: a count beyond it is an error of the upstream, and its cost would not fit."""
_LONGEST_TIER = 40
_ON_OUR_OWN = "other"


def count(report: Any, name: str) -> int | None:
    """The figure of that name; None when it is absent, negative, no integer or beyond belief."""
    value = report.get(name) if isinstance(report, dict) else None
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def tier(said: object) -> str | None:
    """The service tier an answer names; None: the standard one, or nothing said."""
    if not isinstance(said, str) or not said or said.lower() in STANDARD_TIERS:
        return None
    return said.lower() if len(said) <= _LONGEST_TIER else _ON_OUR_OWN


def units(*found: tuple[Unit, int | None]) -> Units:
    """Those that are there and not 0."""
    return tuple([(unit, quantity) for unit, quantity in found if quantity])
