"""The process that moves the journal into the database: `python -m router.record.shipper`.

Apart from the gateway, so that neither a slow database nor Python's lock is ever felt by a request. It
alone recovers journals whose writer died. Must not import anything of the request path.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.record import directory
from router.record.alarm import Alarm
from router.record.budget_gateways import SHIPPER, close
from router.record.directory import OwnedDirectory
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import LedgerTooNew, migrate
from router.record.opened import interrupted
from router.record.pace import Pace
from router.record.protocol import LOG_FORMAT, ShipperConfig
from router.record.quarantine import Quarantine
from router.record.report import Reporter
from router.record.tail import MAX_REQUESTS, Batch, Tail
from router.record.write import LedgerWriter, brief

log = logging.getLogger("router.record.shipper")  # __name__ is __main__ in this process

_ORPHAN_SCAN_SECONDS = 2.0
_BACKOFF_SECONDS = (0.2, 5.0)
_DATABASE_TROUBLE = (SQLAlchemyError, OSError, LedgerTooNew)


class Wakeup(Protocol):
    """When to stop, and how to wait until then."""

    stopping: bool

    def wait(self, seconds: float) -> None: ...


class Shipper:
    """One pass: find orphans, put away one batch of every journal at hand, say how it stands."""

    def __init__(self, config: ShipperConfig, engine: Engine, alarm: Wakeup, reporter: Reporter) -> None:
        self._config = config
        self._engine = engine
        self._alarm = alarm
        self._reporter = reporter
        self._pace = Pace()
        self._writer: LedgerWriter | None = None
        self._quarantine = Quarantine(config.root_path / directory.QUARANTINE)
        self._tails: dict[str, Tail] = {}
        self._owned: dict[str, OwnedDirectory] = {}
        self._held: dict[str, Batch] = {}
        self._next_scan = 0.0
        self._backoff = 0.0
        self._failing_since: float | None = None
        self._own_name = Path(config.journal).name if config.journal else None
        if self._own_name is not None:
            self._tails[self._own_name] = Tail(config.root_path / self._own_name, self._pace)

    def run(self) -> int:
        """Works until stdin ends or SIGTERM, then puts the rest away. 0: all is; 1: the database is away."""
        while not self._alarm.stopping:
            if not self._guarded(self._pass):
                self._alarm.wait(self._backoff or self._config.interval)
        self._pace.hurry()
        self._take_own_directory()
        deadline = time.monotonic() + self._config.give_up
        self._backoff = 0.0
        while True:
            busy = self._guarded(self._pass)
            if self._backoff and time.monotonic() > deadline:
                log.error("ledger: giving up for now, the journal stays in %s", self._config.root)
                self._reporter.report(self._tails.values(), force=True)
                return 1
            if not busy and not self._backoff:
                self._reporter.report(self._tails.values(), force=True)
                return 0
            if self._backoff:
                time.sleep(min(self._backoff, self._config.interval))

    def _pass(self) -> bool:
        """Whether there is more to do at once."""
        self._adopt_orphans()
        if not self._tails:
            return False
        if self._writer is None:
            migrate(self._engine)
            self._writer = LedgerWriter(self._engine, self._pace)
        busy = [self._ship(name, tail, self._writer) for name, tail in list(self._tails.items())]
        return any(busy)

    def _ship(self, name: str, tail: Tail, writer: LedgerWriter) -> bool:
        """Puts away the next batch of one journal. A batch that failed is held and tried again as it is."""
        self._pace.begin()
        batch = self._held.get(name) or tail.read() or self._recovered(tail, writer)
        if not batch:
            self._finish(name, tail)
            return False
        self._held[name] = batch
        self._reporter.holds(name, batch)
        self._pace.begin(self._reporter.age())
        self._quarantine.add(batch)
        refused = writer.insert(batch.done)
        not_taken = [one for table, rows in batch.later.items() for one in writer.insert_later(table, rows)]
        self._quarantine.refuse(tail.path, [*refused, *not_taken])
        del self._held[name]
        tail.committed(batch)
        self._reporter.shipped(name, batch, refused, not_taken)
        # A live journal is left alone for an interval unless it has a backlog: a commit costs an fsync.
        return batch.full or self._alarm.stopping or tail.writer_gone

    def _recovered(self, tail: Tail, writer: LedgerWriter) -> Batch:
        """What remains when every line is read: attempts that nobody settled.

        With the writer gone they are booked as interrupted. With the writer alive they are in flight;
        but after a restart of ours the line that settled one may be in a segment that is deleted
        already, which only the database can tell.
        """
        if tail.reconciled and not tail.writer_gone:
            return Batch()
        ids = tail.unresolved(MAX_REQUESTS)
        booked = writer.booked(ids) if ids else set()
        batch = Batch(resolved=list(booked))
        if not tail.writer_gone:
            tail.reconciled = True
            return batch
        for request_id in ids:
            if request_id in booked:
                continue
            records = tail.opened(request_id, batch.corrupt)
            if records:
                batch.done.append(as_done(*interrupted(records)))
            else:
                batch.resolved.append(request_id)
        self._reporter.interrupted += len(batch.done)
        return batch

    def _finish(self, name: str, tail: Tail) -> None:
        """Removes a recovered journal once nothing in it is needed; budgets may count on the ledger then."""
        tail.committed(Batch())
        if tail.writer_gone and tail.empty:
            with self._engine.begin() as connection:
                close(connection, name, time.time_ns() // 1000, SHIPPER)
            self._owned.pop(name).remove()
            del self._tails[name]

    def _adopt_orphans(self) -> None:
        if time.monotonic() < self._next_scan and not self._alarm.stopping:
            return
        self._next_scan = time.monotonic() + _ORPHAN_SCAN_SECONDS
        for path in directory.candidates(self._config.root_path):
            if path.name not in self._owned and self._adopt(path.name):
                log.info("ledger: recovering the journal %s of a gateway that is gone", path.name)

    def _adopt(self, name: str) -> bool:
        owned = directory.adopt(self._config.root_path / name)
        if owned is None:
            return False
        tail = self._tails.setdefault(name, Tail(owned.path, self._pace))
        tail.writer_gone = True
        self._owned[name] = owned
        return True

    def _take_own_directory(self) -> None:
        name = self._own_name
        deadline = time.monotonic() + self._config.lock_grace
        while name is not None and name in self._tails and name not in self._owned:
            if self._adopt(name) or time.monotonic() > deadline:
                return
            if directory.writer_gone(self._config.root_path / name):
                self._leave(name)
                return
            time.sleep(0.01)

    def _leave(self, name: str) -> None:
        """Another gateway on the same folder came first, and its shipper puts this journal away."""
        log.info("ledger: the journal %s is put away by another gateway's shipper", name)
        del self._tails[name]
        self._held.pop(name, None)
        self._reporter.left(name)

    def _guarded(self, work: Callable[[], bool]) -> bool:
        try:
            busy = work()
        except _DATABASE_TROUBLE as error:
            self._engine.dispose()
            first, last = _BACKOFF_SECONDS
            self._backoff = min(self._backoff * 2 or first, last)
            self._reporter.failed(brief(error))
            busy = False
        else:
            self._backoff = 0.0
            self._reporter.recovered()
        self._reporter.report(self._tails.values())
        return busy


def _step_back(niceness: int) -> None:
    """Lets the gateway go first, and leaves Ctrl-C to it: this process ends after it, by its stdin.

    A process group, not a session: Linux shares a core between sessions (autogroups) before it looks at
    niceness, so that in a session of its own the shipper took half of a busy core.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    os.nice(niceness)


def main() -> int:
    """Reads the configuration from stdin and works until stdin ends."""
    logging.basicConfig(format=LOG_FORMAT, level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    alarm = Alarm(sys.stdin.fileno())
    line = alarm.first_line()
    if not line:
        return 2
    config = ShipperConfig.decode(line)
    _step_back(config.niceness)
    gc.set_threshold(100_000)  # rows are many small lists without cycles: collecting costs a tenth of all
    engine = ledger_engine(config.database_url)
    try:
        return Shipper(config, engine, alarm, Reporter(sys.stdout.fileno())).run()
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
