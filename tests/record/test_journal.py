"""The journal: what a call returned for is in the file, whatever happens to the process or the disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from router.record.decode import LineDecoder
from router.record.directory import segment_numbers, segment_path
from router.record.journal import Journal, JournalError
from router.record.lines import Done, Opened, as_done
from tests.record import rows

REPOSITORY = Path(__file__).parents[2]
Make = Callable[..., Journal]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    journals: list[Journal] = []

    def journal(**changes: Any) -> Journal:
        options: dict[str, Any] = {"fsync": "never", "segment_bytes": 1_000_000, "count_failure": int}
        journals.append(Journal(tmp_path / "journal", **options | changes))
        return journals[-1]

    yield journal
    for journal_made in journals:
        journal_made.close()


def entries(path: Path) -> list[Opened | Done]:
    """Everything in a journal directory, in order."""
    found: list[Opened | Done] = []
    for number in segment_numbers(path):
        decoder = LineDecoder()
        content = segment_path(path, number).read_bytes()
        assert content.endswith(b"\n")
        decoded = [decoder.decode(line) for line in content.split(b"\n")[:-1]]
        found.extend(entry for entry in decoded if entry is not None)
    return found


def test_lines_are_in_the_file_when_the_call_returns(make: Make) -> None:
    """Nothing waits in user space: open and settle can be read back at once."""
    journal, key = make(), rows.new_id()
    journal.open(rows.opened(key))
    [first] = entries(journal.path)
    assert isinstance(first, Opened) and first.id == key
    assert journal.settle(rows.request(key), [rows.attempt(key)])
    assert entries(journal.path)[1] == as_done(rows.request(key), [rows.attempt(key)])


def test_rotation_by_size(make: Make) -> None:
    """Segments end soon after the configured size, are numbered, and lose nothing between them."""
    journal = make(segment_bytes=10_000)
    ids = [rows.new_id() for _ in range(40)]
    for key in ids:
        journal.settle(rows.request(key), [])
    sizes = [segment_path(journal.path, n).stat().st_size for n in segment_numbers(journal.path)]
    assert segment_numbers(journal.path) == list(range(1, len(sizes) + 1))
    assert len(sizes) > 3 and all(10_000 <= size < 12_000 for size in sizes[:-1])
    assert [entry.request[0] for entry in entries(journal.path) if isinstance(entry, Done)] == ids


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    """With the disk full an open raises and a settle waits in memory; both are written when it has room,
    and no half line is left behind even though the process is then killed."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.record.writer", "limited", str(tmp_path / "journal")],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    ).stdout.splitlines()  # fmt: skip
    assert said[:2] == ["settle False", "open False"]
    assert said[2].startswith("pending 1 failures ")
    assert int(said[2].split()[-1]) >= 2
    pending, ids = said[3].split(" ids ")
    before, refused, after = ids.split()
    assert pending == "pending 0"
    [path] = (path for path in (tmp_path / "journal").iterdir() if path.is_dir())
    found = entries(path)
    assert [entry.id for entry in found if isinstance(entry, Opened)] == [before, refused, after]
    assert [entry.request[0] for entry in found if isinstance(entry, Done)] == [refused]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A journal that cannot be created says so at once, and as a JournalError."""
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot create a journal"):
        Journal(tmp_path / "file", fsync="never", segment_bytes=10_000, count_failure=int)


async def test_always_is_durable_before_it_returns(make: Make) -> None:
    """With fsync `always`, every line written before `durable` is on disk after it, rotations included."""
    journal = make(fsync="always", segment_bytes=10_000)
    for _ in range(30):
        journal.settle(rows.request(rows.new_id()), [])
    await journal.durable()
    assert journal.lines_synced == 30
    journal.settle(rows.request(rows.new_id()), [])
    await journal.durable()
    assert journal.lines_synced == 31


async def test_without_always_nobody_waits(make: Make) -> None:
    """With fsync `never`, `durable` returns at once and nothing is forced to disk."""
    journal = make()
    journal.open(rows.opened(rows.new_id()))
    await journal.durable()
    assert journal.lines_synced == 0


def test_close_forces_to_disk(make: Make) -> None:
    """With fsync `interval`, what the last interval left is forced to disk on close."""
    journal = Journal(make().path.parent, fsync="interval", segment_bytes=10_000, count_failure=int)
    for _ in range(30):
        journal.open(rows.opened(rows.new_id()))
    journal.close()
    assert journal.lines_synced == 30
