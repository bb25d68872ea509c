"""Serves jobs inside the wall: each runs in a process of its own that is limited, watched and ended.

The warden is the only one that talks to the gateway; code under test gets pipes to the warden alone. A
forked process carries its parent's memory, so the warden reads a caller's assertions only after the code's
process has been forked, and serves one such job in its life.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping

from . import candidate, identity, judge, landlock, remote, seccomp
from .kernel import DEATH_SIGNAL, prctl
from .mounts import SCRATCH
from .pipes import Lines, write_line
from .watch import Watch

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_CHANNEL, _REPLIES = 3, 4
_ERROR_KEPT = 4000
_OUT_OF_THE_WAY = 64


def serve(lines: Lines, setup: Mapping[str, Any]) -> None:
    """Runs jobs until the gateway hangs up. Returns only in the warden: children end by SystemExit."""
    while (job := lines.read()) is not None:
        write_line(1, _Job(lines, setup, job).run())


class _Job:
    def __init__(self, lines: Lines, setup: Mapping[str, Any], job: Mapping[str, Any]) -> None:
        self.lines = lines
        self.setup = setup
        self.job = job
        self.limits: Mapping[str, float] = job["limits"]
        self.watch = Watch(self.limits["wall_s"])

    def run(self) -> dict[str, Any]:
        kinds = {"script": self._script, "calls": self._calls, "judge": self._judge}
        kinds[self.job["kind"]]()
        return self.watch.run()

    def _script(self) -> None:
        source = self.job["source"]
        self._start("code", lambda: candidate.run_script(source), _file(self.job["stdin"]), {})

    def _calls(self) -> None:
        source, steps = self.job["source"], self.job["steps"]
        report = self._reader("report")
        self._start(
            "code", lambda: candidate.run_calls(source, steps, _CHANNEL), _file(""), {_CHANNEL: report}
        )

    def _judge(self) -> None:
        """Two processes: the code, and the caller's tests that reach it over pipes only."""
        source = self.job["source"]
        ask_read, ask_write = os.pipe()
        reply_read, reply_write = os.pipe()
        code = {_CHANNEL: reply_write, _REPLIES: ask_read}
        self._start("code", lambda: remote.run_remote(source, _REPLIES, _CHANNEL), _file(""), code)
        write_line(1, {"started": True})
        secret = self.lines.read()
        report = self._reader("report")
        tester = {_CHANNEL: report, 4: reply_read, 5: ask_write}
        self._start("tests", lambda: judge.run(secret, 4, 5, _CHANNEL), _file(""), tester)

    def _reader(self, name: str) -> int:
        read, write = os.pipe()
        self.watch.read(name, read, int(self.limits["output_bytes"]))
        return write

    def _start(self, name: str, body: Callable[[], None], stdin: int, more: Mapping[int, int]) -> None:
        """Starts a process with exactly these descriptors; the warden keeps none of its ends."""
        read, write = os.pipe()
        errors_read, errors_write = os.pipe()
        walled_read, walled_write = os.pipe()
        given = {0: stdin, 1: write, 2: errors_write, **more}
        pid = os.fork()
        if pid == 0:
            walled = {max(given) + 1: walled_write}
            _keep_only({**given, **walled})
            self._wall()
            for descriptor in walled:
                os.write(descriptor, b"walled")
                os.close(descriptor)
            body()
            if self.job.get("kind") == "script":
                raise SystemExit(0)  # its threads and exit handlers are part of it
            os._exit(0)
        for descriptor in (*given.values(), walled_write):
            os.close(descriptor)
        self.watch.process(name, pid)
        if not os.read(walled_read, 6):
            self.watch.cause = "no wall"
        os.close(walled_read)
        own = name == "code"
        self.watch.read("output" if own else "", read, int(self.limits["output_bytes"]))
        self.watch.read("errors" if own else "", errors_read, int(self.limits["output_bytes"]), _ERROR_KEPT)

    def _wall(self) -> None:
        """What holds for this process from here on. The call filter is last: it forbids the rest."""
        prctl(DEATH_SIGNAL, 9)
        alone = self.setup["wall"] == "landlock"
        scratch = [] if alone else [SCRATCH]
        landlock.restrict(self.setup["listable"], self.setup["readable"], scratch, needed=alone)
        identity.limit(self.limits)
        seccomp.install(own_root=not alone)


def _file(text: str) -> int:
    """An anonymous file in memory with this text, at its start: nobody has to feed a pipe."""
    descriptor = os.memfd_create("input")
    data = memoryview(text.encode("utf-8", "surrogateescape"))
    while data:
        data = data[os.write(descriptor, data) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _keep_only(given: Mapping[int, int]) -> None:
    """Moves descriptors to their places and closes all others."""
    moved = {target: fcntl.fcntl(source, fcntl.F_DUPFD, _OUT_OF_THE_WAY) for target, source in given.items()}
    for target, descriptor in moved.items():
        os.dup2(descriptor, target)
    os.closerange(max(given) + 1, 4096)
