"""The task behind the budgets, on a real ledger: what is counted, who has to be waited for, what screens
see."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from router.budgets.accounts import Accounts
from router.budgets.keeper import Keeper
from router.budgets.ledger import BudgetLedger
from router.budgets.pool import Alone
from router.budgets.screen import Forecasts
from router.domain.budget import Account, Budgets, Enforcement
from router.domain.budget_bound import Dearest
from router.record.budget_gateways import close, seen
from router.record.budget_tables import budget_gateways, budget_periods, budgets
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from router.telemetry import Metrics
from tests.budgets.build import budget, usd


class Nobody:
    """Watches and says nothing."""

    async def watch(self, accounts: Sequence[Account], now_us: int) -> Forecasts:
        return {}

    async def close(self) -> None:
        """Nothing is open."""


class Office:
    """A gateway without its requests; it looks at the ledger whenever it ticks."""

    def __init__(self, engine: Engine, name: str, *found: Any) -> None:
        self.engine = engine
        self.accounts = Accounts(name)
        self.bundle: Any = SimpleNamespace(budgets=Budgets(found), digest="d1", dearest=Dearest())
        self.bundle.catalog = SimpleNamespace(models={})
        self.accounts.put_in_force(self.bundle.budgets)
        ledger = BudgetLedger(engine, self.accounts, lambda: self.bundle)
        self.pool = Alone(self.accounts, ledger)
        self.keeper = Keeper(self.accounts, self.pool, ledger, lambda: self.bundle, Nobody())

    async def tick(self) -> None:
        self.pool._recount._look = self.keeper._show_at = 0.0
        await self.keeper.tick()

    def account(self) -> Account:
        return self.accounts.account(self.accounts.in_force.all[0], time.time_ns() // 1000)

    def rows(self, table: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table)))


@pytest.fixture
def ledger(sqlite_url: str) -> Iterator[Engine]:
    engine = ledger_engine(sqlite_url)
    migrate(engine)
    yield engine
    engine.dispose()


async def test_a_gateway_alone_has_all_of_a_budget(ledger: Engine) -> None:
    """It says so, it is ready once it has counted, and screens see what it holds and spends."""
    office = Office(ledger, "g", budget("one", 2))
    assert office.keeper.problem == "budget one: it is being counted"
    await office.tick()
    account = office.account()
    assert (account.room, account.pool, office.keeper.problem) == (usd(2), 0, None)
    account.held, account.used = usd(0.5), usd(0.25)
    await office.tick()
    [row] = office.rows(budget_periods)
    assert (row.spent_pico, row.reserved_pico, row.limit_pico) == (usd(0.25), usd(0.5), usd(2))
    assert [one.id for one in office.rows(budget_gateways)] == ["g"]
    metrics = Metrics()
    office.keeper.sample(metrics)
    assert metrics.registry.get_sample_value("tiergate_budget_reserved_usd", {"budget": "one"}) == 0.5
    assert metrics.registry.get_sample_value("tiergate_budget_unknown", {"budget": "one"}) == 0


async def test_a_second_gateway_waits_for_the_first(ledger: Engine) -> None:
    """Whether it still runs or was killed: until its journal is in the ledger nobody knows what it spent."""
    with ledger.begin() as connection:
        seen(connection, "first", time.time_ns() // 1000)
    office = Office(ledger, "second", budget("one", 2))
    await office.tick()
    assert office.account().room == 0 and not office.account().known
    assert "first" in (office.keeper.problem or "")
    with ledger.begin() as connection:
        close(connection, "first", time.time_ns() // 1000, "shipper")
    await office.tick()
    assert office.account().room == usd(2) and office.keeper.problem is None


async def test_a_changed_policy_changes_what_is_in_force(ledger: Engine) -> None:
    """A limit is another one at once, and what was spent stays; a budget that is gone loses its
    definition."""
    office = Office(ledger, "g", budget("one", 2), budget("two", 3, enforcement=Enforcement.SOFT))
    await office.tick()
    office.account().used = usd(1)
    office.bundle.budgets, office.bundle.digest = Budgets((budget("one", 1.5),)), "d2"
    office.accounts.put_in_force(office.bundle.budgets)
    await office.tick()
    assert office.account().room == usd(0.5)
    assert [(row.name, row.limit_pico, row.policy_digest) for row in office.rows(budgets)] == [
        ("one", usd(1.5), "d2")
    ]
