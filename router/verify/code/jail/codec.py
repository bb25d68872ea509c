"""Plain Python values as JSON lists, and back: the only thing that crosses the wall as a value.

Decoding builds plain values and nothing else; it calls no code of the other side. A value's own methods
are not called while encoding: subclasses are written as the plain type they extend.
"""

from __future__ import annotations

import sys
from collections import deque

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any, Final

MAX_NODES: Final = 200_000
_BIG: Final = 1 << 62


class NotPlain(TypeError):
    """The value is an object that has no plain form."""


class Encoder:
    """Writes one value; counts its parts, because a small program can build a value of endless size."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def write(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise NotPlain("a value with too many parts")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if isinstance(value, int):
            number = int.__index__(value)
            return number if -_BIG < number < _BIG else ["i", format(number, "x")]
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, float):
            return ["f", float.hex(value)]
        return self._container(value) if isinstance(value, _CONTAINERS) else _scalar(value, kind)

    def _container(self, value: Any) -> Any:
        if isinstance(value, dict):
            return ["d", [[self.write(k), self.write(v)] for k, v in dict.items(value)]]
        for code, kind in _SEQUENCES.items():
            if isinstance(value, kind):
                return [code, [self.write(item) for item in kind.__iter__(value)]]
        raise NotPlain(_named(type(value)))


_SEQUENCES: Final[dict[str, Any]] = {
    "l": list,
    "t": tuple,
    "e": set,
    "z": frozenset,
    "q": deque,
}
_CONTAINERS: Final = (dict, *_SEQUENCES.values())


def _scalar(value: Any, kind: type) -> Any:
    if kind is bytes or kind is bytearray:
        return ["b", bytes(value).hex()]
    if kind is complex:
        return ["c", value.real.hex(), value.imag.hex()]
    if kind is range:
        return ["r", value.start, value.stop, value.step]
    if kind is _kind("decimal", "Decimal"):
        return ["D", str(value)]
    if kind is _kind("fractions", "Fraction"):
        return ["F", format(value.numerator, "x"), format(value.denominator, "x")]
    if kind is _kind("datetime", "timedelta"):
        return ["T", "timedelta", [value.days, value.seconds, value.microseconds]]
    if kind in [_kind("datetime", name) for name in ("datetime", "date", "time")]:
        return ["T", kind.__name__, value.isoformat()]
    raise NotPlain(_named(kind))


def _kind(module: str, name: str) -> Any:
    """A class of a module that is slow to import: whoever has such a value has imported it."""
    return getattr(sys.modules.get(module), name, None)


def _named(kind: type) -> str:
    return f"an object of type {str(getattr(kind, '__name__', '?'))[:40]}"


def encode(value: Any) -> Any:
    """Raises `NotPlain` for what has no plain form (RecursionError for a value nested without end)."""
    return Encoder().write(value)


def decode(wire: Any) -> Any:
    """Raises ValueError, TypeError, LookupError or ArithmeticError for what is not of this encoding."""
    if not isinstance(wire, list):
        if isinstance(wire, dict | float):
            raise ValueError("not of this encoding")
        return wire
    code, *rest = wire
    if code == "d":
        return {decode(k): decode(v) for k, v in rest[0]}
    if code in _SEQUENCES:
        return _SEQUENCES[code]([decode(item) for item in rest[0]])
    return _SCALARS[code](*rest)


def _moment(kind: str, text: Any) -> Any:
    import datetime  # noqa: PLC0415 - seldom needed

    if kind == "timedelta":
        return datetime.timedelta(*text)
    kinds: dict[str, Any] = {"datetime": datetime.datetime, "date": datetime.date, "time": datetime.time}
    return kinds[kind].fromisoformat(text)


def _fraction(top: str, bottom: str) -> Any:
    import fractions  # noqa: PLC0415 - seldom needed

    return fractions.Fraction(int(top, 16), int(bottom, 16))


def _decimal(text: str) -> Any:
    import decimal  # noqa: PLC0415 - seldom needed

    return decimal.Decimal(text)


_SCALARS: Final[dict[str, Any]] = {
    "i": lambda text: int(text, 16),
    "f": float.fromhex,
    "b": bytes.fromhex,
    "c": lambda real, imag: complex(float.fromhex(real), float.fromhex(imag)),
    "D": _decimal,
    "F": _fraction,
    "r": range,
    "T": _moment,
}
