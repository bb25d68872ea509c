"""When the shipper steps aside for the gateway, which may share its core.

A scheduler gives a process that has waited its share in one piece, up to a whole tick (4 ms at 250 Hz), in
which a request would wait. Work in small pieces with a rest after each holds a request up by one piece at
most. Must not be relied on for correctness.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_REST_SECONDS = 0.0005
_LATE_SECONDS = 1.0
_IN_TIME_SECONDS = 5.0
"""Long enough that a core which stays full is tried seldom: each try makes rows late."""


class Pace:
    """Rests while there is time, then none until all was in time for a while.

    That one rest lasts long is no reason to hurry: the gateway is at work then.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._due = math.inf
        self._hurried_until = -math.inf

    @property
    def hurried(self) -> bool:
        """No rests now: there is a backlog, or the core is so full that rests make one."""
        now = self._clock()
        if now >= self._due:
            self._hurried_until = now + _IN_TIME_SECONDS
        return now < self._hurried_until

    def begin(self, waited: float = 0.0) -> None:
        """Work begins, the oldest part of which has waited for so many seconds already."""
        self._due = self._clock() + _LATE_SECONDS - waited

    def hurry(self) -> None:
        """No rests from now on."""
        self._hurried_until = math.inf

    def rest(self) -> None:
        """After half a millisecond of work."""
        if not self.hurried:
            self._sleep(_REST_SECONDS)

    def pieces(self, items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
        """`items` in pieces of `size`, with a rest after each; in a hurry all the rest at once."""
        start = 0
        while start < len(items):
            end = len(items) if self.hurried else start + size
            yield items[start:end]
            start = end
            self.rest()
