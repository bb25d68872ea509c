"""The audit log as JSON lines or CSV, entry by entry, for whoever keeps or reads it elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import Literal

import orjson

from router.audit.entry import Entry
from router.clock import utc

Form = Literal["jsonl", "csv"]
_NAMES = [field.name for field in fields(Entry)]


def lines(entries: Iterable[Entry], form: Form) -> Iterator[str]:
    """Lines with their line feeds. Times as stored, in microseconds, and as `at` in ISO 8601, UTC; in JSON
    `detail` is an object, and its text stays what was signed."""
    if form == "jsonl":
        for entry in entries:
            yield orjson.dumps(document(entry)).decode() + "\n"
        return
    yield _csv(["at", *_NAMES])
    for entry in entries:
        yield _csv([_at(entry), *(_safe(value) for value in asdict(entry).values())])


def document(entry: Entry) -> dict[str, object]:
    """As JSON."""
    return {"at": _at(entry), **asdict(entry), "detail": orjson.loads(entry.detail)}


def _at(entry: Entry) -> str:
    return utc(entry.at_us).isoformat().replace("+00:00", "Z")


def _safe(value: object) -> object:
    """No cell that a spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _csv(cells: list[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
