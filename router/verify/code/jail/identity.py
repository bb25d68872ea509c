"""Who the code runs as: nobody. A user of its own per check, without capabilities, traced by no one."""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping

from .kernel import DUMPABLE, Refused, drop_capabilities, prctl

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Final

_UNUSED_IDS: Final = 0x70000000
"""From here on no distribution and no container tool hands out user ids."""
_NOBODY: Final = 65534

_LIMITS: Final = {
    "cpu_s": resource.RLIMIT_CPU,
    "memory_bytes": resource.RLIMIT_AS,
    "file_bytes": resource.RLIMIT_FSIZE,
    "open_files": resource.RLIMIT_NOFILE,
    "threads": resource.RLIMIT_NPROC,
}


def own_user_namespace(uid: int, gid: int) -> None:
    """Maps the user who started us, and nobody else, to nobody in a user namespace just entered."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{_NOBODY} {uid} 1")
    _write("/proc/self/gid_map", f"{_NOBODY} {gid} 1")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def become_nobody(key: int) -> None:
    """Leaves root, if that is what we are, for a user id that nothing else has: thread limits count by user.

    Raises `Refused` if anything of root is left.
    """
    if os.geteuid() == 0:
        os.setgroups([])
        try:
            _set_ids(_UNUSED_IDS + key)
        except OSError:  # a user namespace without such high ids
            _set_ids(_NOBODY)
    drop_capabilities()
    if 0 in (*os.getresuid(), *os.getresgid()):
        raise Refused("still root")
    prctl(DUMPABLE, 0)


def _set_ids(number: int) -> None:
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)


def limit(limits: Mapping[str, float]) -> None:
    """Sets hard limits on this process; without privileges they can only go down."""
    for name, kind in _LIMITS.items():
        number = max(1, int(limits[name]))
        resource.setrlimit(kind, (number, number))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        resource.setrlimit(kind, (0, 0))
