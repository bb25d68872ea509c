"""What of this machine the sandbox shows: the Python runtime, file by file, and nothing else.

The interpreter itself is asked once which shared libraries its extension modules load, so that only these
are shown and not a whole `/usr/lib`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import Final

from router.domain.value import value

_LOADERS: Final = (
    *("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"),
    *("/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"),
)
_ZONES: Final = "/usr/share/zoneinfo"
_PACKAGES: Final = ("site-packages", "dist-packages")
_ASK: Final = """
import importlib, os, sys
skipped = ("_tkinter", "_curses", "readline", "_dbm", "_gdbm", "nis", "_ssl", "_test", "_xx", "_ctypes_test")
for entry in sys.path:
    if entry.endswith("lib-dynload"):
        for file in sorted(os.listdir(entry)):
            name = file.split(".")[0]
            if not name.startswith(skipped):
                try:
                    importlib.import_module(name)
                except ImportError:
                    pass
for line in open("/proc/self/maps"):
    path = line.split(maxsplit=5)[5:]
    if path and path[0].startswith("/"):
        print(path[0].strip())
"""


@value
class Runtime:
    """Paths of this machine. `libraries` are shared libraries outside the standard library's folder."""

    interpreter: str
    stdlib: str
    paths: tuple[str, ...]
    libraries: tuple[str, ...]
    loader: str | None

    def binds(self) -> dict[str, str]:
        """Places in the sandbox and what is shown there."""
        shown = {self.stdlib: self.stdlib} | {library: library for library in self.libraries}
        if Path(_ZONES).is_dir():
            shown[_ZONES] = _ZONES
        return shown

    def program(self) -> dict[str, str]:
        """What starting the interpreter inside takes beyond `binds`."""
        shown = {self.interpreter: self.interpreter}
        return shown | ({self.loader: os.path.realpath(self.loader)} if self.loader else {})

    def links(self) -> dict[str, str]:
        """Other names of the libraries, by which they are looked up."""
        found = {}
        for library in map(Path, self.libraries):
            for other in library.parent.glob(f"{library.name.split('.so')[0]}.so*"):
                if other.is_symlink() and other.resolve() == library:
                    found[str(other)] = library.name
        return found

    def hidden(self) -> list[str]:
        """Folders of installed packages below the standard library."""
        return [str(folder) for name in _PACKAGES if (folder := Path(self.stdlib) / name).is_dir()]

    def readable(self) -> list[str]:
        """What may be read, for a rule that holds for all below: so the packages' folders are left out."""
        inside = (str(e) for e in Path(self.stdlib).iterdir() if e.name not in _PACKAGES)
        return [*inside, *(place for place in self.binds() if place != self.stdlib)]

    def environment(self) -> dict[str, str]:
        """The whole environment of the sandboxed process."""
        folders = sorted({str(Path(library).parent) for library in self.libraries})
        return {"LD_LIBRARY_PATH": ":".join(folders), "TMPDIR": "/scratch", "HOME": "/scratch"}


@lru_cache(maxsize=1)
def runtime() -> Runtime:
    """This interpreter's runtime. Raises OSError or subprocess.SubprocessError when it cannot be found."""
    interpreter = os.path.realpath(sys.executable)
    stdlib = os.path.realpath(sysconfig.get_path("stdlib"))
    asked = subprocess.run(
        [interpreter, "-I", "-S", "-c", _ASK], env={}, capture_output=True, text=True, check=True, timeout=30
    )
    mapped = {line for line in asked.stdout.splitlines() if ".so" in line}
    libraries = sorted(path for path in mapped if not path.startswith(stdlib + "/"))
    paths = (stdlib, str(Path(stdlib) / "lib-dynload"))
    loader = next((path for path in _LOADERS if Path(path).exists()), None)
    return Runtime(interpreter, stdlib, paths, tuple(libraries), loader)
