"""Compares formulas in worker processes that can be killed. A hang, a crash or a kill is "cannot say".

An algebra library can be made to run for ever or to take all memory by one line of an answer. It therefore
never runs in the gateway: each worker has a hard memory limit of its own, each comparison a time limit after
which its worker is killed, and a spare takes its place. No method raises for any text.
"""

from __future__ import annotations

import importlib.util
import os
import queue
import select
import subprocess
import sys
import time
from pathlib import Path

import orjson

from router.domain.value import value

_WORKER = Path(__file__).with_name("worker.py")
_LONGEST = 2_000
"""Characters of a formula that are still compared; longer ones are no final answers."""
_RECYCLED_AFTER = 500
"""Comparisons after which a worker is replaced: the algebra library's caches only grow."""
_MAX_REPLY = 4_096


@value
class Comparison:
    """`equal` is None when it cannot be said; `reason` then says why."""

    equal: bool | None
    reason: str = ""


class Workers:
    """Thread-safe; `size` comparisons run at once and further callers wait `limit_s` for their turn.

    Starts its processes at once, and they take a second or two to import the library: a first comparison waits
    up to `start_limit_s` for that. Close it when done.
    """

    def __init__(
        self,
        *,
        size: int = 2,
        limit_s: float = 3.0,
        start_limit_s: float = 20.0,
        memory_bytes: int = 1 << 30,
    ) -> None:
        self._limit_s, self._start_limit_s, self._memory = limit_s, start_limit_s, memory_bytes
        self._idle: queue.Queue[_Worker | None] = queue.Queue()
        self._closed = False
        self.installed = importlib.util.find_spec("math_verify") is not None
        """Whether the library is there; without it every comparison is "cannot say"."""
        for _ in range(size if self.installed else 0):
            self._idle.put(_start(memory_bytes))

    def compare(self, reference: str, answer: str) -> Comparison:
        """Whether two formulas are equal. Blocks, at most for the limits given: call it off the event loop."""
        if not self.installed:
            return Comparison(None, "the algebra library is not installed (extra verify)")
        if max(len(reference), len(answer)) > _LONGEST:
            return Comparison(None, "the formula is too long to compare")
        try:
            worker = self._idle.get(timeout=self._limit_s)
        except queue.Empty:
            return Comparison(None, "every worker was busy")
        worker = worker or _start(self._memory)
        kept: _Worker | None = worker
        try:
            if worker is None:
                return Comparison(None, "no worker could be started")
            result = worker.compare(reference, answer, self._limit_s, self._start_limit_s)
            if worker.done >= _RECYCLED_AFTER:
                worker.kill()
            if worker.dead:
                kept = None
            return result
        finally:
            self._give_back(kept)

    def close(self) -> None:
        """Ends every process; later comparisons are "cannot say"."""
        self._closed = True
        self.installed = False
        while True:
            try:
                worker = self._idle.get_nowait()
            except queue.Empty:
                return
            if worker is not None:
                worker.kill()

    def _give_back(self, worker: _Worker | None) -> None:
        """Puts a worker, or a fresh one for a dead one, at the end of the line."""
        if self._closed:
            if worker is not None:
                worker.kill()
            return
        self._idle.put(worker or _start(self._memory))


class _Worker:
    """One child process and its pipes; used by one thread at a time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._ready = False
        self.dead = False
        self.done = 0

    def compare(self, reference: str, answer: str, limit_s: float, start_limit_s: float) -> Comparison:
        """Asks the child; kills it when it does not reply in time or replies nonsense."""
        if not self._ready:
            if self._line(start_limit_s) is None:
                self.kill()
                return Comparison(None, f"the worker did not start within {start_limit_s:g} s")
            self._ready = True
        self.done += 1
        asked = {"reference": reference, "answer": answer, "cpu_s": int(limit_s) + 1}
        try:
            # A lone surrogate is no text a formula can hold; it must not stop the check from answering.
            self._in.write(orjson.dumps(asked, option=orjson.OPT_APPEND_NEWLINE))
            self._in.flush()
        except (OSError, orjson.JSONEncodeError) as error:
            self.kill()
            return Comparison(None, f"the worker could not be asked: {type(error).__name__}")
        reply = self._line(limit_s)
        if reply is None:
            ended = self._process.poll()
            self.kill()
            late = f"took longer than {limit_s:g} s and was stopped"
            return Comparison(None, f"the comparison {late if ended is None else 'ended its worker'}")
        return _read(reply)

    def kill(self) -> None:
        """Ends the child at once and collects it."""
        self.dead = True
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except BrokenPipeError:  # What was not yet written to a dead child is of no interest.
                pass

    def _line(self, limit_s: float) -> bytes | None:
        """The next line of the child, or None when it ends, floods or is silent for `limit_s`."""
        ends, found = time.monotonic() + limit_s, b""
        waiting = select.poll()
        waiting.register(self._out, select.POLLIN)
        while (left := ends - time.monotonic()) > 0 and len(found) < _MAX_REPLY:
            if not waiting.poll(left * 1000):
                return None
            part = os.read(self._out.fileno(), _MAX_REPLY)
            if not part:
                self._process.wait(1)
                return None
            found += part
            if found.endswith(b"\n"):
                return found
        return None


def _start(memory_bytes: int) -> _Worker | None:
    """A child without the parent's environment: it has no key to leak. None when none can be started."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_WORKER), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError:
        return None
    return _Worker(process)


def _read(reply: bytes) -> Comparison:
    try:
        said = orjson.loads(reply)
    except orjson.JSONDecodeError:
        return Comparison(None, "the worker's reply could not be read")
    return Comparison(said.get("equal"), said.get("reason", ""))
