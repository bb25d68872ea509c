"""What a sandbox has seen: requests, disconnects, and how many ran at once. In memory, bounded."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KEPT = 2_000


@dataclass(slots=True)
class SeenRequest:
    """One request as it arrived, and how it went. `status` None: no response line was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    fault: str | None = None
    status: int | None = None
    finished: bool = False
    """The whole response was handed to the connection."""
    disconnected: bool = False
    """The client went away before that."""
    reset: bool = False
    """A fault reset the connection."""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Record:
    """Chat requests, oldest first (the last ones if there were more than are kept), and counts.

    `total` is how many came. `running` are being generated, `waiting` are queued for a place,
    `peak_running` is the most at once.
    """

    requests: deque[SeenRequest] = field(default_factory=lambda: deque(maxlen=KEPT))
    total: int = 0
    running: int = 0
    waiting: int = 0
    peak_running: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last(self) -> SeenRequest:
        """The newest request. Raises IndexError when there was none."""
        return self.requests[-1]

    @property
    def disconnects(self) -> int:
        """Requests whose client went away before the end."""
        return sum(1 for seen in self.requests if seen.disconnected)

    def arrived(self, seen: SeenRequest) -> None:
        self.total += 1
        self.requests.append(seen)

    def started(self) -> None:
        self.running += 1
        self.peak_running = max(self.peak_running, self.running)
        self.changed()

    def ended(self) -> None:
        self.running -= 1
        self.changed()

    def changed(self) -> None:
        """Wakes whoever waits in `wait_until`."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_until(self, true: Callable[[Record], bool], timeout_s: float = 10.0) -> None:
        """Returns once `true(self)` holds. Raises TimeoutError after `timeout_s`."""
        async with asyncio.timeout(timeout_s):
            while not true(self):
                await self._changed.wait()
