"""Watches processes and their pipes until they end, run out of time or write too much; then ends them."""

from __future__ import annotations

import os
import select
import time

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_CHUNK = 1 << 16
_KILL = 9


class _Pipe:
    """`keep` is how many bytes to keep, the last ones; 0 keeps all up to the limit."""

    def __init__(self, name: str, limit: int, keep: int) -> None:
        self.name = name
        self.limit = limit
        self.keep = keep
        self.size = 0
        self.parts: list[bytes] = []

    def add(self, data: bytes) -> bool:
        """False when the limit is passed. A pipe without a name is drained and forgotten."""
        self.size += len(data)
        if self.name:
            self.parts.append(data)
        if self.keep and len(self.parts) > 1:
            self.parts = [b"".join(self.parts)[-self.keep :]]
        return self.size <= self.limit


class Watch:
    """One job's processes. `run` returns when all of them are gone and reaped, whatever they did."""

    def __init__(self, wall_s: float) -> None:
        self._deadline = time.monotonic() + wall_s
        self._pipes: dict[int, _Pipe] = {}
        self._processes: dict[int, tuple[str, int]] = {}
        self._ended: dict[str, dict[str, Any]] = {}
        self.cause: str | None = None
        """Why all are ended: `wall` (the clock), `flood`, or what was set from outside."""
        self._seen: list[_Pipe] = []
        self._poll = select.poll()
        self._poll.register(0, select.POLLHUP)

    def process(self, name: str, pid: int) -> None:
        descriptor = os.pidfd_open(pid)
        self._processes[descriptor] = (name, pid)
        self._poll.register(descriptor, select.POLLIN)

    def read(self, name: str, descriptor: int, limit: int, keep: int = 0) -> None:
        pipe = _Pipe(name, limit, keep)
        self._pipes[descriptor] = pipe
        self._seen.append(pipe)
        self._poll.register(descriptor, select.POLLIN)

    def run(self) -> dict[str, Any]:
        while self._processes and self.cause is None:
            self._step()
        for name, pid in self._processes.values():
            os.kill(pid, _KILL)
            self._reap(name, pid)
        self._finish()
        texts = {p.name: b"".join(p.parts).decode("utf-8", "surrogateescape") for p in self._seen if p.name}
        return {**texts, "cause": self.cause, "ended": self._ended}

    def _step(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            self.cause = "wall"
            return
        for descriptor, _events in self._poll.poll(min(left, 1.0) * 1000 + 1):
            if descriptor == 0:
                os._exit(0)  # the gateway hung up; ending the warden ends all
            if descriptor in self._pipes:
                self._take(descriptor)
            elif descriptor in self._processes:
                name, pid = self._processes.pop(descriptor)
                self._poll.unregister(descriptor)
                os.close(descriptor)
                self._reap(name, pid)

    def _take(self, descriptor: int) -> None:
        data = os.read(descriptor, _CHUNK)
        pipe = self._pipes[descriptor]
        if not data:
            self._close(descriptor)
        elif not pipe.add(data):
            self.cause = "flood"

    def _close(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        os.close(descriptor)
        del self._pipes[descriptor]

    def _reap(self, name: str, pid: int) -> None:
        _pid, status, usage = os.wait4(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self._ended[name] = {"code": code, "cpu": usage.ru_utime + usage.ru_stime}

    def _finish(self) -> None:
        """Takes what is left in the pipes: all writers are gone, so each has an end."""
        for descriptor in list(self._pipes):
            while self.cause != "flood" and descriptor in self._pipes:
                self._take(descriptor)
            if descriptor in self._pipes:
                self._close(descriptor)
        for descriptor in self._processes:
            os.close(descriptor)
