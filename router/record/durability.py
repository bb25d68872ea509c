"""Forces journal bytes to disk away from the event loop, many requests per fdatasync.

A line is safe from the death of the process as soon as it is written; this is about the death of the
machine. Must not write lines.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

log = logging.getLogger(__name__)

Fsync = Literal["never", "interval", "always"]
INTERVAL_SECONDS = 1.0


class Syncer:
    """Knows which file descriptors hold bytes that are not on disk yet.

    `current`, `retire` and `wrote` belong to the writer's thread; `flush` runs in one of ours. A retired
    descriptor is closed by `flush` alone, so none is reused while another thread may still sync it.
    """

    def __init__(
        self,
        mode: Fsync,
        directory_fd: int,
        count_failure: Callable[[], None],
        fdatasync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self.mode = mode
        self._fdatasync = fdatasync
        self.lines_synced = 0
        self.lines_written = 0
        self._current = -1
        self._retired: deque[int] = deque()
        self._directory_fd = directory_fd
        self._count_failure = count_failure
        self._flushing = threading.Lock()
        self._stopped = threading.Event()
        self._flight: asyncio.Future[None] | None = None
        self._executor = ThreadPoolExecutor(1, "journal-sync") if mode == "always" else None
        self._thread: threading.Thread | None = None
        if mode == "interval":
            self._thread = threading.Thread(target=self._tick, name="journal-sync", daemon=True)
            self._thread.start()

    def opened(self, fd: int) -> None:
        """Lines go to `fd` from now on."""
        previous, self._current = self._current, fd
        if previous < 0:
            return
        if self.mode == "never":
            os.close(previous)
        else:
            self._retired.append(previous)

    def wrote(self) -> None:
        self.lines_written += 1

    def flush(self) -> None:
        """Everything written before this call is on disk after it. Raises OSError."""
        with self._flushing:
            target = self.lines_written
            current = self._current  # read before `_retired`: a rotation in between then shows in one
            retired = []
            while self._retired:
                retired.append(self._retired.popleft())
            try:
                for fd in {*retired, current} - {-1}:
                    self._fdatasync(fd)
                if retired or not self.lines_synced:
                    os.fsync(self._directory_fd)
            finally:
                for fd in retired:
                    os.close(fd)
            self.lines_synced = target

    async def durable(self) -> None:
        """Returns once every line written so far is on disk. Raises OSError."""
        loop = asyncio.get_running_loop()
        target = self.lines_written
        while self.lines_synced < target:
            if self._flight is None or self._flight.done():
                self._flight = loop.run_in_executor(self._executor, self.flush)
            await asyncio.shield(self._flight)

    def close(self) -> None:
        """A last flush unless the mode is `never`; then nothing is open any more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        if self._executor is not None:
            self._executor.shutdown()
        if self.mode != "never":
            self._flush_reporting()
        if self._current >= 0:
            os.close(self._current)
            self._current = -1

    def _tick(self) -> None:
        while not self._stopped.wait(INTERVAL_SECONDS):
            if self.lines_synced < self.lines_written:
                self._flush_reporting()

    def _flush_reporting(self) -> None:
        try:
            self.flush()
        except OSError as error:
            self._count_failure()
            log.error("journal: could not force lines to disk: %s", error)
