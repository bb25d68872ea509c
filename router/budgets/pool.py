"""Where allowances come from when one gateway serves alone: all that the ledger leaves of each limit.

A second gateway on the same ledger would count twice. So nothing is spent of a hard budget while the ledger
knows of another gateway whose journal is not in it to the end: one that runs, or one that was killed and is
being recovered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from router.budgets.accounts import BEHIND_US, Accounts
from router.budgets.count import Count, Mark
from router.budgets.ledger import BudgetLedger
from router.domain.budget import Account
from router.record.write import brief

LOOK_S: Final = 2.0
"""How often the ledger is asked whether something has changed that others count."""
AGAIN_S: Final = 30.0
"""How often all is counted after the set of budgets has changed: calls made before come into the ledger
late."""


class Pool(Protocol):
    """Gives accounts their allowances."""

    async def refresh(self, accounts: Sequence[Account]) -> None:
        """Brings them up to date; called about twice a second. Never raises."""
        ...

    async def lend(self, account: Account, amount: int) -> None:
        """Tries to make room for `amount`. Never raises; gives up soon."""
        ...

    async def close(self, accounts: Sequence[Account]) -> None:
        """Gives back what is not needed any more. Never raises."""
        ...


class Recount:
    """When the ledger has to be counted anew."""

    def __init__(self, accounts: Accounts, now: Callable[[], float] = time.monotonic) -> None:
        self._accounts = accounts
        self._now = now
        self._generation = 0
        self._until = self._next = self._look = 0.0

    def look(self) -> bool:
        """Whether it is time to ask for the mark."""
        if self._now() < self._look:
            return False
        self._look = self._now() + LOOK_S
        return True

    def due(self, *, always: bool = False) -> bool:
        """Whether it is time, although no mark has changed; `always`: somebody else may be spending too."""
        now = self._now()
        if self._accounts.generation != self._generation:
            first, self._generation = self._generation == 0, self._accounts.generation
            self._until = 0.0 if first else now + BEHIND_US / 1e6
            self._next = now + AGAIN_S
        if now < self._next or (now > self._until and not always):
            return False
        self._next = now + AGAIN_S
        return True


class Alone:
    """The pool of a gateway that shares its budgets with nobody."""

    def __init__(self, accounts: Accounts, ledger: BudgetLedger) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._recount = Recount(accounts)
        self._mark: Mark | None = None
        self._others = False

    async def refresh(self, accounts: Sequence[Account]) -> None:
        """Counts where needed, and lets every limit that is known hold."""
        missing = any(account.elsewhere is None for account in accounts)
        blocked = any(account.allowance is None and account.trouble is not None for account in accounts)
        try:
            await self._ledger.register()
            if (
                self._recount.due(always=self._others)
                or missing
                or (self._recount.look() and await self._changed(blocked))
            ):
                found = await self._ledger.count(accounts)
                self._mark = found.mark
                self._take(accounts, found)
        except SQLAlchemyError as error:
            for account in accounts:
                if account.allowance is None:
                    account.trouble = f"the ledger cannot be read: {brief(error)}"
        for account in accounts:
            if account.trouble is None and account.elsewhere is not None:
                account.allowance, account.pool = account.budget.limit - account.elsewhere, 0

    async def lend(self, account: Account, amount: int) -> None:
        """There is no more than it has."""

    async def close(self, accounts: Sequence[Account]) -> None:
        """Nobody waits for it."""

    async def _changed(self, blocked: bool) -> bool:
        return blocked or await self._ledger.mark() != self._mark

    def _take(self, accounts: Sequence[Account], found: Count) -> None:
        me = self._accounts.gateway
        self._others = len(found.open) > 1
        for at, account in enumerate(accounts):
            account.elsewhere = found.outside(at, {me: account.generation})
            if account.allowance is None:
                others = sorted(found.others(account, me))
                account.trouble = _waiting(others) if others else None


def _waiting(others: Sequence[str]) -> str:
    return (
        f"gateway {', '.join(others)} runs on the same ledger or is not accounted for yet; several gateways "
        "need TIERGATE_VALKEY_URL"
    )
