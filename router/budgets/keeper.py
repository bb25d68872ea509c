"""The task behind the budgets: allowances, what screens show, alerts. Nothing of it is on the request
path."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from router.budgets.accounts import Accounts
from router.budgets.ledger import BudgetLedger
from router.budgets.pool import Pool
from router.budgets.screen import Forecasts, write_definitions, write_periods
from router.domain.budget import Account
from router.policy.documents import Bundle
from router.record.write import brief
from router.telemetry import Metrics

log = logging.getLogger(__name__)
TICK_S: Final = 0.5
SHOW_S: Final = 1.0
"""How often what screens show is written, where it has changed."""


class Watcher(Protocol):
    """Who is told how budgets stand, once a second."""

    async def watch(self, accounts: Sequence[Account], now_us: int) -> Forecasts:
        """Raises SQLAlchemyError."""
        ...

    async def close(self) -> None: ...


class Keeper:
    """Keeps `accounts` up to date from `pool`. `bundle` gives the policy in force."""

    def __init__(
        self,
        accounts: Accounts,
        pool: Pool,
        ledger: BudgetLedger,
        bundle: Callable[[], Bundle],
        watcher: Watcher,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._accounts = accounts
        self._pool = pool
        self._ledger = ledger
        self._bundle = bundle
        self._watcher = watcher
        self._wall_us = wall_us
        self._counted = False
        self._shown: object = None
        self._defined: object = None
        self._show_at = 0.0
        self._complaint: str | None = None

    @property
    def problem(self) -> str | None:
        """Why hard budgets would refuse for want of figures: until they were all counted once. None: all
        well, or none is declared. What is away later refuses some requests, but is no reason to send none
        here."""
        if self._counted:
            return None
        now_us = self._wall_us()
        for budget in self._accounts.in_force.all:
            account = self._accounts.account(budget, now_us)
            if budget.hard and account.allowance is None:
                return f"budget {budget.name}: {account.trouble or 'it is being counted'}"
        self._counted = True
        return None

    def sample(self, metrics: Metrics) -> None:
        """Sets the gauges."""
        gauges = metrics.budget_limit, metrics.budget_spent, metrics.budget_reserved, metrics.budget_unknown
        for gauge in gauges:
            gauge.clear()
        now_us = self._wall_us()
        for budget in self._accounts.in_force.all:
            account = self._accounts.account(budget, now_us)
            held = account.held + account.elsewhere_held
            spent = math.nan if account.spent is None else account.spent / 1e12
            values = budget.limit / 1e12, spent, held / 1e12, float(budget.hard and not account.known)
            for gauge, value in zip(gauges, values, strict=True):
                gauge.labels(budget.name).set(value)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def tick(self) -> None:
        """Once around. Raises nothing that a database, Valkey or a receiver of alerts may do."""
        if not self._accounts.in_force.all and self._defined is None:
            return
        accounts = self._accounts.open(self._wall_us())
        await self._pool.refresh(accounts)
        if time.monotonic() < self._show_at:
            return
        self._show_at = time.monotonic() + SHOW_S
        try:
            await self._show(accounts)
            self._complaint = None
        except SQLAlchemyError as error:
            if brief(error) != self._complaint:
                self._complaint = brief(error)
                log.warning("budgets: what screens show of them is out of date: %s", self._complaint)

    async def close(self) -> None:
        """Gives back what is idle and writes the last figures down."""
        accounts = self._accounts.open(self._wall_us())
        await self._watcher.close()
        await self._pool.close(accounts)
        if self._shown is not None:
            try:
                await self._show(accounts)
            except SQLAlchemyError as error:
                log.warning("budgets: the last figures are not written: %s", brief(error))
        await asyncio.to_thread(self._ledger.close)

    async def _show(self, accounts: Sequence[Account]) -> None:
        now_us, bundle = self._wall_us(), self._bundle()
        if self._defined != bundle.digest:
            await self._ledger.write(
                lambda connection: write_definitions(connection, bundle.budgets.all, bundle.digest, now_us)
            )
            self._defined = bundle.digest
        in_force = {budget.identity for budget in self._accounts.in_force.all}
        counted = [one for one in accounts if one.spent is not None and one.budget.identity in in_force]
        forecasts = await self._watcher.watch(counted, now_us)
        shown = [
            (one.budget.name, one.period.key, one.budget.limit, one.spent, one.held, one.elsewhere_held)
            for one in counted
        ]
        if shown != self._shown and (shown or self._shown):
            await self._ledger.write(lambda c: write_periods(c, counted, forecasts, now_us))
            self._shown = shown
