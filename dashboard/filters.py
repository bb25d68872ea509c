"""What a view is limited to. Pure: today's date is passed in, nothing here knows widgets or SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from router.domain.teams import Team


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

    def before(self, today: date) -> tuple[date, date] | None:
        """The span to hold this one against: as long, and just before it; months against months, this month
        against as many days of the last one. None: there is nothing before everything."""
        first, last = self.days(today)
        if first is None or last is None:
            return None
        if self not in (Period.THIS_MONTH, Period.LAST_MONTH):
            return first - (last - first) - timedelta(days=1), first - timedelta(days=1)
        end = first - timedelta(days=1)
        start = end.replace(day=1)
        return start, end if self is Period.LAST_MONTH else min(end, start + (last - first))


class Source(StrEnum):
    """Whether a simulated upstream answered: nobody is billed for what that cost."""

    REAL = "not simulated"
    SIMULATED = "simulated"


class CostFilter(StrEnum):
    """Requests whose cost is a fact, an estimate, or not known at all."""

    KNOWN = "known"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


NOT_NAMED: Final = "not named"
"""What the URL calls the workload of requests that named none; NULL in the ledger."""


@dataclass(frozen=True, slots=True)
class Filters:
    """None means no limit. `tier` and `model` are what answered (or `palette.NO_ANSWER`); of charges, what
    was called.

    `first_day` and `last_day` are UTC dates, both included.
    """

    first_day: date | None = None
    last_day: date | None = None
    team: Team | None = None
    project: str | None = None
    workload: str | None = None
    model: str | None = None
    tier: str | None = None
    source: Source | None = None
    outcome: str | None = None
    cost: CostFilter | None = None
