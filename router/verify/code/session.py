"""One walled process and the talk with it: lines of JSON, bounded in time and in length.

Nothing that happens on the other side raises anything but `Lost` here, and leaving the session leaves
nothing behind: no process, no zombie, no file.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from router.verify.code.isolation import Isolation
from router.verify.code.limits import Limits

_CHUNK: Final = 1 << 16
_ENDING_S: Final = 1.0
_REPORTING_S: Final = 0.2
_OVERHEAD: Final = 1 << 20
"""What a report may be longer than the output in it: JSON escapes aside, which take six times the place."""


class Lost(Exception):
    """The walled process could not be started, or did not answer as it must: nothing was checked."""


class Session:
    """Use as a context. `run` does one job and returns its report."""

    def __init__(self, isolation: Isolation, limits: Limits) -> None:
        self._limits = limits
        self._deadline = time.monotonic() + limits.total_s
        self._most = limits.output_bytes * 3 * 6 + _OVERHEAD
        try:
            self._launch = isolation.launch(limits)
        except (OSError, subprocess.SubprocessError) as error:
            raise Lost(f"{isolation.name}: {error}") from error

    def __enter__(self) -> Session:
        launch = self._launch
        try:
            self._process = subprocess.Popen(
                launch.command,
                env=dict(launch.environment),
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except OSError as error:
            raise Lost(str(error)) from error
        try:
            answer = self._exchange(launch.setup)
            if "ready" not in answer:
                raise Lost(f"not isolated: {answer.get('refused')}")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(self, job: Mapping[str, Any], secret: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Does a job. `secret` is sent only after the process of the code has been forked."""
        limits = self._limits
        left = max(0.05, self._deadline - time.monotonic() - _REPORTING_S)
        wanted = {
            "cpu_s": limits.cpu_s,
            "wall_s": min(limits.wall_s, left),
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
            "open_files": limits.open_files,
            "threads": limits.threads,
            "output_bytes": limits.output_bytes,
        }
        answer = self._exchange({**job, "limits": wanted})
        if secret is not None:
            if answer != {"started": True}:
                raise Lost("the sandbox did not answer as it must")
            answer = self._exchange(secret)
        if answer.get("cause") == "no wall":
            raise Lost("the wall could not be built")
        if answer.get("cause") == "wall" and left < limits.wall_s:
            raise Lost(f"all of it took longer than {limits.total_s:g} s")
        return answer

    def _exchange(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Writes a line and reads one, both at once: neither side may wait for the other to read."""
        assert self._process.stdin is not None and self._process.stdout is not None
        to, back = self._process.stdin.fileno(), self._process.stdout.fileno()
        pending = memoryview(json.dumps(value).encode() + b"\n")
        received = bytearray()
        os.set_blocking(to, False)
        with selectors.DefaultSelector() as selector:
            selector.register(back, selectors.EVENT_READ)
            selector.register(to, selectors.EVENT_WRITE)
            while not received.endswith(b"\n"):
                left = self._deadline - time.monotonic()
                if left <= 0 or len(received) > self._most:
                    raise Lost("the sandbox did not answer in time" if left <= 0 else "too long a report")
                for key, _events in selector.select(left):
                    if key.fd == back:
                        received += self._read(back)
                    else:
                        pending = pending[self._write(to, pending) :]
                        if not pending:
                            selector.unregister(to)
        return self._parsed(bytes(received))

    def _read(self, descriptor: int) -> bytes:
        data = os.read(descriptor, _CHUNK)
        if not data:
            raise Lost(f"the sandbox ended: {self._complaint()}")
        return data

    def _write(self, descriptor: int, data: memoryview) -> int:
        try:
            return os.write(descriptor, data[:_CHUNK])
        except BrokenPipeError:
            raise Lost(f"the sandbox ended: {self._complaint()}") from None

    def _complaint(self) -> str:
        """The last line on its stderr, where an unprivileged bubblewrap says what it may not do."""
        assert self._process.stderr is not None
        os.set_blocking(self._process.stderr.fileno(), False)
        text = (self._process.stderr.read(_CHUNK) or b"").decode(errors="replace").strip()
        return text.rsplit("\n", 1)[-1][:200] or "without a word"

    @staticmethod
    def _parsed(line: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Lost("the sandbox did not answer as it must") from error
        if not isinstance(answer, dict):
            raise Lost("the sandbox did not answer as it must")
        return answer

    def _end(self) -> None:
        """Hanging up ends the warden, and with it everything inside. Force is for what does not listen."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        for force in (process.terminate, process.kill):
            try:
                process.wait(_ENDING_S)
                break
            except subprocess.TimeoutExpired:
                force()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
