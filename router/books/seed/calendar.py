"""How the requests of a seeded ledger fall on days, and which week tells its story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from router.books.months import month_of
from router.books.seed.world import WEEKDAYS, WEEKLY_GROWTH


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days in order with the number of requests of each; `story` is the week of the rise, Monday first."""

    days: tuple[date, ...]
    counts: tuple[int, ...]
    story: tuple[date, ...]


def calendar(rows: int, months: int, last: date) -> Calendar:
    """`rows` requests over the `months` calendar months that end with the month of `last`.

    Busy weekdays, quiet weekends, steady growth; whole requests by largest remainder, so that they add up.
    The story is the third whole week (Monday to Sunday) of the last month.
    """
    first = month_of(last, 1 - months)
    end = month_of(last, 1)
    days = tuple(first + timedelta(days=n) for n in range((end - first).days))
    weights = np.array([WEEKDAYS[day.weekday()] * WEEKLY_GROWTH ** (n / 7) for n, day in enumerate(days)])
    exact = rows * weights / weights.sum()
    counts = np.floor(exact).astype(int)
    short = rows - int(counts.sum())
    for index in np.argsort(counts - exact, kind="stable")[:short]:
        counts[index] += 1
    monday = month_of(last, 0)
    monday += timedelta(days=-monday.weekday() % 7 + 14)
    return Calendar(days, tuple(map(int, counts)), tuple(monday + timedelta(days=n) for n in range(7)))
