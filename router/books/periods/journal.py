"""Whether this machine's journal is in the ledger, up to the end of a month. Reads only, deletes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from router.record import directory
from router.record.lines import REQUEST_COLUMNS
from router.record.tables import requests
from router.record.tail import Tail

_STARTED = REQUEST_COLUMNS.index("started_us")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class JournalState:
    """Requests that started before the end of the month and are not in the database: answered ones, and ones
    whose end nobody wrote. `quarantined` lines of any time."""

    not_shipped: int
    unsettled: int
    quarantined: int


def journal_state(connection: Connection, data_dir: Path, until_us: int) -> JournalState:
    """Of all gateways that write to `data_dir`. Raises OSError."""
    root = directory.journal_root(data_dir)
    missing = unsettled = 0
    for path in directory.candidates(root):
        tail = Tail(path)
        while batch := tail.read():
            ids = [done.request[0] for done in batch.done if done.request[_STARTED] < until_us]
            missing += len(ids) - _booked(connection, ids)
        open_ids = [
            key
            for key in tail.unresolved(10**9)
            if any(r.started_us < until_us for r in tail.opened(key, []))
        ]
        unsettled += len(open_ids) - _booked(connection, open_ids)
    return JournalState(missing, unsettled, _lines(root / directory.QUARANTINE))


def _booked(connection: Connection, ids: list[str]) -> int:
    found = 0
    for start in range(0, len(ids), _AT_ONCE):
        query = select(requests.c.id).where(requests.c.id.in_(ids[start : start + _AT_ONCE]))
        found += len(connection.execute(query).all())
    return found


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0
