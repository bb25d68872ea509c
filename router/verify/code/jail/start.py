"""Entry of the walled process: builds the wall that the first line asks for, then serves jobs behind it.

Kinds of wall: `namespaces` (this process makes them), `inside` (bubblewrap has made them), `landlock` (no
namespaces: Landlock and the system call filter alone). Whatever cannot be built is said, and nothing runs.
"""

from __future__ import annotations

import os
import sys

from . import identity, kernel, mounts, warden
from .pipes import Lines, write_line

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_KILL = 9
_ALL = ("mount", "cgroup", "uts", "ipc", "pid", "net")


def main() -> None:
    lines = Lines(0)
    setup = lines.read()
    if setup is None:
        return
    try:
        if setup["wall"] == "namespaces":
            _namespaces(setup)
        elif setup["wall"] == "inside":
            mounts.scratch(setup["scratch_bytes"], setup["scratch_files"])
        elif setup["wall"] == "landlock":
            os.chdir("/")
        else:
            raise kernel.Refused(f"no wall {setup['wall']!r}")
        identity.become_nobody(setup["key"])
        kernel.prctl(kernel.DEATH_SIGNAL, _KILL)  # a change of user would have cleared it
        _readable(setup["probe"])
        sys.path[:] = setup["paths"]
    except OSError as error:
        write_line(1, {"refused": str(error)})
        return
    write_line(1, {"ready": True})
    warden.serve(lines, setup)
    os._exit(0)  # only a program under test needs Python's own slow end


def _namespaces(setup: dict[str, Any]) -> None:
    """Returns in a new process that is the first one of its pid namespace; the old one waits for it."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        kernel.unshare(*_ALL)
    else:
        kernel.unshare("user", *_ALL)
        identity.own_user_namespace(uid, gid)
    child = os.fork()
    if child:
        _wait(child)
    mounts.build_root(setup["binds"], setup["links"], setup["hidden"])
    mounts.scratch(setup["scratch_bytes"], setup["scratch_files"])


def _wait(child: int) -> None:
    """Ends with the child, and the child with us: the death of a namespace's first process empties it."""

    import signal  # noqa: PLC0415 - not in the way of the start

    def end(_signal: int, _frame: object) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    os.close(0)
    os.close(1)
    os.waitpid(child, 0)
    os._exit(0)


def _readable(path: str) -> None:
    """As nobody we must still be able to import."""
    os.close(os.open(path, os.O_RDONLY))
