"""Appends to the audit log in the transaction of the act: both are there, or neither is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields

from sqlalchemy import Connection, Engine, insert, select

from router.audit.anchors import Anchors
from router.audit.entry import FIRST, Act, Entry, text_of
from router.audit.keys import AuditKeys
from router.record.admin_tables import audit_entries
from router.record.locks import lock_audit

COLUMNS = tuple(audit_entries.c[field.name] for field in fields(Entry))
Note = Callable[[Connection], None]
"""Enters an act that is being done on that connection."""


class AuditLog:
    """Writes with one set of keys and keeps the heads it knows in `anchors`."""

    def __init__(self, keys: AuditKeys, anchors: Anchors) -> None:
        self.keys = keys
        self.anchors = anchors

    def append(self, connection: Connection, act: Act) -> Entry:
        """Enters `act`. Call it last in a transaction: from here to its end, others wait to append. Raises
        SQLAlchemyError."""
        lock_audit(connection)
        last = head(connection)
        unsigned = Entry(
            seq=1 if last is None else last.seq + 1,
            at_us=act.at_us,
            actor=act.actor.name,
            role=act.actor.role,
            source=act.actor.source,
            action=act.action,
            target=act.target,
            detail=text_of(act.detail),
            key=self.keys.current,
            previous=FIRST if last is None else last.mac,
            mac="",
        )
        entry = Entry(**{**asdict(unsigned), "mac": self.keys.sign(unsigned.signed())})
        connection.execute(insert(audit_entries).values(**asdict(entry)))
        return entry

    def enter(self, engine: Engine, act: Act) -> Entry:
        """An act that is not itself in the database, in a transaction of its own."""
        with engine.begin() as connection:
            return self.append(connection, act)

    def note(self, act: Act) -> Note:
        """`act` for whoever does it."""
        return lambda connection: (self.append(connection, act), None)[1]

    def anchor(self, engine: Engine) -> None:
        """Keeps the head as it is now, if it is a new one. Raises SQLAlchemyError, OSError."""
        with engine.connect() as connection:
            last = head(connection)
        if last is not None:
            self.anchors.keep(last, self.keys)


def head(connection: Connection) -> Entry | None:
    """The last entry, None while there is none."""
    row = connection.execute(select(*COLUMNS).order_by(audit_entries.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else Entry(*row)
