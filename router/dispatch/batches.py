"""One thread that computes for many callers at once: what waits together is done together.

Why: a matrix product for eight requests costs little more than for one, and two threads in one model only
take each other's cores. Nothing here knows what is computed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Work(Generic[T]):
    """One caller's part of a batch. `finish` is called exactly once, by the computing thread."""

    def __init__(self, item: T) -> None:
        self.item = item
        self._done = threading.Event()
        self._error: BaseException | None = None

    def finish(self, error: BaseException | None = None) -> None:
        self._error = error
        self._done.set()

    @property
    def finished(self) -> bool:
        return self._done.is_set()

    def result(self) -> None:
        """Waits for `finish`. Raises the error it was given."""
        self._done.wait()
        if self._error is not None:
            raise self._error


class Batches(Generic[T]):
    """`serve` runs in the thread of its own whenever there is work, until it has finished all that it took.

    It takes work with `take`, and may take more while it goes on. What it raises goes to every caller whose
    work it took and did not finish; the next work starts afresh.
    """

    def __init__(self, name: str, serve: Callable[[Batches[T]], None]) -> None:
        self._serve = serve
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"batches-{name}")
        self._lock = threading.Lock()
        self._waiting: deque[Work[T]] = deque()
        self._taken: list[Work[T]] = []
        self._serving = False

    def do(self, item: T) -> None:
        """Any thread: has `item` computed and waits for it. Raises what computing it raised."""
        work = Work(item)
        with self._lock:
            self._waiting.append(work)
            start, self._serving = not self._serving, True
        if start:
            self._thread.submit(self._run)
        work.result()

    def take(self, most: int) -> Sequence[Work[T]]:
        """`serve` alone: up to `most` pieces of work that wait now, the oldest first."""
        with self._lock:
            found = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        self._taken = [work for work in self._taken if not work.finished] + found
        return found

    @property
    def waiting(self) -> bool:
        """Whether work waits that nobody took."""
        return bool(self._waiting)

    def close(self) -> None:
        """Waits until nothing is computed any more; then nothing can be."""
        self._thread.shutdown(wait=True)

    def _run(self) -> None:
        while True:
            try:
                self._serve(self)
            except BaseException as error:
                self._fail(error)
                if not isinstance(error, Exception):
                    raise
            with self._lock:
                if not self._waiting:
                    self._serving = False
                    return

    def _fail(self, error: BaseException) -> None:
        for work in self._taken:
            if not work.finished:
                work.finish(error)
