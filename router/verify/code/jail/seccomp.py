"""The system call filter: an allowlist as a BPF program, installed on the calling process for good.

A call that is not listed returns an error, so Python code meets an exception; the wrong machine word size
(32-bit and x32 calls have other numbers) kills the process. Installed last, right before code under test.
"""

from __future__ import annotations

import ctypes
import os
import struct

from . import syscalls
from .kernel import NO_NEW_PRIVS, Refused, libc, prctl

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Final

_LOAD, _EQUAL, _AND, _AT_LEAST, _RETURN = 0x20, 0x15, 0x54, 0x35, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
_ERROR: Final = 0x00050000
_EPERM, _ENOSYS = 1, 38
_MODE_FILTER, _SET_SECCOMP = 2, 22

_THREAD: Final = 0x00010000
_THREAD_NEEDS: Final = 0x00000100 | 0x00000200 | 0x00000400 | 0x00000800 | _THREAD
"""CLONE_VM, FS, FILES, SIGHAND, THREAD: a clone with all of them is a thread, never a process."""
_NAMESPACES: Final = 0x7E020000
_TERMINAL_ASKS: Final = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
_DESCRIPTOR_ASKS: Final = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)
"""Duplicates, flags, locks and pipe sizes of descriptors. Not: who gets a signal of one, and which."""
_NAME_CALLS: Final = (15, 16)
_UNIX: Final = 1

Instruction = tuple[int, int, int, int]


def program(machine: str, pid: int, own_root: bool) -> list[Instruction]:
    """The filter for one process: its id is the only one that it may signal."""
    calls = syscalls.guarded(machine)
    lines: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, syscalls.AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [(_AT_LEAST, 0, 1, syscalls.X32_BIT), (_RETURN, 0, 0, KILL)]
    for number in sorted(syscalls.allowed(machine, own_root).values()):
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, ALLOW)]
    lines += _when(calls["clone"], _is_thread())
    for name, accepted in (
        ("kill", (pid,)),
        ("tgkill", (pid,)),
        ("prlimit64", (0,)),
        ("prctl", _NAME_CALLS),
        ("socketpair", (_UNIX,)),
    ):
        lines += _when(calls[name], _one_of(accepted, 0))
    lines += _when(calls["ioctl"], _one_of(_TERMINAL_ASKS, 1))
    lines += _when(calls["fcntl"], _one_of(_DESCRIPTOR_ASKS, 1))
    return [*lines, (_RETURN, 0, 0, _ERROR | _ENOSYS)]


def _when(number: int, body: list[Instruction]) -> list[Instruction]:
    return [(_EQUAL, 0, len(body), number), *body]


def _one_of(accepted: tuple[int, ...], argument: int) -> list[Instruction]:
    """Allows the call when the lower half of an argument is one of these. The kernel reads no more of it."""
    lines: list[Instruction] = [(_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * argument)]
    for number in accepted:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, ALLOW)]
    return [*lines, (_RETURN, 0, 0, _ERROR | _EPERM)]


def _is_thread() -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_AND, 0, 0, _THREAD_NEEDS | _NAMESPACES),
        (_EQUAL, 0, 1, _THREAD_NEEDS),
        (_RETURN, 0, 0, ALLOW),
        (_RETURN, 0, 0, _ERROR | _EPERM),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def install(own_root: bool) -> None:
    """Raises `Refused` where the kernel or the machine has no filter."""
    machine = os.uname().machine
    if machine not in syscalls.AUDIT_ARCH:
        raise Refused(f"no system call filter for {machine}")
    lines = program(machine, os.getpid(), own_root)
    packed = b"".join(struct.pack("=HBBI", *line) for line in lines)
    prctl(NO_NEW_PRIVS, 1)
    filter_program = _Program(len(lines), packed)
    if libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filter_program), 0, 0) != 0:
        raise Refused(f"seccomp: {os.strerror(ctypes.get_errno())}")
