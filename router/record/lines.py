"""The journal's line format: `<crc32 of the JSON, 8 hex digits> <JSON array> LF`.

    ["columns", SCHEMA, {"request": [...], "attempt": [...], "open": [...]}]   first line of a segment
    ["open", SCHEMA, [values of an OpenRecord]]                                before an attempt is dispatched
    ["done", SCHEMA, [values of a RequestRecord], [[values of an AttemptRecord], ...]]

Rows are arrays in column order, not objects: names would double the bytes and triple the encoding time
on the request path. SCHEMA is a checksum of the column names; a segment left by another version is read
through its own `columns` line, by name. No file access in here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from zlib import crc32

import orjson

from router.domain.records import AttemptRecord, RequestRecord
from router.domain.value import value
from router.record.columns import Columns, Row
from router.record.opened import OpenRecord

_COLUMNS = {"request": Columns(RequestRecord), "attempt": Columns(AttemptRecord), "open": Columns(OpenRecord)}
_NAMES = {kind: columns.names for kind, columns in _COLUMNS.items()}
REQUEST_COLUMNS, ATTEMPT_COLUMNS, OPEN_COLUMNS = _NAMES.values()
SCHEMA = f"{crc32(repr(_NAMES).encode()):08x}"

_OPENED = b'["open","%b",["' % SCHEMA.encode()
"""What an open line of this version begins with; its request's id is next."""
_SETTLED = b'["done",'

_request_values = attrgetter(*REQUEST_COLUMNS)
_attempt_values = attrgetter(*ATTEMPT_COLUMNS)
_open_values = attrgetter(*OPEN_COLUMNS)


class CorruptLine(ValueError):
    """A complete line that is not what the journal wrote; the message says in which way."""


@value
class Opened:
    """An attempt that is about to be dispatched. Nearly all are settled, so it stays a line till needed."""

    id: str
    line: bytes


@value
class Done:
    """A settled request and its attempts, ready to bind."""

    request: Row
    attempts: tuple[Row, ...]


def columns_line() -> bytes:
    """The first line of every segment."""
    return _frame(("columns", SCHEMA, _NAMES))


def open_line(record: OpenRecord) -> bytes:
    return _frame(("open", SCHEMA, _open_values(record)))


def done_line(request: RequestRecord, attempts: Sequence[AttemptRecord]) -> bytes:
    return _frame(("done", SCHEMA, _request_values(request), tuple(map(_attempt_values, attempts))))


def as_done(request: RequestRecord, attempts: Sequence[AttemptRecord]) -> Done:
    """Records as rows to bind."""
    return Done(_request_values(request), tuple(map(_attempt_values, attempts)))


def _frame(content: tuple[Any, ...]) -> bytes:
    try:
        body = orjson.dumps(content)
    except orjson.JSONEncodeError:
        body = _lenient(content)
    return b"%08x %b\n" % (crc32(body), body)


def _lenient(content: tuple[Any, ...]) -> bytes:
    """For what orjson refuses (lone surrogates, huge integers): a row is worth more than a character."""
    text = json.dumps(content, ensure_ascii=False, default=dataclasses.asdict)
    return text.encode("utf-8", "replace")


class LineDecoder:
    """Decodes the lines of one segment in order."""

    def __init__(self) -> None:
        self._foreign: dict[str, dict[str, list[str]]] = {}

    def decode(self, line: bytes) -> Opened | Done | None:
        """One line without its LF; None for a `columns` line. Raises CorruptLine."""
        body = line[9:]
        if line[:9] != b"%08x " % crc32(body):
            raise CorruptLine("the checksum does not match")
        if body.startswith(_OPENED):
            key = body[len(_OPENED) : body.find(b'"', len(_OPENED))]
            if key.isascii() and b"\\" not in key:
                return Opened(key.decode(), line)
        content = self._content(body)
        if body.startswith(_SETTLED):  # by far the most of the rest; a pattern costs 1.5 us
            return self._done(content)
        match content:
            case ["open", schema, values]:
                return Opened(self._row(schema, "open", values)[0], line)
            case ["columns", str(schema), dict(columns)] if all(map(_is_names, columns.values())):
                self._foreign[schema] = columns
                return None
            case _:
                raise CorruptLine("not a line of a known kind")

    def record(self, opened: Opened) -> OpenRecord:
        """All of an open line. Raises CorruptLine."""
        match self._content(opened.line[9:]):
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
    def _content(body: bytes) -> Any:
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise CorruptLine(f"not JSON: {error}") from error
        return _without_nul(content) if b"\\u0000" in body else content

    def _row(self, schema: Any, kind: str, values: Any) -> Row:
        columns = _COLUMNS[kind]
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
        return [named.get(column) for column in _NAMES[kind]]


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _ended(attempt: Any) -> AttemptRecord:
    """An attempt inside an open line: an object, so that it names its columns itself."""
    if not isinstance(attempt, dict):
        raise CorruptLine("ended: not attempts")
    row: Row = tuple([attempt.get(name) for name in ATTEMPT_COLUMNS])
    problem = _COLUMNS["attempt"].problem(row)
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
