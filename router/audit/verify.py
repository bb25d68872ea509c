"""Whether the audit log is still what was written: signatures, chain, numbers, and the heads that are known.

Reads every entry once, in order, a page at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from router.audit.anchors import Line
from router.audit.entry import FIRST, Entry
from router.audit.keys import AuditKeys
from router.audit.log import COLUMNS
from router.record.admin_tables import audit_entries

_PAGE = 1_000


@dataclass(slots=True)
class Report:
    """`problems` are empty for a log that holds; each begins with where it is. `head` is the last entry."""

    entries: int = 0
    anchors: int = 0
    anchored: int = 0
    head: Entry | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems


def verify(connection: Connection, keys: AuditKeys, anchors: Iterable[Line]) -> Report:
    """Raises SQLAlchemyError, and OSError of reading `anchors`."""
    report = Report()
    known = _trusted(anchors, keys, report)
    previous = FIRST
    for entry in entries(connection):
        report.problems += _entry_problems(entry, report.entries + 1, previous, keys)
        for where, mac in known.pop(entry.seq, []):
            if mac != entry.mac:
                report.problems.append(f"{where}: entry {entry.seq} was another one when this head was kept")
        report.entries, report.head, previous = entry.seq, entry, entry.mac
    for seq, lines in sorted(known.items()):
        cut = seq > report.entries
        said = (
            f"the log ends at {report.entries}: its tail was cut off" if cut else "it is not there any more"
        )
        report.problems += [f"{where}: there was an entry {seq}, and {said}" for where, _ in lines]
    return report


def entries(connection: Connection, after: int = 0) -> Iterator[Entry]:
    """In order, those after a number."""
    query = select(*COLUMNS).where(audit_entries.c.seq > after).order_by(audit_entries.c.seq)
    for row in connection.execution_options(yield_per=_PAGE).execute(query):
        yield Entry(*row)


def _entry_problems(entry: Entry, expected: int, previous: str, keys: AuditKeys) -> Iterator[str]:
    here = f"audit_entries row {entry.seq}"
    if entry.seq != expected:
        missing = str(expected) if entry.seq == expected + 1 else f"{expected} to {entry.seq - 1}"
        yield f"{here}: row {missing} before it is missing"
    elif entry.previous != previous:
        yield f"{here}: it does not follow on row {entry.seq - 1} as that is now"
    right = keys.verifies(entry.key, entry.signed(), entry.mac)
    if right is None:
        yield f"{here}: signed by key {entry.key}, which is not among {', '.join(keys.names)} of {keys.where}"
    elif not right:
        yield f"{here}: it was changed after it was written"


def _trusted(anchors: Iterable[Line], keys: AuditKeys, report: Report) -> dict[int, list[tuple[str, str]]]:
    """Where each head is named and its signature, by the entry's number. What is no anchor is a problem."""
    known: dict[int, list[tuple[str, str]]] = {}
    for line in anchors:
        report.anchors += 1
        anchor = line.anchor
        if anchor is None:
            report.problems.append(f"{line.where}: it is no anchor any more")
            continue
        right = keys.verifies(anchor.key, anchor.signed(), anchor.signature)
        if right is None:
            report.problems.append(f"{line.where}: signed by key {anchor.key}, which is not known here")
        elif not right:
            report.problems.append(f"{line.where}: it was changed after it was written")
        else:
            known.setdefault(anchor.audit_head, []).append((line.where, anchor.mac))
            report.anchored = max(report.anchored, anchor.audit_head)
    return known
