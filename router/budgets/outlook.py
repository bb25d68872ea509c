"""What a budget's period is expected to come to: the forecast of the domain, on the books' daily charges.
Blocks.

The books' days are UTC days, also for a budget in another zone: an estimate. Budgets of single keys have
none, because the books do not know keys; nor have periods of a day."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from router.domain.budget import Account, Budgets
from router.domain.budget_period import PeriodKind
from router.domain.caller import Caller
from router.domain.forecast import Series, forecast
from router.domain.money import PicoUSD
from router.record.book_tables import charges_day
from router.record.sums import halves, whole

_HISTORY_DAYS: Final = 200
_DAY = timedelta(days=1)


def expected(connection: Connection, account: Account, budgets: Budgets, now_us: int) -> PicoUSD | None:
    """At the period's end. None: too little history, or see above. Raises SQLAlchemyError."""
    budget, period = account.budget, account.period
    if budget.period is PeriodKind.DAY or budget.scope.key or account.spent is None or not period.has(now_us):
        return None
    today = _date(account, now_us)
    first, last = _date(account, period.starts_us), _date(account, period.ends_us) - _DAY
    series = _daily(connection, account, budgets, today)
    past = sum(series.amounts[-(today - first).days :]) if today > first else 0
    found = forecast(series, first, last, max(0, account.spent - past))
    return None if found is None else PicoUSD(found.total.middle)


def _date(account: Account, moment_us: int) -> date:
    return datetime.fromtimestamp(moment_us // 1_000_000, UTC).astimezone(account.budget.zone).date()


def _daily(connection: Connection, account: Account, budgets: Budgets, today: date) -> Series:
    """Whole days until yesterday, from the first one with spend."""
    columns = charges_day.c
    names = ("organisation", "team", "project", "workload", "tier", "model", "endpoint")
    keys = [columns[name] for name in names]
    query = (
        select(columns.day, *keys, *halves(columns.cost_pico))
        .where(columns.day >= (today - _DAY * _HISTORY_DAYS).isoformat(), columns.day < today.isoformat())
        .group_by(columns.day, *keys)
    )
    budget, days = account.budget, defaultdict[date, int](int)
    for row in connection.execute(query):
        day, organisation, team, project, workload, tier, model, endpoint, high, low = row
        if (
            budget.scope.has_caller(Caller("", organisation, team, project))
            and budget.scope.has_workload(workload)
            and budgets.counted(budget, model, tier, endpoint)
        ):
            days[date.fromisoformat(day)] += whole(high, low)
    if not days:
        return Series(today, ())
    first = min(days)
    return Series(first, tuple(days[first + _DAY * n] for n in range((today - first).days)))
