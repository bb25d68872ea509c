"""What of this machine the sandbox shows: the Python runtime, file by file, and nothing else.

The interpreter itself is asked once which shared libraries its extension modules load, so that only these
are shown and not a whole `/usr/lib`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
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
    """Found once: a check must not look around in the file system.

    `binds` are places in the sandbox and what is shown there, `program` what starting the interpreter inside
    takes beyond them, `links` other names of the libraries, `hidden` folders of installed packages below the
    standard library, `readable` all of it without these, for rules that hold for whole folders, `environment`
    the whole environment of the sandboxed process.
    """

    interpreter: str
    stdlib: str
    paths: tuple[str, ...]
    binds: Mapping[str, str]
    program: Mapping[str, str]
    links: Mapping[str, str]
    hidden: tuple[str, ...]
    readable: tuple[str, ...]
    environment: Mapping[str, str]


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
    places = [stdlib, *libraries, *(zone for zone in [_ZONES] if Path(zone).is_dir())]
    folders = sorted({str(Path(library).parent) for library in libraries})
    return Runtime(
        interpreter=interpreter,
        stdlib=stdlib,
        paths=(stdlib, str(Path(stdlib) / "lib-dynload")),
        binds={place: place for place in places},
        program={interpreter: interpreter} | {p: os.path.realpath(p) for p in _LOADERS if Path(p).exists()},
        links=dict(_other_names(libraries)),
        hidden=tuple(str(Path(stdlib) / name) for name in _PACKAGES if (Path(stdlib) / name).is_dir()),
        readable=(*(str(e) for e in Path(stdlib).iterdir() if e.name not in _PACKAGES), *places[1:]),
        environment={"LD_LIBRARY_PATH": ":".join(folders), "TMPDIR": "/scratch", "HOME": "/scratch"},
    )


def _other_names(libraries: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Links to libraries in their folders: by these they are looked up."""
    for library in map(Path, libraries):
        for other in library.parent.glob(f"{library.name.split('.so')[0]}.so*"):
            if other.is_symlink() and other.resolve() == library:
                yield str(other), library.name
