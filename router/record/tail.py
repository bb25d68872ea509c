"""Reads one writer's journal directory in order, and knows when a segment is not needed any more.

Keeps no offsets on disk: after a restart it reads again what segments remain, and the primary keys make
that harmless. Must not touch the database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from router.record import directory
from router.record.columns import Row
from router.record.decode import CorruptLine, LineDecoder
from router.record.lines import Done, Later, Opened
from router.record.opened import OpenRecord
from router.record.pace import Pace

MAX_REQUESTS = 1_000
"""Settled requests in one batch, so in one database transaction."""
_MAX_LATER = 4_000
_CHUNK_BYTES = 1 << 16
"""Read at a time, some 15 requests: a piece of work in the sense of `Pace`, and it stays in the cache."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Bytes that cannot be booked, and why."""

    segment: Path
    offset: int
    reason: str
    line: bytes


@dataclass(slots=True)
class Batch:
    """What has to be in the database (and in quarantine) before its part of the journal may go."""

    done: list[Done] = field(default_factory=list)
    later: dict[str, list[Row]] = field(default_factory=dict)
    resolved: list[str] = field(default_factory=list)
    corrupt: list[Quarantined] = field(default_factory=list)
    quarantined: int = 0

    def __bool__(self) -> bool:
        return bool(self.done or self.later or self.resolved or self.corrupt)

    @property
    def full(self) -> bool:
        """Enough for one transaction."""
        return len(self.done) >= MAX_REQUESTS or sum(map(len, self.later.values())) >= _MAX_LATER


@dataclass(slots=True)
class _Segment:
    path: Path
    decoder: LineDecoder = field(default_factory=LineDecoder)
    offset: int = 0
    final: bool = False
    exhausted: bool = False
    unresolved: int = 0


class Tail:
    """The journal in `path`. One batch at a time: `read`, put it away safely, `committed`, `read` again."""

    def __init__(self, path: Path, pace: Pace | None = None) -> None:
        self.path = path
        self._pace = pace or Pace()
        self.writer_gone = False
        self.reconciled = False
        self._segments: dict[int, _Segment] = {}
        self._open: dict[str, list[tuple[_Segment, int, Opened]]] = {}

    def read(self) -> Batch:
        """The next settled requests; empty when there is nothing to put away just now."""
        self._discover()
        batch = Batch()
        for segment in self._segments.values():
            while not segment.exhausted and not batch.full:
                if not self._read_some(segment, batch):
                    break
        return batch

    def committed(self, batch: Batch) -> None:
        """`batch` is safe: forget it, and delete the segments that nothing depends on any more."""
        settled = [done.request[0] for done in batch.done]
        for request_id in (*settled, *batch.resolved):
            for segment, _, _ in self._open.pop(request_id, ()):
                segment.unresolved -= 1
        for number, segment in list(self._segments.items()):
            if segment.exhausted and not segment.unresolved:
                segment.path.unlink(missing_ok=True)
                del self._segments[number]

    def unresolved(self, limit: int) -> list[str]:
        """Up to `limit` requests with attempts that were opened and, as far as was read, not settled."""
        return list(islice(self._open, limit))

    def opened(self, request_id: str, corrupt: list[Quarantined]) -> list[OpenRecord]:
        """The open lines of an unresolved request; those that cannot be read are added to `corrupt`."""
        records = []
        for segment, offset, entry in self._open[request_id]:
            try:
                records.append(segment.decoder.record(entry))
            except CorruptLine as error:
                corrupt.append(Quarantined(segment.path, offset, str(error), entry.line))
        return records

    @property
    def empty(self) -> bool:
        """Nothing of this journal is needed any more. Only then may its directory be removed."""
        return not self._segments and not directory.segment_numbers(self.path)

    def backlog_bytes(self) -> int:
        """Bytes on disk that were not read yet."""
        total = 0
        for number in directory.segment_numbers(self.path):
            known = self._segments.get(number)
            size = _size(directory.segment_path(self.path, number))
            total += max(0, size - (known.offset if known else 0))
        return total

    def _discover(self) -> None:
        numbers = directory.segment_numbers(self.path)
        for number in numbers:
            segment = self._segments.get(number)
            if segment is None:
                segment = _Segment(directory.segment_path(self.path, number))
                self._segments[number] = segment
            # The writer never returns to a segment once the next one exists.
            segment.final = self.writer_gone or number < numbers[-1]

    def _read_some(self, segment: _Segment, batch: Batch) -> bool:
        """Decodes the next whole lines; False when the segment has no more of them now."""
        chunk = _read_lines(segment.path, segment.offset)
        if not chunk.endswith(b"\n"):
            if segment.final:
                if chunk:
                    reason = "the line ends in the middle: its writer died or its disk was full"
                    batch.corrupt.append(Quarantined(segment.path, segment.offset, reason, chunk))
                    segment.offset += len(chunk)
                segment.exhausted = True
            return False
        decode, done = segment.decoder.decode, batch.done
        for line in chunk.split(b"\n")[:-1]:
            try:
                entry = decode(line)
            except CorruptLine as error:
                batch.corrupt.append(Quarantined(segment.path, segment.offset, str(error), line))
            else:
                if isinstance(entry, Done):
                    done.append(entry)
                elif isinstance(entry, Later):
                    batch.later.setdefault(entry.table, []).extend(entry.rows)
                elif isinstance(entry, Opened):
                    segment.unresolved += 1
                    self._open.setdefault(entry.id, []).append((segment, segment.offset, entry))
            segment.offset += len(line) + 1
            if batch.full:
                break
        self._pace.rest()
        return True


def _read_lines(path: Path, offset: int) -> bytes:
    """Whole lines from `offset` on, about a chunk; or, if there is no whole line, what there is."""
    size = _CHUNK_BYTES
    try:
        with path.open("rb", buffering=0) as file:
            while True:
                chunk = os.pread(file.fileno(), size, offset)
                end = chunk.rfind(b"\n") + 1
                if end:
                    return chunk[:end]
                if len(chunk) < size:
                    return chunk
                size *= 4
    except FileNotFoundError:  # another shipper has put it away
        return b""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
