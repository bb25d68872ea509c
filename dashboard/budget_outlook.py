"""What a budget's period will have cost at its end, and when its limit is used up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.queries.budgets import Standing
from router.domain.forecast import Forecast, RunOut, Series, forecast

HISTORY_DAYS = 200
"""How far back the daily charges of a budget are looked at."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A budget with its forecast; None where there is too little history, or nothing to go by."""

    budget: Standing
    forecast: Forecast | None

    @property
    def run_out(self) -> RunOut | None:
        """When the limit will be reached; None: no forecast says."""
        return None if self.forecast is None else self.forecast.run_out(self.budget.limit)

    @property
    def used(self) -> float | None:
        """Spent and set aside, as a share of the limit."""
        if self.budget.spent is None or not self.budget.limit:
            return None
        return (self.budget.spent + (self.budget.reserved or 0)) / self.budget.limit

    @property
    def over(self) -> bool:
        """Whether the limit is used up already."""
        return self.used is not None and self.used >= 1

    @property
    def at_risk(self) -> bool:
        """Whether it is expected to be used up before the period ends."""
        found = self.run_out
        return not self.over and found is not None and found.expected is not None


def local_day(moment_us: int, time_zone: str) -> date:
    """The day of a moment in a budget's zone."""
    return datetime.fromtimestamp(moment_us / 1e6, UTC).astimezone(ZoneInfo(time_zone)).date()


def outlook(budget: Standing, series: Series | None, today: date) -> Outlook:
    """`series` ends with yesterday. The books' days are UTC days, also for a budget in another zone: an
    estimate, as it is on the gateway's side."""
    if series is None or budget.starts_us is None or budget.ends_us is None or budget.spent is None:
        return Outlook(budget, None)
    first = local_day(budget.starts_us, budget.time_zone)
    last = local_day(budget.ends_us, budget.time_zone) - timedelta(days=1)
    if budget.kind == "day" or not first <= today <= last:
        return Outlook(budget, None)
    past = sum(series.amounts[-(today - first).days :]) if today > first else 0
    return Outlook(budget, forecast(series, first, last, max(0, budget.spent - past)))
