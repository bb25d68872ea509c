"""The kinds of isolation, best first.

A container (docker, podman) is not among them: it needs an image with Python and a daemon, and starts in a
third of a second. WebAssembly is not: no package ships a CPython for it.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from router.verify.code.isolation import Isolation, Launch
from router.verify.code.jail import start
from router.verify.code.limits import Limits
from router.verify.code.runtime import Runtime, runtime

_HERE: Final = Path(start.__file__).parent.parent
"""Importing `start` here also leaves the bytecode of all that a walled process loads."""
_INSIDE: Final = "/jailer"
_BITS_OF_KEY: Final = 28
_counter: Final = itertools.count()


class Bubblewrap:
    """bubblewrap builds namespaces and root; the walled process adds its own filter, limits and Landlock."""

    name = "bubblewrap"

    def launch(self, limits: Limits) -> Launch:
        program = shutil.which("bwrap")
        if program is None:
            raise OSError("bwrap is not installed")
        shown = runtime()
        command = [program, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
        command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL"]
        command += ["--cap-add", "CAP_SYS_ADMIN"]
        if os.geteuid() == 0:  # to leave root for a user without name, once all is built
            command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        else:
            command += ["--unshare-user"]
        for folder in _parents([*shown.binds, *shown.program]):
            command += ["--perms", "0755", "--dir", folder]  # it would make some of them root's alone
        for place, source in {**shown.binds, **shown.program}.items():
            command += ["--ro-bind", source, place]
        for place, target in shown.links.items():
            command += ["--symlink", target, place]
        for place in shown.hidden:
            command += ["--tmpfs", place, "--remount-ro", place]
        command += ["--ro-bind", str(_HERE / "jail"), f"{_INSIDE}/jail", "--dir", "/scratch", "--clearenv"]
        for name, text in shown.environment.items():
            command += ["--setenv", name, text]
        command += ["--chdir", "/", "--", *_python(shown, _INSIDE)]
        return Launch(tuple(command), {}, _setup("inside", shown, limits))


class Namespaces:
    """The walled process builds its namespaces and its root itself; as root, or where users may."""

    name = "namespaces"

    def launch(self, limits: Limits) -> Launch:
        shown = runtime()
        setup = _setup("namespaces", shown, limits)
        root = {"binds": shown.binds, "links": shown.links, "hidden": shown.hidden}
        return Launch(_python(shown, str(_HERE)), shown.environment, {**setup, **root})


class Landlock:
    """No namespaces: Landlock closes the file system, the system call filter the rest. No scratch folder.

    For places that forbid namespaces, such as most containers. What it leaves visible: the names and sizes
    of files, not their content.
    """

    name = "landlock"

    def launch(self, limits: Limits) -> Launch:
        shown = runtime()
        setup = _setup("landlock", shown, limits)
        rules = {"listable": [shown.stdlib], "readable": shown.readable}
        return Launch(_python(shown, str(_HERE)), {}, {**setup, **rules})


BACKENDS: Final[tuple[Isolation, ...]] = (Bubblewrap(), Namespaces(), Landlock())


def _parents(places: Iterable[str]) -> list[str]:
    """All folders above these places, outermost first."""
    return sorted({str(folder) for place in places for folder in Path(place).parents} - {"/"})


def _python(shown: Runtime, place: str) -> tuple[str, ...]:
    start = f"import sys; sys.path.insert(0, {place!r}); from jail.start import main; main()"
    return (shown.interpreter, "-I", "-S", "-X", "utf8", "-c", start)


def _setup(wall: str, shown: Runtime, limits: Limits) -> dict[str, Any]:
    key = (os.getpid() << 6 | next(_counter) & 63) & ((1 << _BITS_OF_KEY) - 1)
    return {
        "wall": wall,
        "key": key,
        "paths": shown.paths,
        "probe": f"{shown.stdlib}/heapq.py",
        "listable": [],
        "readable": ["/"],  # of a root that has the runtime only
        "scratch_bytes": limits.scratch_bytes,
        "scratch_files": limits.scratch_files,
    }
