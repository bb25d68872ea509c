"""The journal's line format: `<crc32 of the JSON, 8 hex digits> <JSON array> LF`.

    ["columns", SCHEMA, {"request": [...], "attempt": [...], "open": [...], ...}]   first line of a segment
    ["open", SCHEMA, [values of an OpenRecord]]                                before an attempt is dispatched
    ["done", SCHEMA, [values of a RequestRecord], [[values of an AttemptRecord], ...]]
    ["verdicts", SCHEMA, [[values of a VerdictRecord], ...]]                   after its request's done line
    ["feedback", SCHEMA, [[values of a FeedbackRecord], ...]]                  when somebody says something
    ["judgements", SCHEMA, [...]], ["judge_calls", SCHEMA, [...]]              likewise
    ["prompts", SCHEMA, [[values of a PromptRecord]]]                          after its request's line

The last five are rows of the tables they are named after; they come later than the row they speak of.

Rows are arrays in column order, not objects: names would double the bytes and triple the encoding time
on the request path. SCHEMA is a checksum of the column names; a segment left by another version is read
through its own `columns` line, by name. `decode.py` reads them. No file access in here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from zlib import crc32

import orjson

from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.domain.records import AttemptRecord, PromptRecord, RequestRecord, VerdictRecord
from router.domain.value import value
from router.record.columns import Columns, Row
from router.record.opened import OpenRecord

COLUMNS = {
    "request": Columns(RequestRecord),
    "attempt": Columns(AttemptRecord),
    "open": Columns(OpenRecord),
    "verdict": Columns(VerdictRecord),
    "feedback": Columns(FeedbackRecord),
    "judgement": Columns(JudgementRecord),
    "judge call": Columns(JudgeCallRecord),
    "prompt": Columns(PromptRecord),
}
LaterRecord = VerdictRecord | FeedbackRecord | JudgementRecord | JudgeCallRecord | PromptRecord
NAMES = {kind: columns.names for kind, columns in COLUMNS.items()}
REQUEST_COLUMNS, ATTEMPT_COLUMNS = NAMES["request"], NAMES["attempt"]
LATER = {
    "verdicts": "verdict",
    "feedback": "feedback",
    "judgements": "judgement",
    "judge_calls": "judge call",
    "prompts": "prompt",
}
"""Tables whose rows come later than the request they are about: the kind of their rows."""
SCHEMA = f"{crc32(repr(NAMES).encode()):08x}"

_request_values = attrgetter(*REQUEST_COLUMNS)
_attempt_values = attrgetter(*ATTEMPT_COLUMNS)
_open_values = attrgetter(*NAMES["open"])
_later_values = {table: attrgetter(*NAMES[kind]) for table, kind in LATER.items()}


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


@value
class Later:
    """Rows of one of the tables of `LATER`, ready to bind."""

    table: str
    rows: tuple[Row, ...]


def columns_line() -> bytes:
    """The first line of every segment."""
    return _frame(("columns", SCHEMA, NAMES))


def open_line(record: OpenRecord) -> bytes:
    return _frame(("open", SCHEMA, _open_values(record)))


def done_line(request: RequestRecord, attempts: Sequence[AttemptRecord]) -> bytes:
    return _frame(("done", SCHEMA, _request_values(request), tuple(map(_attempt_values, attempts))))


def later_line(table: str, records: Sequence[LaterRecord]) -> bytes:
    """Records of one of the tables of `LATER`."""
    return _frame((table, SCHEMA, tuple(map(_later_values[table], records))))


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
