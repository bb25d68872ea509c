"""The ledger after any history: random openings, settlements, shippers, restarts and deaths."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from router.record.directory import candidates
from router.record.journal import Journal
from router.record.protocol import ShipperConfig
from router.record.report import Reporter
from router.record.shipper import Shipper
from router.record.tables import attempts, requests
from tests.record import rows

ACTIONS = st.one_of(
    st.tuples(st.just("open"), st.integers(0, 5)),
    st.tuples(st.just("settle"), st.integers(0, 5)),
    st.tuples(st.just("ship"), st.integers(0, 3)),
    st.tuples(st.just("kill"), st.binary(max_size=40)),
)


@dataclass
class Passes:
    """Wakes a shipper `remaining` times, then it is to stop, as at the end of its stdin."""

    remaining: int
    stopping: bool = False

    def wait(self, seconds: float) -> None:
        self.remaining -= 1
        self.stopping = self.remaining < 0


@dataclass
class History:
    """What the gateway did, and what the ledger must hold in the end."""

    engine: Engine
    root: Path
    output: int
    flying: dict[int, tuple[str, int]] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journal = self.start()

    def start(self) -> Journal:
        return Journal(self.root, fsync="never", segment_bytes=3_000, count_failure=int)

    def open(self, slot: int) -> None:
        """Another attempt of the request in that slot, or a new request."""
        key, n = self.flying.get(slot, (rows.new_id(), 0))
        self.journal.open(rows.opened(key, n + 1))
        self.flying[slot] = (key, n + 1)
        self.opened[key] = n + 1

    def settle(self, slot: int) -> None:
        """Ends the request in that slot; with none in it, a refusal, which has no attempt."""
        key, n = self.flying.pop(slot, (rows.new_id(), 0))
        self.journal.settle(rows.request(key, n), [rows.attempt(key, i) for i in range(1, n + 1)])
        self.settled[key] = n

    def ship(self, passes: int, journal: str | None) -> None:
        """A shipper that lives for that many passes and then ends."""
        config = ShipperConfig(str(self.root), journal, "", 0.0, lock_grace=0.0)
        assert Shipper(config, self.engine, Passes(passes), Reporter(self.output)).run() == 0

    def kill(self, torn: bytes) -> None:
        """The gateway dies, perhaps in the middle of a line; another one starts."""
        path = self.journal.path
        self.journal.close()
        with sorted(path.glob("*.jsonl"))[-1].open("ab") as file:
            file.write(torn.replace(b"\n", b""))
        self.flying.clear()
        self.journal = self.start()

    def expected(self) -> dict[str, tuple[str, list[str]]]:
        """Outcome and attempt states by request."""
        lost = {key: ("interrupted", ["interrupted"] * n) for key, n in self.opened.items()}
        return lost | {key: ("accepted", ["ok"] * n) for key, n in self.settled.items()}

    def found(self) -> dict[str, tuple[str, list[str]]]:
        ids = list(self.opened | self.settled)
        states = defaultdict(list)
        with self.engine.connect() as connection:
            query = select(attempts).where(attempts.c.request_id.in_(ids)).order_by(attempts.c.n)
            for attempt in connection.execute(query):
                states[attempt.request_id].append(attempt.status)
            query = select(requests).where(requests.c.id.in_(ids))
            return {row.id: (row.outcome, states[row.id]) for row in connection.execute(query)}


@pytest.fixture
def output() -> Iterator[int]:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, max_size=60))
def test_any_history_is_booked_exactly(
    sqlite_ledger: Engine, output: int, actions: list[tuple[str, object]]
) -> None:
    """After any sequence of events every settled request is booked once as it was settled, every other
    request that was opened once as interrupted with each of its attempts, and no journal is left."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(sqlite_ledger, Path(folder), output)
        for name, argument in actions:
            match name, argument:
                case "open", int(slot):
                    history.open(slot)
                case "settle", int(slot):
                    history.settle(slot)
                case "ship", int(passes):
                    history.ship(passes, history.journal.path.name)
                case "kill", bytes(torn):
                    history.kill(torn)
        history.journal.close()
        history.ship(0, None)
        assert history.found() == history.expected()
        assert candidates(history.root) == []
