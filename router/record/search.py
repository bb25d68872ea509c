"""Finds what the journals of this machine say of one request: rows the database does not have yet.

Reads segments as they are, whoever writes or ships them; nothing is kept. Costs about 10 ms for a full
segment: for rare questions, never for a request's path.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from router.record import directory
from router.record.decode import CorruptLine, LineDecoder
from router.record.lines import Done, Later, Opened
from router.record.opened import OpenRecord


def lines_about(root: Path, request_id: str) -> Iterator[OpenRecord | Done | Later]:
    """What the journals under `root` hold of a request, journal by journal in the order it was written.

    Corrupt lines are left out: the shipper puts those into quarantine.
    """
    for path in directory.candidates(root):
        for number in directory.segment_numbers(path):
            yield from _of_segment(directory.segment_path(path, number), request_id)


def _of_segment(path: Path, request_id: str) -> Iterator[OpenRecord | Done | Later]:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            first, *lines = [data[: data.find(b"\n")], *_lines_with(data, request_id.encode())]
    except (FileNotFoundError, ValueError):  # put away meanwhile; still empty
        return
    decoder = LineDecoder()
    for line in (first, *lines):
        try:
            entry = decoder.decode(line)
            found = decoder.record(entry) if isinstance(entry, Opened) else entry
        except CorruptLine:
            continue
        if found is not None and _is_about(found, request_id):
            yield found


def _lines_with(data: mmap.mmap, needle: bytes) -> Iterator[bytes]:
    """Whole lines that hold `needle`, each once; the end of a file may be half a line."""
    at = data.find(needle)
    while at >= 0:
        start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        if end < 0:
            return
        yield data[start:end]
        at = data.find(needle, end)


def _is_about(found: OpenRecord | Done | Later, request_id: str) -> bool:
    """An id can stand in another request's text."""
    if isinstance(found, OpenRecord):
        return found.id == request_id
    if isinstance(found, Done):
        return bool(found.request[0] == request_id)
    return any(request_id in row for row in found.rows)
