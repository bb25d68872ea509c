"""Signed heads of the audit log outside its database: they tell when its tail was cut off.

A file of JSON lines, appended to; and whatever `tell` does with a line, which in a gateway is its log, from
where a log collector takes it further than an intruder's hands reach.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from router.audit.entry import Entry
from router.audit.keys import AuditKeys

FILE = "audit-anchors.jsonl"
"""In the data folder, unless TIERGATE_AUDIT_ANCHORS names another place."""
_OWNER_ONLY = 0o600
_LONGEST_LINE = 4096


class Anchor(BaseModel):
    """Entry `seq` existed and had that `mac`. `signature` is by `key`, over the other two."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    audit_head: int
    mac: str
    key: str
    signature: str

    def signed(self) -> bytes:
        return _message(self.audit_head, self.mac)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file of anchors; `anchor` is None where it is none. `where` is `file:line`."""

    where: str
    anchor: Anchor | None


class Anchors:
    """Appends to `path`. `tell` gets every new line, without its line feed."""

    def __init__(self, path: Path, tell: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._tell = tell
        self._kept = _last(path)

    def keep(self, head: Entry, keys: AuditKeys) -> None:
        """Appends the head unless the last line already says so. Raises OSError."""
        if self._kept == (head.seq, head.mac):
            return
        signature = keys.sign(_message(head.seq, head.mac))
        anchor = Anchor(audit_head=head.seq, mac=head.mac, key=keys.current, signature=signature)
        line = anchor.model_dump_json()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OWNER_ONLY)
        try:
            os.write(handle, f"{line}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        self._kept = (head.seq, head.mac)
        if self._tell is not None:
            self._tell(line)


def read_anchors(path: Path) -> Iterator[Line]:
    """The lines of a file, which may be a gateway's log: of a line the part from its first `{"audit_head"` on
    counts, and lines of a log without one are passed over. Raises OSError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            start = line.find(b'{"audit_head"')
            own = line[:1] == b"{" or path.name.endswith(".jsonl")
            if start >= 0 or (own and line.strip()):
                yield Line(f"{path}:{number}", _parsed(line[max(start, 0) :]))


def _parsed(line: bytes) -> Anchor | None:
    try:
        return Anchor.model_validate(orjson.loads(line))
    except (orjson.JSONDecodeError, ValidationError):
        return None


def _message(seq: int, mac: str) -> bytes:
    return orjson.dumps(["tiergate audit head", seq, mac])


def _last(path: Path) -> tuple[int, str] | None:
    """Of the end of the file; None where there is none or it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LONGEST_LINE))
            lines = file.read().splitlines()
    except OSError:
        return None
    found = _parsed(lines[-1]) if lines else None
    return None if found is None else (found.audit_head, found.mac)
