"""How a gateway leaves a load balancer without a failed request: it says so first, and closes later.

Must not know what is served. uvicorn stops listening the moment it is told to stop; a balancer that has not
looked at `/readyz` since still sends requests, and each would be refused.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

_CLOSE: Final = (b"connection", b"close")
"""Answers end their connection meanwhile, so that clients with kept connections move to another replica."""


class DrainingServer(uvicorn.Server):
    """On SIGTERM it calls `leave`, serves on for `delay` seconds, and then stops as uvicorn does. A second
    SIGTERM, or Ctrl-C, ends the waiting."""

    def __init__(self, config: uvicorn.Config, delay: float, leave: Callable[[], None]) -> None:
        super().__init__(config)
        self._delay = delay
        self._leave = leave
        self._until: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal handler; `on_tick` does what waits."""
        if sig == signal.SIGTERM and self._delay and self._until is None:
            self._until = time.monotonic() + self._delay
            self._ask_to_leave()
            self._leave()
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; whether to stop now."""
        stop = await super().on_tick(counter)
        if self._until is None:
            return stop
        self._ask_to_leave()
        if not stop and time.monotonic() >= self._until:
            super().handle_exit(signal.SIGTERM, None)
        return self.should_exit or stop

    def _ask_to_leave(self) -> None:
        """Every answer from now on says so. uvicorn makes its headers anew once a second."""
        headers = self.server_state.default_headers
        if _CLOSE not in headers:
            self.server_state.default_headers = [*headers, _CLOSE]
