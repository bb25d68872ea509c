"""Reads the journal's lines back: rows that the database can take, or the reason why not.

Open lines are nearly all followed by their settlement, so they are only looked at when that never came.
No file access in here.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import orjson

from router.domain.records import AttemptRecord
from router.record.columns import Row
from router.record.lines import ATTEMPT_COLUMNS, COLUMNS, LATER, NAMES, SCHEMA, Done, Later, Opened
from router.record.opened import OpenRecord

_OPENED = b'["open","%b",["' % SCHEMA.encode()
"""What an open line of this version begins with; its request's id is next."""
_SETTLED = b'["done",'
_BODY = 9
"""Where a line's JSON begins: after the checksum and a space."""
_KEY = _BODY + len(_OPENED)


class CorruptLine(ValueError):
    """A complete line that is not what the journal wrote; the message says in which way."""


class LineDecoder:
    """Decodes the lines of one segment in order."""

    def __init__(self) -> None:
        self._foreign: dict[str, dict[str, list[str]]] = {}

    def decode(self, line: bytes) -> Opened | Done | Later | None:
        """One line without its LF; None for a `columns` line. Raises CorruptLine."""
        if not line.startswith(b"%08x " % crc32(memoryview(line)[_BODY:])):
            raise CorruptLine("the checksum does not match")
        if line.startswith(_OPENED, _BODY):
            key = line[_KEY : line.find(b'"', _KEY)]
            if key.isascii() and b"\\" not in key:
                return Opened(key.decode(), line)
        content = self._content(line)
        if line.startswith(_SETTLED, _BODY):  # by far the most of the rest; a pattern costs 1.5 us
            return self._done(content)
        match content:
            case ["open", schema, values]:
                return Opened(self._row(schema, "open", values)[0], line)
            case [str(table), schema, list(rows)] if table in LATER:
                return Later(table, tuple([self._row(schema, LATER[table], row) for row in rows]))
            case ["columns", str(schema), dict(columns)] if all(map(_is_names, columns.values())):
                self._foreign[schema] = columns
                return None
            case _:
                raise CorruptLine("not a line of a known kind")

    def record(self, opened: Opened) -> OpenRecord:
        """All of an open line. Raises CorruptLine."""
        match self._content(opened.line):
            case ["open", schema, values]:
                row = self._row(schema, "open", values)
                known = (*row[:-1], tuple(map(_ended, row[-1] or ())))
                return OpenRecord(*known)
            case _:
                raise CorruptLine("not an open line")

    def _done(self, content: list[Any]) -> Done:
        if len(content) != 4 or not isinstance(content[3], list):
            raise CorruptLine("not a line of a known kind")
        _, schema, request, attempts = content
        row = self._row(schema, "request", request)
        return Done(row, tuple([self._row(schema, "attempt", attempt) for attempt in attempts]))

    @staticmethod
    def _content(line: bytes) -> Any:
        try:
            content = orjson.loads(memoryview(line)[_BODY:])  # a view: a copy of 2 KB costs 1.5 us
        except orjson.JSONDecodeError as error:
            raise CorruptLine(f"not JSON: {error}") from error
        return _without_nul(content) if b"\\u0000" in line else content

    def _row(self, schema: Any, kind: str, values: Any) -> Row:
        columns = COLUMNS[kind]
        if schema != SCHEMA:
            values = self._by_name(schema, kind, values)
        elif not isinstance(values, list) or len(values) != len(columns.names):
            raise CorruptLine(f"not {len(columns.names)} values for the columns of {kind}")
        row = tuple(values)
        problem = columns.problem(row)
        if problem is not None:
            raise CorruptLine(f"{kind}: {problem}")
        return row

    def _by_name(self, schema: Any, kind: str, values: Any) -> list[Any]:
        """Values of another version in this version's order; what it did not have is None."""
        names = self._foreign.get(schema, {}).get(kind) if isinstance(schema, str) else None
        if names is None:
            raise CorruptLine(f"written with columns {schema}, and the segment does not name them")
        if not isinstance(values, list) or len(values) != len(names):
            raise CorruptLine(f"not {len(names)} values for the columns of {kind}")
        named = dict(zip(names, values, strict=True))
        return [named.get(column) for column in NAMES[kind]]


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _ended(attempt: Any) -> AttemptRecord:
    """An attempt inside an open line: an object, so that it names its columns itself."""
    if not isinstance(attempt, dict):
        raise CorruptLine("ended: not attempts")
    row: Row = tuple([attempt.get(name) for name in ATTEMPT_COLUMNS])
    problem = COLUMNS["attempt"].problem(row)
    if problem is not None:
        raise CorruptLine(f"ended: {problem}")
    return AttemptRecord(*row)


def _without_nul(value: Any) -> Any:
    """PostgreSQL's text cannot hold U+0000, and one such character must not stop the ledger."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nul(item) for key, item in value.items()}
    return value
