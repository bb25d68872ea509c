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
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any
from zlib import crc32

import orjson

from router.domain.records import AttemptRecord, RequestRecord
from router.record.opened import OpenRecord

REQUEST_COLUMNS = tuple(field.name for field in fields(RequestRecord))
ATTEMPT_COLUMNS = tuple(field.name for field in fields(AttemptRecord))
OPEN_COLUMNS = tuple(field.name for field in fields(OpenRecord))
_COLUMNS = {"request": REQUEST_COLUMNS, "attempt": ATTEMPT_COLUMNS, "open": OPEN_COLUMNS}
SCHEMA = f"{crc32(repr(_COLUMNS).encode()):08x}"

Row = tuple[Any, ...]
"""Values in column order: what the database driver binds."""

_request_values = attrgetter(*REQUEST_COLUMNS)
_attempt_values = attrgetter(*ATTEMPT_COLUMNS)
_open_values = attrgetter(*OPEN_COLUMNS)


class CorruptLine(ValueError):
    """A complete line that is not what the journal wrote; the message says in which way."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt that is about to be dispatched. Nearly all are settled, so it stays a row till needed."""

    id: str
    row: Row

    def record(self) -> OpenRecord:
        """Raises TypeError if `ended` holds what is not an AttemptRecord of this version."""
        ended = tuple(AttemptRecord(**attempt) for attempt in self.row[-1] or ())
        values = (*self.row[:-1], ended)
        return OpenRecord(*values)


@dataclass(frozen=True, slots=True)
class Done:
    """A settled request and its attempts, ready to bind."""

    request: Row
    attempts: tuple[Row, ...]


def columns_line() -> bytes:
    """The first line of every segment."""
    return _frame(("columns", SCHEMA, _COLUMNS))


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
        if line[8:9] != b" " or line[:8] != b"%08x" % crc32(body):
            raise CorruptLine("the checksum does not match")
        try:
            content = orjson.loads(body)
            return self._entry(_without_nul(content) if b"\\u0000" in body else content)
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise CorruptLine(f"not what this version writes: {error}") from error

    def _entry(self, content: Any) -> Opened | Done | None:
        match content:
            case ["done", str(schema), list(request), list(attempts)]:
                return Done(
                    self._row(schema, "request", request),
                    tuple(self._row(schema, "attempt", attempt) for attempt in attempts),
                )
            case ["open", str(schema), list(values)]:
                row = self._row(schema, "open", values)
                return Opened(row[0], row)
            case ["columns", str(schema), dict(columns)]:
                self._foreign[schema] = columns
                return None
            case _:
                raise CorruptLine("not a line of a known kind")

    def _row(self, schema: str, kind: str, values: list[Any]) -> Row:
        if schema == SCHEMA:
            if len(values) != len(_COLUMNS[kind]):
                raise CorruptLine(f"{len(values)} values for {len(_COLUMNS[kind])} columns of {kind}")
            return tuple(values)
        if schema not in self._foreign:
            raise CorruptLine(f"written with columns {schema}, and the segment does not name them")
        names = self._foreign[schema][kind]
        if len(values) != len(names):
            raise CorruptLine(f"{len(values)} values for {len(names)} columns of {kind}")
        named = dict(zip(names, values, strict=True))
        return tuple(named.get(column) for column in _COLUMNS[kind])


def _without_nul(value: Any) -> Any:
    """PostgreSQL's text cannot hold U+0000, and one such character must not stop the ledger."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nul(item) for key, item in value.items()}
    return value
