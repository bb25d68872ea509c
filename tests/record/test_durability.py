"""What has been forced to disk when somebody was told so."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.record.durability import Syncer
from tests.record.until import until


class Disk:
    """A folder whose files notice being forced to disk, and which can refuse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.forced: list[int] = []
        self.broken = False
        self.failures = 0
        self.fd = os.open(folder, os.O_RDONLY)

    def fdatasync(self, fd: int) -> None:
        if self.broken:
            raise OSError(5, "Input/output error")
        self.forced.append(os.fstat(fd).st_ino)

    def fail(self) -> None:
        self.failures += 1

    def file(self, name: str) -> int:
        return os.open(self.folder / name, os.O_WRONLY | os.O_CREAT)

    def inode(self, name: str) -> int:
        return (self.folder / name).stat().st_ino


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    os.close(disk.fd)


async def test_every_segment_that_got_a_line(disk: Disk) -> None:
    """`durable` returns when the present segment and those rotated away since are on disk; an older one
    is forced once and closed."""
    syncer = Syncer("always", disk.fd, disk.fail, disk.fdatasync)
    for name in ("1", "2", "3"):
        syncer.opened(disk.file(name))
        syncer.wrote()
    await syncer.durable()
    assert sorted(disk.forced) == sorted(map(disk.inode, ("1", "2", "3")))
    syncer.wrote()
    await syncer.durable()
    assert disk.forced[3:] == [disk.inode("3")]
    syncer.close()


async def test_many_waiters_share_one(disk: Disk) -> None:
    """A hundred requests that wait together cost at most two forced writes, and none is told too early."""
    syncer = Syncer("always", disk.fd, disk.fail, disk.fdatasync)
    syncer.opened(disk.file("1"))

    async def request() -> bool:
        syncer.wrote()
        mine = syncer.lines_written
        await syncer.durable()
        return syncer.lines_synced >= mine

    assert all(await asyncio.gather(*(request() for _ in range(100))))
    assert len(disk.forced) <= 2
    syncer.close()


async def test_a_disk_that_fails_is_not_called_durable(disk: Disk) -> None:
    """An I/O error reaches the one who waits, and nothing counts as synced."""
    syncer = Syncer("always", disk.fd, disk.fail, disk.fdatasync)
    syncer.opened(disk.file("1"))
    syncer.wrote()
    disk.broken = True
    with pytest.raises(OSError, match="Input/output"):
        await syncer.durable()
    assert syncer.lines_synced == 0
    disk.broken = False
    await syncer.durable()
    assert syncer.lines_synced == 1
    syncer.close()


async def test_interval(disk: Disk) -> None:
    """With `interval` lines are on disk about a second later with nobody waiting; an error is counted."""
    syncer = Syncer("interval", disk.fd, disk.fail, disk.fdatasync)
    syncer.opened(disk.file("1"))
    disk.broken = True
    syncer.wrote()
    await until(lambda: disk.failures == 1)
    disk.broken = False
    await until(lambda: syncer.lines_synced == 1)
    assert disk.forced == [disk.inode("1")]
    syncer.close()
