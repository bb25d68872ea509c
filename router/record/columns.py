"""Which kinds of values a row may hold: those its record declares, which are those of the tables.

A database driver reports a value it cannot bind as it reports a missing table, which is waited for; and
SQLite takes a text for money. So rows are looked at before they reach it. No file access in here.
"""

from __future__ import annotations

from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

Row = tuple[Any, ...]
"""Values in column order: what the database driver binds."""

_MOST_KINDS = 10_000


class Columns:
    """The columns of one kind of row, by the fields of its record."""

    def __init__(self, record: type) -> None:
        hints = get_type_hints(record)
        self.names = tuple(field.name for field in fields(record))
        self._allowed = tuple(_kinds(hints[name]) for name in self.names)
        self._right: set[tuple[type, ...]] = set()

    def problem(self, row: Row) -> str | None:
        """The first value of the wrong kind, without the value; None when the database can take the row.

        Integers beyond 64 bits arrive here as floats, those up to 2**64 as they are: the database refuses
        them by itself, row by row.
        """
        kinds = tuple(map(type, row))  # few combinations ever occur: one set lookup instead of 45 checks
        if kinds in self._right:
            return None
        for name, kind, allowed in zip(self.names, kinds, self._allowed, strict=True):
            if kind not in allowed:
                return f"{name} is {_name(kind)}, not {' or '.join(sorted(map(_name, allowed)))}"
        if len(self._right) < _MOST_KINDS:
            self._right.add(kinds)
        return None


def _kinds(hint: Any) -> frozenset[type]:
    if get_origin(hint) is tuple:
        return frozenset({list, NoneType})
    kinds = frozenset(get_args(hint) if isinstance(hint, UnionType) else (hint,))
    return kinds | {int} if float in kinds else kinds  # JSON may write 1.0 as 1


def _name(kind: type) -> str:
    return "null" if kind is NoneType else kind.__name__
