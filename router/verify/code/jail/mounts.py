"""A root of its own: an empty, read-only tmpfs with the Python runtime in it and a small scratch folder."""

# ruff: noqa: PTH102, PTH103, PTH112, PTH120, PTH211 - importing pathlib would be a tenth of a check's time

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from .kernel import Refused, detach, mount, pivot_root

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Final

SCRATCH: Final = "/scratch"
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_KEPT: Final = {1: 1, 2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}
"""Flags of statvfs and their mount flags: a bound path must keep its file system's restrictions."""
_STANDS: Final = ("/sys", "/mnt", "/media", "/srv", "/run", "/opt")


def build_root(binds: Mapping[str, str], links: Mapping[str, str], hidden: Iterable[str]) -> None:
    """Builds the root and moves into it.

    `binds` maps places to what is shown there, read-only; `hidden` are folders to be seen empty.
    """
    mount("", "/", "", _REC | _PRIVATE)
    base = _stand(binds.values())
    mount("tmpfs", base, "tmpfs", _NOSUID | _NODEV, "size=1m,nr_inodes=4096,mode=755")
    for place, source in binds.items():
        _show(base + place, source)
    for place, target in links.items():
        os.makedirs(os.path.dirname(base + place), exist_ok=True)
        os.symlink(target, base + place)
    for place in hidden:
        mount("tmpfs", base + place, "tmpfs", _NOSUID | _NODEV | _RDONLY, "size=4k,nr_inodes=1")
    os.mkdir(base + SCRATCH)
    os.chdir(base)
    pivot_root(".", ".")
    detach(".")
    os.chdir("/")


def scratch(size: int, files: int) -> None:
    """Mounts the scratch folder, then makes the root read-only around it."""
    mount("tmpfs", SCRATCH, "tmpfs", _NOSUID | _NODEV | _NOEXEC, f"size={size},nr_inodes={files},mode=1777")
    mount("", "/", "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    os.chdir(SCRATCH)


def _stand(sources: Iterable[str]) -> str:
    """A folder to build on: mounting over it must hide nothing that is still to be shown."""
    used = list(sources)
    for stand in _STANDS:
        if os.path.isdir(stand) and not any(path == stand or path.startswith(stand + "/") for path in used):
            return stand
    raise Refused("no folder to build a root on")


def _show(place: str, source: str) -> None:
    folder = os.path.isdir(source)
    os.makedirs(place if folder else os.path.dirname(place), exist_ok=True)
    if not folder:
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o444))
    mount(source, place, "", _BIND)
    had = os.statvfs(place).f_flag
    kept = sum(flag for bit, flag in _KEPT.items() if had & bit)
    mount("", place, "", _REMOUNT | _BIND | kept | _RDONLY | _NOSUID | _NODEV)
