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


class Pace:
    """`hurried`: there is a backlog, so speed counts for more than manners."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self.hurried = False
        self._sleep = sleep

    def rest(self) -> None:
        """After half a millisecond of work."""
        if not self.hurried:
            self._sleep(_REST_SECONDS)

    def pieces(self, items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
        """`items` in pieces of `size`, with a rest after each; all at once in a hurry."""
        if self.hurried:
            yield items
            return
        for start in range(0, len(items), size):
            yield items[start : start + size]
            self.rest()
