"""What a view is limited to. Pure: today's date is passed in, nothing here knows widgets or SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    """The spans a view can cover, in whole UTC days. The values are what the URL and the screen show."""

    TODAY = "today"
    WEEK = "7 days"
    MONTH = "30 days"
    THIS_MONTH = "this month"
    LAST_MONTH = "last month"
    ALL = "all"

    def days(self, today: date) -> tuple[date | None, date | None]:
        """First and last day, both included; `(None, None)` is everything."""
        month_start = today.replace(day=1)
        match self:
            case Period.TODAY:
                return today, today
            case Period.WEEK:
                return today - timedelta(days=6), today
            case Period.MONTH:
                return today - timedelta(days=29), today
            case Period.THIS_MONTH:
                return month_start, today
            case Period.LAST_MONTH:
                last = month_start - timedelta(days=1)
                return last.replace(day=1), last
            case Period.ALL:
                return None, None


class Source(StrEnum):
    """Whether a simulated upstream answered: nobody is billed for what that cost."""

    REAL = "not simulated"
    SIMULATED = "simulated"


class CostFilter(StrEnum):
    """Requests whose cost is a fact, an estimate, or not known at all."""

    KNOWN = "known"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Filters:
    """None means no limit. `tier` is the tier that answered, or `palette.NO_ANSWER`.

    `first_day` and `last_day` are UTC dates, both included.
    """

    first_day: date | None = None
    last_day: date | None = None
    team: str | None = None
    tier: str | None = None
    source: Source | None = None
    outcome: str | None = None
    cost: CostFilter | None = None
