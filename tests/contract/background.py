"""An event loop in a thread of its own: upstreams live there, so that blocking clients can be tested too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Background:
    """Runs until it is left; what was entered is left then, the newest first."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstreams", daemon=True)
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for `work`, done in the other thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def enter(self, manager: AbstractAsyncContextManager[T]) -> T:
        """Enters `manager` there, until the end."""
        return self.run(self._stack.enter_async_context(manager))
