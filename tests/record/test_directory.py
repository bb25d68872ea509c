"""Who owns a journal directory: one process at a time, found out through the kernel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from router.record import directory


def test_an_owned_directory_cannot_be_adopted(tmp_path: Path) -> None:
    """As long as its owner lives a directory is nobody else's, afterwards it is."""
    owned = directory.create(tmp_path, "a")
    assert directory.candidates(tmp_path) == [tmp_path / "a"]
    assert directory.adopt(owned.path) is None
    owned.release()
    adopted = directory.adopt(owned.path)
    assert adopted is not None
    adopted.release()


def test_one_of_many_adopts(tmp_path: Path) -> None:
    """Of twenty that try to adopt the same orphan at once, one succeeds."""
    directory.create(tmp_path, "a").release()
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: directory.adopt(tmp_path / "a"), range(20)))
    winners = [owned for owned in results if owned is not None]
    assert len(winners) == 1
    winners[0].remove()


def test_what_was_recovered_is_gone(tmp_path: Path) -> None:
    """A removed directory is no candidate and cannot be adopted."""
    owned = directory.create(tmp_path, "a")
    owned.remove()
    assert directory.adopt(tmp_path / "a") is None
    assert directory.candidates(tmp_path) == []


def test_a_directory_is_not_seen_before_it_is_locked(tmp_path: Path) -> None:
    """The name a directory is made under is no candidate, and a stray file is none either."""
    (tmp_path / ".new-b").mkdir()
    (tmp_path / directory.QUARANTINE).write_text("")
    assert directory.candidates(tmp_path) == []
    assert directory.candidates(tmp_path / "absent") == []
