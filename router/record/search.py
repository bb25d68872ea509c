"""Finds what the journals of this machine say of one request: rows the database does not have yet.

Reads segments as they are, whoever writes or ships them; nothing is kept. For rare questions, in a thread:
it reads little at a time, so that the event loop is not kept waiting for Python's lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from router.record import directory
from router.record.decode import CorruptLine, LineDecoder
from router.record.lines import Done, Later, Opened
from router.record.opened import OpenRecord

_CHUNK_BYTES = 1 << 18


def lines_about(root: Path, request_id: str) -> Iterator[OpenRecord | Done | Later]:
    """What the journals under `root` hold of a request, journal by journal in the order it was written.

    Corrupt lines are left out: the shipper puts those into quarantine.
    """
    for path in directory.candidates(root):
        for number in directory.segment_numbers(path):
            yield from _of_segment(directory.segment_path(path, number), request_id)


def _of_segment(path: Path, request_id: str) -> Iterator[OpenRecord | Done | Later]:
    try:
        with path.open("rb") as file:
            first, *lines = [file.readline().rstrip(b"\n"), *_lines_with(file, request_id.encode())]
    except FileNotFoundError:  # put away meanwhile
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


def _lines_with(file: BinaryIO, needle: bytes) -> Iterator[bytes]:
    """Whole lines that hold `needle`; the end of a file may be half a line."""
    rest = b""
    while chunk := file.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).rsplit(b"\n", 1)
        if whole and needle in whole[0]:
            yield from (line for line in whole[0].split(b"\n") if needle in line)


def _is_about(found: OpenRecord | Done | Later, request_id: str) -> bool:
    """An id can stand in another request's text."""
    if isinstance(found, OpenRecord):
        return found.id == request_id
    if isinstance(found, Done):
        return bool(found.request[0] == request_id)
    return any(request_id in row for row in found.rows)
