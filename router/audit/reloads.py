"""What a running gateway takes up by itself is entered too: another policy, price book or budget in a folder,
or a version that was applied somewhere else.

Off the event loop and behind the request path. Several replicas that take up the same policy make one entry:
the first, or the act that put it in force. While the database is away, what is to be entered waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from router.audit.entry import Act, Action, Actor, Detail
from router.audit.log import AuditLog
from router.policy.folder import SourceFile
from router.record.admin_tables import audit_entries
from router.record.locks import lock_audit
from router.record.write import brief

log = logging.getLogger(__name__)
_IN_FORCE = (Action.POLICY_APPLY, Action.POLICY_ROLLBACK, Action.POLICY_RELOAD)
_MOST_WAITING = 1_000
_PAUSE_SECONDS = 1.0
_ANCHOR_SECONDS = 10.0
_SKEW_US = 1_000_000
"""Replicas take a policy up within about a second of each other; rather two entries of a change than none."""
Compare = Callable[[tuple[SourceFile, ...], tuple[SourceFile, ...]], Detail]


@dataclass(frozen=True, slots=True)
class _Taken:
    digest: str
    price_book: str
    files: tuple[SourceFile, ...]
    at_us: int


class Reloads:
    """`taken` is told of every policy in force, the first included; `watch` enters them. `compare` says what
    two sets of documents say differently."""

    def __init__(self, engine: Engine, audit: AuditLog, actor: Actor, compare: Compare) -> None:
        self._engine, self._audit, self._actor, self._compare = engine, audit, actor, compare
        self._waiting: deque[_Taken] = deque(maxlen=_MOST_WAITING)
        self._before: tuple[SourceFile, ...] | None = None
        self._said: str | None = None

    def taken(self, digest: str, price_book: str, files: Sequence[SourceFile], now_us: int) -> None:
        """At once; enters nothing yet."""
        self._waiting.append(_Taken(digest, price_book, tuple(files), now_us))

    async def watch(self) -> None:
        """Enters what was taken, and keeps the log's head every few seconds, until cancelled."""
        loop = asyncio.get_running_loop()
        next_anchor = 0.0
        while True:
            anchor = loop.time() >= next_anchor
            if await asyncio.to_thread(self.enter, anchor=anchor) and anchor:
                next_anchor = loop.time() + _ANCHOR_SECONDS
            await asyncio.sleep(_PAUSE_SECONDS)

    def enter(self, *, anchor: bool) -> bool:
        """Enters all that waits; False: the database or the file of heads is away, it is tried again."""
        try:
            while self._waiting:
                self._enter(self._waiting[0])
                self._before = self._waiting.popleft().files
                anchor = True
            if anchor:
                self._audit.anchor(self._engine)
        except (SQLAlchemyError, OSError) as error:
            said = brief(error)
            if said != self._said:
                # In the first moments of a new ledger its tables are being made: a word, no alarm.
                level = logging.INFO if self._before is None else logging.WARNING
                log.log(level, "audit: cannot write now, it is tried again: %s", said)
            self._said = said
            return False
        self._said = None
        return True

    def _enter(self, taken: _Taken) -> None:
        with self._engine.begin() as connection:
            lock_audit(connection)  # of replicas that take up the same, one looks and enters at a time
            before = in_force_at(connection, taken.at_us)
            if taken.digest in (before, in_force_at(connection, taken.at_us + _SKEW_US)):
                return
            detail: dict[str, Any] = {"previous": before, "price_book": taken.price_book}
            if self._before is not None:
                detail |= self._compare(self._before, taken.files)
            act = Act(self._actor, Action.POLICY_RELOAD, taken.digest, taken.at_us, detail)
            self._audit.append(connection, act)


def in_force_at(connection: Connection, at_us: int) -> str | None:
    """The digest that the log has as in force at that time; None: it has none."""
    a = audit_entries.c
    query = select(a.target).where(a.action.in_(_IN_FORCE), a.at_us <= at_us).order_by(a.seq.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()
