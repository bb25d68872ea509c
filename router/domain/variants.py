"""Prices that hold instead of a row's own: above a prompt length, in a service tier, at a time of day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.domain.prices import Price


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of every UTC day: minutes since midnight in [start, end), past midnight when end <= start."""

    start: int
    end: int

    def covers(self, minute: int) -> bool:
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def __str__(self) -> str:
        return "-".join(f"{m // 60:02}:{m % 60:02}" for m in (self.start, self.end))


Ladder = tuple[tuple[int, "Price | None"], ...]
"""Prices by prompt length, longest first: a step holds for more input tokens than its number. The last
step's number is -1; its None stands for the row itself."""


@dataclass(frozen=True, slots=True)
class Variants:
    """The ladders of a row by service tier (None: standard) and window (None: the rest of the day).

    `windows` are those of any ladder; those of one service tier do not overlap.
    """

    ladders: Mapping[tuple[str | None, Window | None], Ladder]
    windows: tuple[Window, ...]

    def ladder(self, service_tier: str | None, at: datetime) -> Ladder | None:
        """The ladder in force. None: that service tier has no price."""
        minute = at.hour * 60 + at.minute
        for window in self.windows:
            if window.covers(minute):
                found = self.ladders.get((service_tier, window))
                if found is not None:
                    return found
        return self.ladders.get((service_tier, None))
