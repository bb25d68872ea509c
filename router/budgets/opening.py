"""What of the budgets a gateway's settings ask for; the Valkey client is imported only where it is."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from sqlalchemy import Engine

from router.budgets.accounts import Accounts
from router.budgets.alert import Alert
from router.budgets.alerts import Alerts
from router.budgets.keeper import Keeper
from router.budgets.ledger import BudgetLedger
from router.budgets.pool import Alone, Pool
from router.budgets.purse import Purses
from router.policy.documents import Bundle


class ValkeyMissing(Exception):
    """TIERGATE_VALKEY_URL is set, and the client is not installed or the URL is none."""


def open_pool(url: str | None, accounts: Accounts, ledger: BudgetLedger) -> Pool:
    """`url` None: this gateway serves alone. Raises ValkeyMissing; connects to nothing yet."""
    if url is None:
        return Alone(accounts, ledger)
    try:
        module = import_module("router.budgets.valkey")
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("redis"):
            raise
        raise ValkeyMissing("TIERGATE_VALKEY_URL needs redis: pip install 'tiergate[redis]'") from None
    try:
        return cast(Pool, module.Leases(accounts, ledger, module.connect(url)))
    except ValueError as error:
        raise ValkeyMissing(f"TIERGATE_VALKEY_URL: {error}") from None


def open_budgets(
    accounts: Accounts,
    engine: Engine,
    url: str | None,
    bundle: Callable[[], Bundle],
    refused: Callable[[str], None],
    send: Callable[[Alert], None],
) -> tuple[Purses, Keeper]:
    """What pays for requests, and the task behind it. `refused` counts, by the budget's name; `send` tells
    people. Raises ValkeyMissing; connects to nothing yet."""
    ledger = BudgetLedger(engine, accounts, bundle)
    pool = open_pool(url, accounts, ledger)
    keeper = Keeper(accounts, pool, ledger, bundle, Alerts(accounts, ledger, send))
    return Purses(accounts, pool, refused), keeper
