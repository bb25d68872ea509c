"""Asks child processes that can be killed. A hang, a crash or a kill is "no reply" with its reason.

Each child has a hard memory limit of its own, each question a time limit after which its child is killed,
and a spare takes its place. No method raises for any question.
"""

from __future__ import annotations

import os
import queue
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from router.domain.value import value

_CHILD = Path(__file__).with_name("child.py")
_RECYCLED_AFTER = 500
"""Questions after which a child is replaced: a library's caches only grow."""
_MAX_REPLY = 65_536


@value
class Reply:
    """What a child said, or None with the reason why it said nothing."""

    said: Mapping[str, Any] | None
    reason: str = ""


class Pool:
    """Thread-safe; `size` questions run at once and further callers wait `limit_s` for their turn.

    Starts its processes at once; a first question waits up to `start_limit_s` for one to have loaded its
    handler. Close it when done.
    """

    def __init__(
        self, handler: Path, *, size: int, limit_s: float, memory_bytes: int, start_limit_s: float = 20.0
    ) -> None:
        self._handler, self._memory = handler, memory_bytes
        self._limit_s, self._start_limit_s = limit_s, start_limit_s
        self._idle: queue.Queue[_Child | None] = queue.Queue()
        self._closed = False
        for _ in range(size):
            self._idle.put(self._start())

    def ask(self, question: Mapping[str, str]) -> Reply:
        """Blocks, at most for the limits given: call it off the event loop."""
        if self._closed:
            return Reply(None, "the workers are closed")
        try:
            child = self._idle.get(timeout=self._limit_s)
        except queue.Empty:
            return Reply(None, "every worker was busy")
        child = child or self._start()
        if child is None:
            self._idle.put(None)
            return Reply(None, "no worker could be started")
        try:
            return child.ask(question, self._limit_s, self._start_limit_s)
        finally:
            self._give_back(child)

    def close(self) -> None:
        """Ends every process; later questions get no reply."""
        self._closed = True
        with suppress(queue.Empty):
            while True:
                child = self._idle.get_nowait()
                if child is not None:
                    child.kill()

    def _give_back(self, child: _Child) -> None:
        """Puts a child, or a fresh one for a spent one, at the end of the line."""
        if self._closed or child.done >= _RECYCLED_AFTER:
            child.kill()
        if not self._closed:
            self._idle.put(self._start() if child.dead else child)

    def _start(self) -> _Child | None:
        """A child without the parent's environment: it has no key to leak. None when none can be started."""
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-B", str(_CHILD), str(self._handler), str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8"},
                start_new_session=True,
            )
        except OSError:
            return None
        return _Child(process)


class _Child:
    """One process and its pipes; used by one thread at a time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._ready = False
        self.dead = False
        self.done = 0

    def ask(self, question: Mapping[str, str], limit_s: float, start_limit_s: float) -> Reply:
        """Asks the process; kills it when it does not reply in time or replies nonsense."""
        if not self._ready and self._line(start_limit_s) is None:
            return self._lost(f"the worker did not start within {start_limit_s:g} s")
        self._ready = True
        self.done += 1
        try:
            asked = orjson.dumps({**question, "cpu_s": int(limit_s) + 1}, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError:
            return Reply(None, "not a text that can be passed on")
        try:
            self._in.write(asked)
            self._in.flush()
        except OSError:
            return self._lost("the worker had ended")
        line = self._line(limit_s)
        if line is None:
            ended = self._process.poll() is not None
            return self._lost(
                "ended its worker" if ended else f"took longer than {limit_s:g} s and was stopped"
            )
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            return self._lost("the worker's reply could not be read")
        return Reply(said) if isinstance(said, dict) else Reply(None, "the worker replied nothing of use")

    def kill(self) -> None:
        """Ends the process at once and collects it."""
        self.dead = True
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with suppress(BrokenPipeError):  # What a dead process did not read is of no interest.
                pipe.close()

    def _lost(self, reason: str) -> Reply:
        self.kill()
        return Reply(None, reason)

    def _line(self, limit_s: float) -> bytes | None:
        """The next line of the process, or None when it ends, floods or is silent for `limit_s`."""
        ends, found = time.monotonic() + limit_s, b""
        waiting = select.poll()  # Not select.select: a busy gateway has more descriptors than that can name.
        waiting.register(self._out, select.POLLIN)
        while (left := ends - time.monotonic()) > 0 and len(found) < _MAX_REPLY:
            if not waiting.poll(left * 1000):
                return None
            part = os.read(self._out.fileno(), _MAX_REPLY)
            if not part:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(1)
                return None
            found += part
            if found.endswith(b"\n"):
                return found
        return None
