"""Which pool a gateway's settings ask for; the Valkey client is imported only where it is."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from router.budgets.accounts import Accounts
from router.budgets.ledger import BudgetLedger
from router.budgets.pool import Alone, Pool


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
