"""The open accounts, and which of them count a request: dictionaries in memory, no waiting.

A gateway's calls carry its id and a generation that rises whenever the set of budgets changes: an account
counts the calls of its own and later generations in memory, and takes earlier ones from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router.domain.budget import NO_BUDGETS, Account, Budget, Budgets
from router.domain.budget_period import period_of
from router.domain.caller import Caller

_MOST_CALLERS: Final = 10_000
"""Keys whose budgets are remembered; more, and all of them are looked up anew."""
AHEAD_US: Final = 60_000_000
"""How long before a period begins its account is opened, so that it has an allowance by then."""
BEHIND_US: Final = 900_000_000
"""How long after a period's end its account stays: longer than any call takes."""


class Accounts:
    """Of one gateway; `gateway` is the name of its journal, which it knows before it serves."""

    def __init__(self, gateway: str = "") -> None:
        self.gateway = gateway
        self.generation = 0
        self.in_force = NO_BUDGETS
        self._current: dict[str, Account] = {}
        self._open: dict[tuple[str, str], Account] = {}
        self._callers: dict[str, tuple[Caller, tuple[Budget, ...]]] = {}

    @property
    def holder(self) -> str:
        """What the calls made now are marked with."""
        return f"{self.gateway}:{self.generation}"

    def put_in_force(self, budgets: Budgets) -> None:
        """From now on; accounts of budgets that count the same spend go on, with new limits."""
        before = {budget.identity for budget in self.in_force.all}
        after = {budget.identity: budget for budget in budgets.all}
        if before != set(after) or budgets.by_the_hour != self.in_force.by_the_hour:
            self.generation += 1
        self.in_force = budgets
        for account in self._open.values():
            account.budget = after.get(account.budget.identity, account.budget)
        self._current = {key: account for key, account in self._current.items() if key in after}
        self._callers = {}

    def matching(self, caller: Caller, workload: str | None, started_us: int) -> tuple[Account, ...]:
        """The accounts that may count a request which began at `started_us`; empty for most."""
        if not self.in_force.all:
            return ()
        known = self._callers.get(caller.key_id)
        if known is None or known[0] is not caller:
            known = self._remember(caller)
        budgets = known[1]
        return tuple([self.account(one, started_us) for one in budgets if one.scope.has_workload(workload)])

    def account(self, budget: Budget, moment_us: int, *, ahead: bool = False) -> Account:
        """The account of the period that `moment_us` is in; `ahead`: before any request is."""
        current = self._current.get(budget.identity)
        if current is not None and current.period.has(moment_us):
            return current
        period = period_of(budget.period, budget.zone, moment_us)
        key = (budget.identity, period.key)
        account = self._open.get(key)
        if account is None:
            account = self._open[key] = Account(budget, period, self.generation)
        if not ahead and (current is None or current.period.starts_us < period.starts_us):
            self._current[budget.identity] = account
        return account

    def open(self, now_us: int) -> Sequence[Account]:
        """All that are in use: of this period, of the next one shortly before it, of earlier ones while their
        calls may run. Forgets the others."""
        for budget in self.in_force.all:
            self.account(budget, now_us)
            self.account(budget, now_us + AHEAD_US, ahead=True)
        for key, account in list(self._open.items()):
            if not account.held and account.period.ends_us + BEHIND_US < now_us:
                del self._open[key]
        return list(self._open.values())

    def _remember(self, caller: Caller) -> tuple[Caller, tuple[Budget, ...]]:
        if len(self._callers) >= _MOST_CALLERS:
            self._callers.clear()
        found = tuple([budget for budget in self.in_force.all if budget.scope.has_caller(caller)])
        known = self._callers[caller.key_id] = (caller, found)
        return known
