"""The shipper's idle thread: it gives way, and what becomes late in its hands is done without it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from router.record.engine import ledger_engine
from router.record.idle import IdleThread
from router.record.journal import Journal
from router.record.lines import Done
from router.record.pace import Pace, TooLate
from router.record.protocol import ShipperConfig
from router.record.report import Reporter
from router.record.shipper import Shipper
from router.record.tables import attempts, requests
from router.record.tail import Tail
from router.record.write import LedgerWriter, Refused
from tests.record import rows


class Script:
    """The shipper's alarm: each wait takes the next step, then it is time to stop."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.stopping = False
        self._steps = list(steps)

    def wait(self, seconds: float) -> None:
        if self._steps:
            self._steps.pop(0)()
        else:
            self.stopping = True


def settle(journal: Journal, count: int) -> None:
    for _ in range(count):
        key = rows.new_id()
        journal.open(rows.opened(key))
        journal.settle(rows.request(key), [rows.attempt(key)])


def new_journal(root: Path) -> Journal:
    return Journal(root, fsync="never", segment_bytes=1_000_000, count_failure=int)


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has idle threads")
def test_only_the_thread_gives_way() -> None:
    """The process itself could never come back from that policy."""
    idle = IdleThread()
    assert idle.run(lambda: os.sched_getscheduler(0)) == os.SCHED_IDLE
    assert os.sched_getscheduler(0) != os.SCHED_IDLE
    with pytest.raises(ZeroDivisionError):
        idle.run(lambda: 1 // 0)
    idle.close()


def test_late_rows_are_taken_out_of_its_hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are late when they are read are booked by the main thread, once each."""
    seen: list[tuple[str, int]] = []
    insert = LedgerWriter.insert

    def spied(self: LedgerWriter, batch: Sequence[Done]) -> list[Refused]:
        seen.append((threading.current_thread().name, len(batch)))
        return insert(self, batch)

    monkeypatch.setattr(LedgerWriter, "insert", spied)
    monkeypatch.setattr("router.record.pace._CALM_SECONDS", 0.0)
    journal = new_journal(tmp_path / "journal")
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine = ledger_engine(url)
    script = Script(lambda: settle(journal, 50), journal.close)
    config = ShipperConfig(str(tmp_path / "journal"), str(journal.path), url, 0.01)
    with Path(os.devnull).open("wb") as nobody:
        assert Shipper(config, engine, script, Reporter(nobody.fileno())).run() == 0
    assert seen == [("idle_0", 50), ("MainThread", 50)]
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(requests)) == 50
        assert connection.scalar(select(func.count()).select_from(attempts)) == 50
    engine.dispose()


def test_reading_that_stops_does_not_look_like_the_end(tmp_path: Path) -> None:
    """An empty batch means that what is open was never settled; so one that stops early raises instead."""
    journal = new_journal(tmp_path)
    settle(journal, 3)
    now = [0.0]
    pace = Pace(lambda _: None, lambda: now[0])
    tail = Tail(journal.path, pace)
    pace.idle = True
    pace.begin()
    now[0] = 2.0
    with pytest.raises(TooLate):
        tail.read()
    pace.idle = False
    assert len(tail.read().done) == 3
    journal.close()
