"""Thresholds that were crossed, each told once in a period: written down first, then sent, then sent again.

The row of a threshold is written by whichever gateway sees it first; whoever claims it tells people. One that
dies in between leaves it claimed, and it is claimed again after a pause: told at least once, hardly ever
twice."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from router.budgets.accounts import Accounts
from router.budgets.alert import Alert
from router.budgets.ledger import BudgetLedger
from router.budgets.outlook import expected
from router.budgets.screen import Forecasts
from router.budgets.send import NobodyToTell, NotSent
from router.domain.budget import Account, Budget
from router.domain.budget_period import period_of
from router.domain.money import PicoUSD
from router.record.budget_tables import budget_alerts
from router.record.write import brief

log = logging.getLogger(__name__)
_T = budget_alerts.c
_PAUSE_US: Final = 30_000_000
_LONGEST_PAUSE_US: Final = 3_600_000_000
_MOST_TRIES: Final = 50
_LOOK_S: Final = 5.0
"""How often undelivered alerts are looked for."""
_FORECAST_S: Final = 900.0

Crossing = tuple[str, str, int]
"""Budget, period, per cent."""


class Alerts:
    """Watches accounts; `send` blocks and raises NotSent."""

    def __init__(self, accounts: Accounts, ledger: BudgetLedger, send: Callable[[Alert], None]) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._send = send
        self._known: set[Crossing] = set()
        self._forecasts: Forecasts = {}
        self._forecast_at = self._look_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def watch(self, accounts: Sequence[Account], now_us: int) -> Forecasts:
        """Writes down what was crossed and has it told. Raises SQLAlchemyError."""
        now = time.monotonic()
        if now >= self._forecast_at:
            self._forecast_at = now + _FORECAST_S
            budgets = self._accounts.in_force
            self._forecasts = await self._ledger.write(
                lambda c: {_name(one): expected(c, one, budgets, now_us) for one in accounts}
            )
        crossed = [found for account in accounts for found in self._crossed(account, now_us)]
        if crossed:
            await self._ledger.write(lambda connection: _keep(connection, crossed))
            self._known.update((row["budget"], row["period"], row["percent"]) for row in crossed)
        if (crossed or now >= self._look_at) and (self._task is None or self._task.done()):
            self._look_at = now + _LOOK_S
            self._task = asyncio.create_task(self._deliver(now_us))
        return self._forecasts

    async def close(self) -> None:
        """What is being sent is sent; the rest is for the next start."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_LOOK_S)

    def _crossed(self, account: Account, now_us: int) -> list[dict[str, Any]]:
        budget, spent, key = account.budget, account.spent or 0, account.period.key
        return [
            {
                "budget": budget.name,
                "period": key,
                "percent": percent,
                "crossed_us": now_us,
                "spent_pico": spent,
                "limit_pico": budget.limit,
                "forecast_pico": self._forecasts.get(_name(account)),
                "claimed_us": 0,
                "tries": 0,
            }
            for percent in budget.thresholds
            if spent * 100 >= percent * budget.limit and (budget.name, key, percent) not in self._known
        ]

    async def _deliver(self, now_us: int) -> None:
        budgets = {budget.name: budget for budget in self._accounts.in_force.all}
        try:
            for alert in await self._ledger.write(lambda connection: _claim(connection, budgets, now_us)):
                await self._ledger.write(partial(_note, alert=alert, outcome=await self._sent(alert)))
        except SQLAlchemyError as error:
            log.warning("budgets: alerts wait for the database: %s", brief(error))

    async def _sent(self, alert: Alert) -> dict[str, int | str | None]:
        """What is to be noted of it."""
        try:
            await asyncio.to_thread(self._send, alert)
        except NobodyToTell as nobody:
            log.warning("%s, and %s", alert.subject, nobody)
            return {"error": str(nobody), "tries": _MOST_TRIES}
        except NotSent as failure:
            log.warning("budget %s: not everybody was told: %s", alert.budget, failure)
            return {"error": str(failure)}
        log.info("%s", alert.subject)
        return {"error": None, "sent_us": time.time_ns() // 1000}


def _name(account: Account) -> tuple[str, str]:
    return account.budget.name, account.period.key


def _keep(connection: Connection, rows: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(budget_alerts).on_conflict_do_nothing(), rows)


def _claim(connection: Connection, budgets: dict[str, Budget], now_us: int) -> list[Alert]:
    """Undelivered alerts of budgets in force whose pause is over, now this gateway's."""
    waiting = select(budget_alerts).where(_T.sent_us.is_(None), _T.tries < _MOST_TRIES)
    found = []
    for row in connection.execute(waiting).all():
        budget = budgets.get(row.budget)
        if budget is None or row.claimed_us + _pause(row.tries) > now_us:
            continue
        mine = update(budget_alerts).where(
            _T.budget == row.budget,
            _T.period == row.period,
            _T.percent == row.percent,
            _T.tries == row.tries,
            _T.sent_us.is_(None),
        )
        if connection.execute(mine.values(claimed_us=now_us, tries=row.tries + 1)).rowcount == 1:
            forecast = None if row.forecast_pico is None else PicoUSD(row.forecast_pico)
            period = period_of(budget.period, budget.zone, row.crossed_us)
            found.append(
                Alert(
                    row.budget,
                    budget.hard,
                    period,
                    row.percent,
                    row.crossed_us,
                    PicoUSD(row.spent_pico),
                    PicoUSD(row.limit_pico),
                    forecast,
                    budget.email,
                )
            )
    return found


def _pause(tries: int) -> int:
    return 0 if not tries else min(_PAUSE_US * 2 ** (tries - 1), _LONGEST_PAUSE_US)


def _note(connection: Connection, alert: Alert, outcome: dict[str, int | str | None]) -> None:
    change = update(budget_alerts).where(
        _T.budget == alert.budget, _T.period == alert.period.key, _T.percent == alert.percent
    )
    connection.execute(change.values(outcome))
