"""Threads for in-process models: a bounded queue into them and a hand-over of chunks out of them.

Why: a model computes for seconds; the event loop must not wait for it, and a request that nobody waits for
must stop computing. Nothing here knows which engine runs or what its chunks mean.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from router.dispatch.port import BrokenReply, QueueFull, UpstreamFailure
from router.dispatch.replies import Refused

Chunk = Mapping[str, Any]
"""One `chat.completion.chunk` object."""

_Item = Chunk | BaseException | None
"""What travels to the loop: a chunk, the exception that ended the work, or None for its regular end."""


class Generation:
    """One piece of work as both sides see it.

    The worker thread calls `emit` and must stop as soon as it returns False. The event loop calls `get` and
    `cancel`. The hand-over is not bounded: a generation is no longer than its model's context.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[_Item] = asyncio.Queue()
        self._cancelled = threading.Event()
        self._started = threading.Event()
        self._future: Future[None] | None = None

    @property
    def wanted(self) -> bool:
        """False once nobody waits for the result. Any thread."""
        return not self._cancelled.is_set()

    @property
    def started(self) -> bool:
        """Whether a worker took it up. Any thread."""
        return self._started.is_set()

    def emit(self, chunk: Chunk) -> bool:
        """Worker: hands one chunk over; False means stop."""
        return self.wanted and self._post(chunk)

    async def get(self) -> Chunk | None:
        """Loop: the next chunk, None at the end; not to be called again then.

        Raises Refused or the UpstreamFailure the work raised; anything else it raised is a BrokenReply.
        """
        item = await self._items.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def cancel(self) -> None:
        """Loop: stops the work before it starts, or at its next `emit`."""
        self._cancelled.set()
        if self._future is not None:
            self._future.cancel()

    def run(self, work: Callable[[Generation], None]) -> None:
        """Worker: does the work unless it was cancelled while it waited."""
        self._started.set()
        if self.wanted:
            work(self)

    def attach(self, future: Future[None]) -> None:
        """The future whose end is the end of this generation, however it comes."""
        self._future = future
        future.add_done_callback(self._ended)

    def _ended(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None and not isinstance(error, (UpstreamFailure, Refused)):
            broken = BrokenReply(f"the engine failed: {error!r}")
            broken.__cause__ = error
            error = broken
        self._post(error)

    def _post(self, item: _Item) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody is left to read
            return False
        return True


class Lane:
    """At most `running` pieces of work at a time and `waiting` more in line; a further one is refused."""

    def __init__(self, name: str, *, running: int, waiting: int) -> None:
        self._name = name
        self._threads = ThreadPoolExecutor(running, thread_name_prefix=f"lane-{name}")
        self._places = threading.BoundedSemaphore(running + waiting)
        self._lock = threading.Lock()
        self._live: set[Generation] = set()

    @property
    def live(self) -> int:
        """Pieces of work running or waiting now."""
        return len(self._live)

    def submit(self, work: Callable[[Generation], None]) -> Generation:
        """Loop: puts `work` in line. Raises QueueFull."""
        if not self._places.acquire(blocking=False):
            raise QueueFull(f"endpoint {self._name}: its queue of in-process work is full")
        generation = Generation()
        with self._lock:
            self._live.add(generation)
        future = self._threads.submit(generation.run, work)
        future.add_done_callback(lambda _: self._release(generation))
        generation.attach(future)
        return generation

    def _release(self, generation: Generation) -> None:
        with self._lock:
            self._live.discard(generation)
        self._places.release()

    async def drain(self) -> None:
        """Waits until everything submitted has ended; nothing can be submitted any more."""
        await asyncio.to_thread(self._threads.shutdown, wait=True)

    async def aclose(self) -> None:
        """Cancels everything and waits until no thread works any more."""
        with self._lock:
            live = tuple(self._live)
        for generation in live:
            generation.cancel()
        await self.drain()
