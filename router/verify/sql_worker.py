"""Runs two queries on a fixture in memory and compares what they return. A handler of `killable.child`.

Both queries may only read: an authorizer denies everything else, as it denies the fixture whatever reaches
beyond its own tables. Time and size are limited here and, should that fail, by the process around it.
"""

from __future__ import annotations

import math
import sqlite3
import time
from typing import Any

_MAX_ROWS = 10_000
_MAX_VALUE_BYTES = 1_000_000
_MAX_PAGES = 16_384
"""Of 4 KiB: what a fixture may hold."""
_STEPS = 1_000
"""Instructions of SQLite's machine between two looks at the clock."""
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_OUTSIDE = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA}
_FORBIDDEN_FUNCTIONS = {"load_extension", "zeroblob", "randomblob"}


class _Wrong(Exception):
    """A query failed; `part` says which."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part = part


def answer(asked: dict[str, str]) -> dict[str, Any]:
    """`{"equal", "detail"}`, or `{"part", "reason"}` when the fixture, the reference or the answer failed."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    seconds = float(asked["seconds"])
    try:
        _limit(database)
        _run(database, "fixture", seconds, lambda: database.executescript(asked["fixture"]).fetchall())
        database.set_authorizer(_reading_only)
        wanted = _run(database, "reference", seconds, lambda: _rows(database, asked["reference"]))
        got = _run(database, "answer", seconds, lambda: _rows(database, asked["answer"]))
    except _Wrong as wrong:
        return {"part": wrong.part, "reason": str(wrong)[:200]}
    finally:
        database.close()
    return compare(got, wanted, ordered=asked["ordered"] == "yes")


def compare(got: list[Any], wanted: list[Any], *, ordered: bool) -> dict[str, Any]:
    """Whether two results hold the same rows, in the same order if `ordered`; column names do not matter."""
    if len(got) != len(wanted):
        return {"equal": False, "detail": f"{len(got)} rows, expected {len(wanted)}"}
    if wanted and len(got[0]) != len(wanted[0]):
        return {"equal": False, "detail": f"{len(got[0])} columns, expected {len(wanted[0])}"}
    left, right = (got, wanted) if ordered else (sorted(got, key=_key), sorted(wanted, key=_key))
    differing = sum(not all(map(_same, one, other)) for one, other in zip(left, right, strict=True))
    order = " in order" if ordered else ""
    return {"equal": not differing, "detail": f"{len(wanted) - differing} of {len(wanted)} rows equal{order}"}


def _limit(database: sqlite3.Connection) -> None:
    database.execute(f"PRAGMA max_page_count = {_MAX_PAGES}")
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute("PRAGMA trusted_schema = OFF")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.set_authorizer(_nothing_outside)


def _run(database: sqlite3.Connection, part: str, seconds: float, work: Any) -> Any:
    ends = time.monotonic() + seconds
    database.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
    try:
        return work()
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        late = time.monotonic() > ends
        raise _Wrong(part, f"took longer than {seconds:g} s" if late else str(error)) from error


def _rows(database: sqlite3.Connection, query: str) -> list[Any]:
    found = database.execute(query)
    if found.description is None:
        raise sqlite3.ProgrammingError("not a query")
    rows = found.fetchmany(_MAX_ROWS + 1)
    if len(rows) > _MAX_ROWS:
        raise sqlite3.DataError(f"more than {_MAX_ROWS} rows")
    return rows


def _nothing_outside(action: int, one: str | None, two: str | None, *_: str | None) -> int:
    """Of the fixture: its own tables and rows, nothing that reaches a file or a setting."""
    if action in _OUTSIDE or (action == sqlite3.SQLITE_FUNCTION and two in _FORBIDDEN_FUNCTIONS):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _reading_only(action: int, one: str | None, two: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and two not in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _same(one: Any, other: Any) -> bool:
    """Equal values; numbers to nine digits, so that another order of summing does no harm."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return type(one) is type(other) and bool(one == other)


def _key(row: Any) -> list[tuple[int, Any]]:
    """Orders rows of mixed types as SQLite does: null, numbers, text, blobs. Numbers by eight digits, so that
    nearly equal ones end up side by side."""
    kinds = {type(None): 0, int: 1, float: 1, str: 2, bytes: 3}
    return [
        (kinds[type(one)], 0 if one is None else float(f"{one:.8g}") if isinstance(one, float) else one)
        for one in row
    ]
