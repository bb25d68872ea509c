"""Where time and ids enter: the one place that reads the clock and the random source for the pipeline."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Protocol

from router.domain.ids import uuid7


class Clock(Protocol):
    """Wall time in Unix microseconds, a monotonic time in nanoseconds, and ids."""

    def wall_us(self) -> int: ...

    def monotonic_ns(self) -> int: ...

    def request_id(self, wall_us: int) -> str: ...


class SystemClock:
    """The machine's own."""

    monotonic_ns = staticmethod(time.monotonic_ns)

    def wall_us(self) -> int:
        return time.time_ns() // 1000

    def request_id(self, wall_us: int) -> str:
        """Time-ordered, 74 random bits. An id is no secret: the fast generator will do."""
        return uuid7(wall_us // 1000, random.getrandbits(74))


def utc(wall_us: int) -> datetime:
    """Unix microseconds as an aware datetime."""
    return datetime.fromtimestamp(wall_us / 1_000_000, UTC)
