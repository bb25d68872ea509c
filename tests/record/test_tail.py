"""Reading a journal: what is handed out, what is kept, what is deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from router.record.directory import segment_numbers, segment_path
from router.record.journal import Journal
from router.record.tail import MAX_REQUESTS, Batch, Quarantined, Tail
from tests.record import rows


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", fsync="never", segment_bytes=10_000, count_failure=int)


def settle(journal: Journal, count: int) -> list[str]:
    """Settles `count` requests; their ids."""
    ids = [rows.new_id() for _ in range(count)]
    for key in ids:
        journal.settle(rows.request(key), [rows.attempt(key)])
    return ids


def put_away(tail: Tail) -> list[str]:
    """Reads and commits until nothing is left; the ids that were handed out, in order."""
    ids: list[str] = []
    while batch := tail.read():
        ids += [done.request[0] for done in batch.done]
        tail.committed(batch)
    tail.committed(Batch())
    return ids


def test_segments_go_once_they_are_committed(journal: Journal) -> None:
    """Everything is handed out once and in order; only the segment being written remains."""
    ids = settle(journal, 100)
    tail = Tail(journal.path)
    assert put_away(tail) == ids
    assert len(segment_numbers(journal.path)) == 1
    more = settle(journal, 3)
    assert put_away(tail) == more
    journal.close()


def test_nothing_is_deleted_before_the_commit(journal: Journal) -> None:
    """Reading alone deletes nothing, and a second reader finds it all again."""
    ids = settle(journal, 50)
    before = segment_numbers(journal.path)
    Tail(journal.path).read()
    assert segment_numbers(journal.path) == before
    assert put_away(Tail(journal.path)) == ids
    journal.close()


def test_an_unsettled_attempt_keeps_its_segment(journal: Journal) -> None:
    """A segment with an attempt in flight stays, those after it go; settled, it goes as well."""
    key = rows.new_id()
    journal.open(rows.opened(key))
    settle(journal, 50)
    tail = Tail(journal.path)
    put_away(tail)
    assert segment_numbers(journal.path)[0] == 1
    assert len(segment_numbers(journal.path)) == 2
    assert tail.unresolved(10) == [key]
    corrupt: list[Quarantined] = []
    assert tail.opened(key, corrupt) == [rows.opened(key)] and corrupt == []
    journal.settle(rows.request(key), [rows.attempt(key)])
    put_away(tail)
    assert segment_numbers(journal.path)[0] > 1
    assert tail.unresolved(10) == []
    journal.close()


def test_batches_are_bounded(journal: Journal) -> None:
    """A backlog is handed out in batches of at most MAX_REQUESTS."""
    ids = settle(journal, MAX_REQUESTS + 10)
    tail = Tail(journal.path)
    first = tail.read()
    assert len(first.done) == MAX_REQUESTS
    tail.committed(first)
    assert [done.request[0] for done in tail.read().done] == ids[MAX_REQUESTS:]
    journal.close()


def test_a_line_longer_than_a_chunk(journal: Journal) -> None:
    """A stored prompt of several megabytes is read like any other line."""
    key = rows.new_id()
    journal.settle(rows.request(key, prompt="x" * 5_000_000), [])
    [done] = Tail(journal.path).read().done
    assert len(done.request[-1]) == 5_000_000
    journal.close()


def test_a_line_being_written_is_waited_for(journal: Journal) -> None:
    """The torn end of a living writer's segment is not touched; its rest, or its removal, is seen later."""
    ids = settle(journal, 2)
    path = segment_path(journal.path, 1)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'0badc0de ["done"')
    tail = Tail(journal.path)
    batch = tail.read()
    assert [done.request[0] for done in batch.done] == ids
    assert batch.corrupt == []
    tail.committed(batch)
    assert not tail.read()
    os.truncate(path, size)
    more = settle(journal, 1)
    assert put_away(tail) == more
    journal.close()


def test_a_dead_writers_torn_line_is_quarantined(journal: Journal) -> None:
    """The torn end of a segment nobody will finish is handed over with its place, and the rest is kept."""
    ids = settle(journal, 2)
    journal.close()
    path = segment_path(journal.path, 1)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'0badc0de ["done"')
    tail = Tail(journal.path)
    tail.writer_gone = True
    batch = tail.read()
    assert [done.request[0] for done in batch.done] == ids
    [torn] = batch.corrupt
    assert (torn.offset, torn.line) == (size, b'0badc0de ["done"')
    tail.committed(batch)
    assert tail.empty


def test_a_corrupt_line_in_the_middle_is_quarantined(journal: Journal) -> None:
    """A damaged line is handed over as it is; the lines around it are booked."""
    ids = settle(journal, 3)
    path = segment_path(journal.path, 1)
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"smollm2", b"smollm3", 1)
    path.write_bytes(b"\n".join(lines))
    batch = Tail(journal.path).read()
    assert [done.request[0] for done in batch.done] == [ids[0], ids[2]]
    [corrupt] = batch.corrupt
    assert corrupt.line == lines[2] and "checksum" in corrupt.reason
    journal.close()


def test_backlog(journal: Journal) -> None:
    """The backlog is what was not read yet, in bytes."""
    settle(journal, 50)
    tail = Tail(journal.path)
    total = sum(segment_path(journal.path, n).stat().st_size for n in segment_numbers(journal.path))
    assert tail.backlog_bytes() == total
    put_away(tail)
    assert tail.backlog_bytes() == 0
    journal.close()


def test_verdicts_come_after_their_request(journal: Journal) -> None:
    """Late ones too, and a segment is kept until they are put away."""
    [key] = settle(journal, 1)
    journal.judge([rows.verdict(key)])
    tail = Tail(journal.path)
    first = tail.read()
    assert [row[0] for row in first.later["verdicts"]] == [key] and len(first.done) == 1
    tail.committed(first)
    journal.judge([rows.verdict(key, verifier="sql"), rows.verdict(key, verifier="signs")])
    late = tail.read()
    assert late and not late.done and [row[2] for row in late.later["verdicts"]] == ["sql", "signs"]
    journal.close()
