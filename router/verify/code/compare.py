"""Whether what came out of the sandbox is what was wanted. Runs in the gateway, on untrusted data.

A value is held against the expected one part by part. No set or dict is built of untrusted parts: chosen
keys that collide would make that slow without end.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from router.verify.code.jail.codec import decode

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_LISTS: Final[dict[str, type]] = {"l": list, "t": tuple}
_SETS: Final = {"e": set, "z": frozenset}
_MALFORMED: Final = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, AttributeError)
_LONGEST_NUMBER: Final = 40
_LARGEST_KEY: Final = 1000


def matches(wire: Any, expected: Any, loose: bool = False) -> bool:
    """Whether an encoded value equals the expected one, as Python's `==` would have it; never raises."""
    try:
        return _matches(wire, expected, loose)
    except _MALFORMED:
        return False


def _matches(wire: Any, expected: Any, loose: bool) -> bool:
    code = wire[0] if isinstance(wire, list) else None
    if code == "d":
        return isinstance(expected, dict) and _same_dict(wire[1], expected, loose)
    if code in _SETS:
        return isinstance(expected, set | frozenset) and _same_set(wire[1], expected)
    if code in _LISTS:
        kinds = tuple(_LISTS.values()) if loose else _LISTS[code]
        return isinstance(expected, kinds) and _same_items(wire[1], expected, loose)
    if code == "q":
        return False
    return bool(decode(wire) == expected)


def _same_items(items: Any, expected: Any, loose: bool) -> bool:
    if len(items) != len(expected):
        return False
    return all(_matches(item, wanted, loose) for item, wanted in zip(items, expected, strict=True))


def _same_set(items: Any, expected: Any) -> bool:
    left = set(expected)
    for item in items:
        left.remove(_key(item))
    return not left


def _same_dict(pairs: Any, expected: dict[Any, Any], loose: bool) -> bool:
    left = dict(expected)
    return all(_matches(found, left.pop(_key(key)), loose) for key, found in pairs) and not left


def _key(wire: Any) -> Any:
    """A hashable plain value. A frozenset is the one hash table built of untrusted parts: a small one."""
    if isinstance(wire, list):
        if wire[0] == "t":
            return tuple(_key(item) for item in wire[1])
        if wire[0] == "z":
            if len(wire[1]) > _LARGEST_KEY:
                raise ValueError("too large a key")
            return frozenset(_key(item) for item in wire[1])
    return decode(wire)


def same_output(got: str, wanted: str, tolerance: float = 0.0) -> bool:
    """Line by line without trailing space; where a line differs, word by word, numbers by value."""
    ours, theirs = _lines(got), _lines(wanted)
    if len(ours) != len(theirs):
        return False
    return all(
        a == b or _same_words(a.split(), b.split(), tolerance) for a, b in zip(ours, theirs, strict=True)
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")]


def _same_words(ours: list[str], theirs: list[str], tolerance: float) -> bool:
    if len(ours) != len(theirs):
        return False
    return all(a == b or _same_number(a, b, tolerance) for a, b in zip(ours, theirs, strict=True))


def _same_number(ours: str, theirs: str, tolerance: float) -> bool:
    if max(len(ours), len(theirs)) > _LONGEST_NUMBER or not (
        _NUMBER.fullmatch(ours) and _NUMBER.fullmatch(theirs)
    ):
        return False
    if "." not in ours + theirs:
        return False  # whole numbers are texts: 007 is not 7
    a, b = Decimal(ours), Decimal(theirs)
    return abs(a - b) <= Decimal(tolerance) * max(Decimal(1), abs(b))
