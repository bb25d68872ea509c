"""The few calls of the C library that Python has no name for. Every failure is `Refused`, never ignored."""

from __future__ import annotations

import ctypes
import os

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Final

libc: Final = ctypes.CDLL(None, use_errno=True)

NO_NEW_PRIVS: Final = 38
DUMPABLE: Final = 4
DEATH_SIGNAL: Final = 1

NEW_NAMESPACES: Final = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}


class Refused(OSError):
    """The kernel does not allow a part of the wall."""


def _checked(what: str, result: int) -> int:
    if result < 0:
        raise Refused(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def prctl(option: int, argument: int) -> None:
    _checked(f"prctl {option}", libc.prctl(option, ctypes.c_ulong(argument), 0, 0, 0))


def unshare(*names: str) -> None:
    flags = sum(NEW_NAMESPACES[name] for name in names)
    _checked("new namespaces", libc.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    done = libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _checked(f"mount of {kind or 'a path'}", done)


def detach(target: str) -> None:
    _checked("umount", libc.umount2(target.encode(), 2))


def syscall(what: str, number: int, *arguments: object) -> int:
    """A call by number; the numbers used here are the same on every 64-bit machine."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(what, libc.syscall(ctypes.c_long(number), *wide))


def pivot_root(new: str, old: str) -> None:
    number = {"x86_64": 155, "aarch64": 41}.get(os.uname().machine)
    if number is None:
        raise Refused("pivot_root: unknown machine")
    syscall("pivot_root", number, new.encode(), old.encode())


def drop_capabilities() -> None:
    """Empties all capability sets; a later program could not get them back either (`NO_NEW_PRIVS`)."""
    number = {"x86_64": 126, "aarch64": 91}.get(os.uname().machine)
    if number is None:
        raise Refused("capset: unknown machine")
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    syscall("capset", number, header, (ctypes.c_uint32 * 6)())
    prctl(NO_NEW_PRIVS, 1)
