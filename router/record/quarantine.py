"""Where lines go that cannot be booked: appended to one file, for a person to look at. Nothing is skipped.

After a restart of the shipper the same line can be added once more.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import orjson

from router.record.tail import Batch, Quarantined
from router.record.write import Refused, RefusedLater

log = logging.getLogger(__name__)
_OWNER_ONLY = 0o600


class Quarantine:
    """Appends to `path`; each entry is on disk when a method returns. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, batch: Batch) -> None:
        """The corrupt lines of `batch`, once however often it is tried."""
        self._append(batch.corrupt)
        batch.quarantined += len(batch.corrupt)
        batch.corrupt.clear()

    def refuse(self, journal: Path, refused: Sequence[Refused | RefusedLater]) -> None:
        """Rows that were read well and that the database will not take."""
        self._append(
            [
                Quarantined(journal, 0, f"refused by the database: {row.reason}", _as_line(row))
                for row in refused
            ]
        )

    def _append(self, lines: Sequence[Quarantined]) -> None:
        if not lines:
            return
        with open(self._path, "ab", opener=_for_its_owner) as file:
            for line in lines:
                file.write(_entry(line))
                log.error("ledger: quarantined a line of %s: %s", line.segment, line.reason)
            file.flush()
            os.fsync(file.fileno())


def _for_its_owner(path: str, flags: int) -> int:
    """Made for its owner only: lines say who asked what and what it cost. What is there keeps its mode."""
    return os.open(path, flags, _OWNER_ONLY)


def _entry(line: Quarantined) -> bytes:
    entry = {
        "segment": f"{line.segment.parent.name}/{line.segment.name}",
        "offset": line.offset,
        "reason": line.reason,
        "line": line.line.decode("utf-8", "backslashreplace"),
    }
    return orjson.dumps(entry) + b"\n"


def _as_line(row: Refused | RefusedLater) -> bytes:
    if isinstance(row, RefusedLater):
        return orjson.dumps((row.table, (row.row,)))
    return orjson.dumps(("done", row.done.request, row.done.attempts))
