"""Thresholds: told once in a period, by whichever gateway sees it first; tried again where it failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, select

from router.budgets.accounts import Accounts
from router.budgets.alert import Alert
from router.budgets.alerts import Alerts
from router.budgets.ledger import BudgetLedger
from router.budgets.send import NobodyToTell, NotSent
from router.domain.budget import Budgets, Enforcement
from router.record.budget_tables import budget_alerts
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.budgets.build import NOON_US, budget, usd

MINUTE_US = 60_000_000


@dataclass
class Office:
    """Who is told, and whether telling fails."""

    told: list[tuple[int, str]] = field(default_factory=list)
    away: bool = False

    def send(self, alert: Alert) -> None:
        if self.away:
            raise NotSent("webhook: HTTP 502")
        self.told.append((alert.percent, alert.period.key))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Engine]:
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


class Gateway:
    """A gateway whose one account is set by hand."""

    def __init__(self, engine: Engine, office: Office) -> None:
        self.accounts = Accounts("g")
        soft = budget("seen", 10, enforcement=Enforcement.SOFT, thresholds=(50, 80, 100))
        self.accounts.put_in_force(Budgets((soft,)))
        self.account = self.accounts.account(soft, NOON_US)
        self.account.elsewhere = 0
        self.ledger = BudgetLedger(engine, self.accounts, None)  # type: ignore[arg-type]
        self.alerts = Alerts(self.accounts, self.ledger, office.send)

    async def look(self, now_us: int = NOON_US) -> None:
        self.alerts._look_at = 0.0
        await self.alerts.watch([self.account], now_us)
        await self.alerts.close()


async def test_each_threshold_is_told_once(ledger: Engine) -> None:
    """However often it is looked at, by however many; a jump over two tells both."""
    office = Office()
    one, other = Gateway(ledger, office), Gateway(ledger, office)
    one.account.used = other.account.elsewhere = usd(4.99)
    await one.look()
    assert office.told == []
    one.account.used = other.account.elsewhere = usd(8)
    for gateway in (one, other, one):
        await gateway.look()
    assert sorted(office.told) == [(50, "2026-11-28"), (80, "2026-11-28")]


async def test_what_was_not_told_is_tried_again(ledger: Engine) -> None:
    """After a pause that grows; the row says what went wrong, and then that it was told."""
    office = Office(away=True)
    gateway = Gateway(ledger, office)
    gateway.account.used = usd(6)
    await gateway.look()
    with ledger.connect() as connection:
        row = connection.execute(select(budget_alerts)).one()
    assert (row.percent, row.tries, row.error, row.sent_us) == (50, 1, "webhook: HTTP 502", None)
    office.away = False
    await gateway.look()
    assert office.told == []
    restarted = Gateway(ledger, office)
    await restarted.look(NOON_US + MINUTE_US)
    assert office.told == [(50, "2026-11-28")]
    with ledger.connect() as connection:
        row = connection.execute(select(budget_alerts)).one()
    assert (row.tries, row.error) == (2, None) and row.sent_us is not None


async def test_nobody_to_tell_is_not_tried_again(ledger: Engine) -> None:
    """The row stays, for screens, and says why."""

    def send(_: Alert) -> None:
        raise NobodyToTell("nobody is to be told")

    office = Office()
    gateway = Gateway(ledger, office)
    gateway.alerts._send = send
    gateway.account.used = usd(6)
    await gateway.look()
    await Gateway(ledger, office).look(NOON_US + 600 * MINUTE_US)
    assert office.told == []
    with ledger.connect() as connection:
        assert connection.execute(select(budget_alerts.c.error)).scalar_one() == "nobody is to be told"
