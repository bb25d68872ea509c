"""A process that left root and checks code for a test: `python -m tests.verify.code.unprivileged`.

As root it first makes Python and this project readable to others, in a mount namespace of its own: a home
folder is often closed to them. Requests and findings are pickles on stdin and stdout.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
import tempfile
from pathlib import Path

from router.verify.code.backends import BACKENDS
from router.verify.code.check import check_code
from router.verify.code.isolation import why_not
from router.verify.code.jail.kernel import mount, unshare

USER = 65533
_BIND, _REC, _PRIVATE = 4096, 16384, 1 << 18
_MOST_PROCESSES = 400
"""A net under the tests: a bomb that gets out stops here."""


def main() -> None:
    if os.geteuid() == 0:
        unshare("mount")
        mount("", "/", "", _REC | _PRIVATE)
        for path in (sys.base_prefix, sys.prefix, str(Path(__file__).parents[3])):
            _open_up(Path(path).resolve())
        resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_PROCESSES, _MOST_PROCESSES))
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    os.chdir("/")
    backends = {backend.name: backend for backend in BACKENDS}
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            name, job = pickle.load(source)
        except EOFError:
            return
        answer = why_not(backends[name]) if job is None else check_code(*job, isolation=backends[name])
        pickle.dump(answer, sink)
        sink.flush()


def _open_up(path: Path) -> None:
    """Shows a path below its first closed folder, with nothing else of that folder around it."""
    closed = next((f for f in reversed(path.parents) if not f.stat().st_mode & 1), None)
    if closed is None:
        return
    hold = tempfile.mkdtemp(prefix="tiergate-hold-")
    mount(str(path), hold, "", _BIND | _REC)
    mount("tmpfs", str(closed), "tmpfs", 0, "mode=755")
    path.mkdir(parents=True)
    mount(hold, str(path), "", _BIND | _REC)


if __name__ == "__main__":
    main()
