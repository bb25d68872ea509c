"""File access by Landlock: read below the Python runtime, write below the scratch folder, nothing else.

Needs no privilege. A second lock on the file system where there are namespaces, the only one where there
are none. It also forbids TCP, signals and abstract sockets to outside, as far as the kernel knows how.
"""

# ruff: noqa: PTH112 - importing pathlib would be a tenth of a check's time

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from .kernel import NO_NEW_PRIVS, Refused, prctl, syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_DIR, _MAKE_REG, _REMOVE_DIR, _REMOVE_FILE, _TRUNCATE = 1 << 7, 1 << 8, 1 << 4, 1 << 5, 1 << 14
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_READ = _READ_FILE | _READ_DIR
_SCRATCH = _READ | _WRITE_FILE | _MAKE_DIR | _MAKE_REG | _REMOVE_DIR | _REMOVE_FILE | _TRUNCATE
_RIGHTS_SINCE = ((1, 13), (2, 14), (3, 15), (5, 16))


def version() -> int:
    """The kernel's Landlock version; 0 where it has none."""
    try:
        return syscall("landlock", _CREATE, None, 0, 1)
    except Refused:
        return 0


def restrict(listable: Iterable[str], readable: Iterable[str], writable: Iterable[str], needed: bool) -> None:
    """Restricts this process and what it starts. Raises `Refused` if `needed` and the kernel cannot.

    `listable` folders show the names in them only: a rule for a folder holds for all below it.
    """
    known = version()
    if known == 0:
        if needed:
            raise Refused("the kernel has no Landlock")
        return
    handled = (1 << max(bits for since, bits in _RIGHTS_SINCE if known >= since)) - 1
    network = 3 if known >= 4 else 0
    scoped = 3 if known >= 6 else 0
    attributes = struct.pack("=QQQ", handled, network, scoped)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    rules = syscall("landlock rules", _CREATE, ctypes.create_string_buffer(attributes, 24), size, 0)
    for paths, rights in ((listable, _READ_DIR), (readable, _READ), (writable, _SCRATCH)):
        for path in paths:
            _allow(rules, path, rights & handled)
    prctl(NO_NEW_PRIVS, 1)
    syscall("landlock", _RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there, so there is nothing to allow
    try:
        granted = rights if os.path.isdir(path) else rights & _ON_FILES
        rule = struct.pack("=Qi", granted, descriptor)
        syscall("landlock rule", _ADD, rules, 1, ctypes.create_string_buffer(rule, 12), 0)
    finally:
        os.close(descriptor)
