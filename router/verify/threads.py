"""Runs blocking checks off the event loop: a bounded number at once, each for a bounded time.

The threads are daemons and one per check, not an executor's: a check that never returns must neither take a
place for good nor keep the process from ending. It is left behind, and only so many may be left behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")


class Stuck(Exception):
    """So many checks never came back that no further one is started."""


class Threads:
    """`size` checks at once; used from one event loop."""

    def __init__(self, *, size: int = 4, most_left_behind: int = 16) -> None:
        self._places = asyncio.Semaphore(size)
        self._most = most_left_behind
        self._left_behind = 0

    async def run(self, work: Callable[[], _T], seconds: float) -> _T:
        """What `work` returns or raises. Raises TimeoutError after `seconds`, waiting for a place included,
        and Stuck. Cancelled or late, it does not wait for `work`."""
        if self._left_behind >= self._most:
            raise Stuck
        async with asyncio.timeout(seconds):
            async with self._places:
                future: Future[_T] = Future()
                threading.Thread(target=_work, args=(work, future), daemon=True, name="check").start()
                try:
                    return await asyncio.wrap_future(future)
                finally:
                    if not future.done():
                        self._leave(future)

    def _leave(self, future: Future[_T]) -> None:
        """Counts a check that nobody waits for any more, until it ends after all."""
        loop = asyncio.get_running_loop()
        self._left_behind += 1

        def ended(_: Future[_T]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._ended)

        future.add_done_callback(ended)

    def _ended(self) -> None:
        self._left_behind -= 1


def _work(work: Callable[[], _T], future: Future[_T]) -> None:
    future.set_running_or_notify_cancel()
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whatever it is belongs to whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)
