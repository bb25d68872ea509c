"""Who owns a journal directory: the process that holds the flock on its `lock` file.

A writer holds it from creation to its end; the kernel releases it on any death. Whoever then gets it is
the one recoverer, and says so in the file. Must not read or write journal lines.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOCK = "lock"
_RECOVERING = b"recovering\n"
_UNFINISHED = ".new-"
SEGMENT_SUFFIX = ".jsonl"
QUARANTINE = "quarantine.jsonl"
_OWNER_ONLY = 0o700
"""Lines say who asked what and what it cost."""


def journal_root(data_dir: Path) -> Path:
    """Where the journals of all writers on this machine are."""
    return data_dir / "journal"


def segment_path(directory: Path, number: int) -> Path:
    return directory / f"{number:08d}{SEGMENT_SUFFIX}"


def segment_numbers(directory: Path) -> list[int]:
    """Numbers of the segments that exist, oldest first; empty when the directory is gone."""
    try:
        names = os.listdir(directory)  # noqa: PTH208 - a poll: no Path object per entry
    except FileNotFoundError:
        return []
    return sorted(int(name[:8]) for name in names if name.endswith(SEGMENT_SUFFIX))


@dataclass(frozen=True, slots=True)
class OwnedDirectory:
    """A journal directory whose lock this process holds."""

    path: Path
    lock_fd: int

    def release(self) -> None:
        os.close(self.lock_fd)

    def remove(self) -> None:
        """Removes the directory, which must hold no segments any more, and releases the lock."""
        (self.path / _LOCK).unlink(missing_ok=True)
        self.path.rmdir()
        self.release()


def create(root: Path, name: str) -> OwnedDirectory:
    """A new directory, locked before it is visible, so that no recoverer can take it for an orphan."""
    root.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
    unfinished = root / f"{_UNFINISHED}{name}"
    unfinished.mkdir(_OWNER_ONLY)
    lock_fd = os.open(unfinished / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    path = unfinished.rename(root / name)
    root_fd = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(root_fd)
    finally:
        os.close(root_fd)
    return OwnedDirectory(path, lock_fd)


def adopt(path: Path) -> OwnedDirectory | None:
    """Takes over a directory whose owner is gone; None while somebody owns it or once it is gone."""
    try:
        lock_fd = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock_fd)
        return None
    if os.fstat(lock_fd).st_nlink == 0:  # its recoverer removed it between our open and our lock
        os.close(lock_fd)
        return None
    with suppress(OSError):  # a courtesy to those who wait: a full disk must not stop the recovery
        os.pwrite(lock_fd, _RECOVERING, 0)
    return OwnedDirectory(path, lock_fd)


def writer_gone(path: Path) -> bool:
    """Whether its writer is known to be gone: a recoverer took the directory over, or removed it already."""
    try:
        return (path / _LOCK).read_bytes() == _RECOVERING
    except FileNotFoundError:
        return True


def candidates(root: Path) -> list[Path]:
    """Journal directories under `root`, oldest first; whether they are orphans only `adopt` can tell."""
    if not root.is_dir():
        return []
    return sorted(
        entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(_UNFINISHED)
    )
