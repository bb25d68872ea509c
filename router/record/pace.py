"""When the shipper steps aside for the gateway, which may share its core.

A scheduler gives a process that has slept its fair share in one piece, milliseconds in which a request would
wait. Work in small pieces with a rest after each holds a request up by one piece at most. Must not be relied
on for correctness.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_REST_SECONDS = 0.0005
_FULL_SECONDS = 0.002
"""A rest that took this long ended in a queue for the core. On a full core requests wait for each other, and
changing between processes costs more than it spares."""


class Pace:
    """`hurried`: no more rests for now, because there is a backlog or the core is full."""

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hurried = False
        self._sleep = sleep
        self._clock = clock

    def rest(self) -> None:
        """After half a millisecond of work."""
        if self.hurried:
            return
        started = self._clock()
        self._sleep(_REST_SECONDS)
        self.hurried = self._clock() - started > _FULL_SECONDS

    def pieces(self, items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
        """`items` in pieces of `size`, with a rest after each; in a hurry all the rest at once."""
        start = 0
        while start < len(items):
            end = len(items) if self.hurried else start + size
            yield items[start:end]
            start = end
            self.rest()
