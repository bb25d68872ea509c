"""Whole past days kept as arrays, because reading a row's JSON takes far longer than deciding it again.

A file holds what the rows of one day say to a plan: no prompt and no answer, but keys' ids, teams and tags,
so it is readable by its owner only. Rows never change; a day to which later rows came is read anew. A file
that cannot be read, or is of another version, is no error: the day is read from the database.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import Engine

from router.domain.teams import Team
from router.lifecycle.past import Day, Past, Progress, Window, days_of, joined_pasts, read_past
from router.lifecycle.profile_json import from_json, to_json
from router.lifecycle.replay.columns import ARRAYS, Columns

_FORMAT = 2
_OWNER_ONLY = 0o600
_DAY_US = 86_400_000_000
_MOST_DAYS = 400
"""Files kept; the one that was written first goes first."""
_PLAIN = ("first", "served", "digest", "cost", "expected", "duration", "simulated")


class PastCache:
    """Reads a window with the days kept in `folder`."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self._ledger = hashlib.sha256(engine.url.render_as_string().encode()).hexdigest()[:12]
        self.from_cache = 0
        """Requests that did not have to be read from the database."""

    def read(self, window: Window, progress: Progress) -> Past:
        """All requests of the window. Raises SQLAlchemyError, OSError."""
        parts: list[Past] = []
        done = 0
        for part, day in self._parts(window):
            found = self._day(part, day, lambda n, done=done: progress(done + n))  # type: ignore[misc]
            parts.append(found)
            done += len(found) + found.undecided
            progress(done)
        return joined_pasts(parts)

    def _parts(self, window: Window) -> Iterator[tuple[Window, Day]]:
        for day in days_of(self._engine, window):
            start = int(datetime.fromisoformat(day.day).replace(tzinfo=UTC).timestamp()) * 1_000_000
            since, until = max(start, window.since_us), min(start + _DAY_US, window.until_us)
            yield replace(window, since_us=since, until_us=until), day

    def _day(self, part: Window, day: Day, progress: Progress) -> Past:
        """Only whole days that are over are kept: the others are asked for once."""
        whole = part.until_us - part.since_us == _DAY_US
        over = datetime.now(UTC) - datetime.fromisoformat(day.day).replace(tzinfo=UTC) > timedelta(days=1)
        if not (whole and over):
            return read_past(self._engine, part, progress)
        path = self._folder / f"{self._ledger}-{_short(part.team)}-{day.day}.npz"
        found = _load(path, day)
        if found is None:
            found = read_past(self._engine, part, progress)
            _save(path, day, found)
        else:
            self.from_cache += len(found)
        return found


def _short(team: Team | None) -> str:
    """Of a team in a file's name: another one for every organisation's team, and for all of them."""
    said = b"" if team is None else orjson.dumps([team.organisation, team.name])
    return hashlib.sha256(said).hexdigest()[:8]


def _load(path: Path, day: Day) -> Past | None:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = orjson.loads(arrays.pop("about").tobytes())
        if (about["format"], about["rows"], about["newest"]) != (_FORMAT, day.rows, day.newest):
            return None
        columns = Columns(
            tuple(map(from_json, about["profiles"])),
            tuple(about["heads"]),
            **{name: arrays[name] for name in ARRAYS},
        )
        plain = {name: arrays[f"past_{name}"] for name in _PLAIN}
        return Past(
            columns, tuple(about["names"]), tuple(about["digests"]), undecided=about["undecided"], **plain
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _save(path: Path, day: Day, past: Past) -> None:
    """Whole or not at all. Raises OSError."""
    about = {
        "format": _FORMAT,
        "rows": day.rows,
        "newest": day.newest,
        "profiles": [to_json(profile) for profile in past.columns.profiles],
        "heads": past.columns.head_names,
        "names": past.names,
        "digests": past.digests,
        "undecided": past.undecided,
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        about=np.frombuffer(orjson.dumps(about), np.uint8),
        **{name: getattr(past.columns, name) for name in ARRAYS},
        **{f"past_{name}": getattr(past, name) for name in _PLAIN},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(buffer.getvalue())
    partial.replace(path)
    for old in sorted(path.parent.glob("*.npz"), key=lambda kept: kept.stat().st_mtime)[:-_MOST_DAYS]:
        old.unlink(missing_ok=True)
