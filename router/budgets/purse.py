"""One request's purse: which candidates its budgets have room for, and what is set aside for each call.

A look before deciding takes nothing; money is set aside when a call is about to be made, in all of its
accounts or in none. Between look and hold nothing waits, so no two calls are paid from the same money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from router.budgets.accounts import Accounts
from router.domain.budget import Account, Hold, Shortage, WhenSpent
from router.domain.budget_bound import Dearest, Demand, most
from router.domain.caller import Caller
from router.domain.catalog import Catalog, Endpoint, Model
from router.domain.decision import Candidate, Constraint, Decision, Removed
from router.domain.money import PicoUSD, exact_usd
from router.domain.prices import PriceBook

_ASKED: Final = 3
"""How often more is asked for one call: others may take what was granted."""


class Lender(Protocol):
    """Where a larger allowance comes from."""

    async def lend(self, account: Account, amount: int) -> None:
        """Tries to make room for `amount`. Never raises; gives up soon."""
        ...


class Purses:
    """Hands out purses; one per gateway."""

    def __init__(self, accounts: Accounts, lender: Lender, refused: Callable[[str], None]) -> None:
        """`refused` counts, by the budget's name."""
        self._accounts = accounts
        self._lender = lender
        self._refused = refused

    @property
    def idle(self) -> bool:
        """Whether there is no budget, so that nobody needs a purse."""
        return not self._accounts.in_force.all

    def purse(
        self, caller: Caller, workload: str | None, started_us: int, demand: Callable[[], Demand]
    ) -> RequestPurse | None:
        """None: no budget counts any call of this request. `demand` is only asked where one does."""
        found = self._accounts.matching(caller, workload, started_us)
        return RequestPurse(found, demand(), self._accounts, self._lender, self._refused) if found else None


class RequestPurse:
    """`accounts` are those that match caller and workload; model and tier are looked at call by call."""

    def __init__(
        self,
        accounts: tuple[Account, ...],
        demand: Demand,
        book: Accounts,
        lender: Lender,
        refused: Callable[[str], None],
    ) -> None:
        self._accounts = accounts
        self._demand = demand
        self._budgets = book.in_force
        self._holder = book.holder
        self._lender = lender
        self._refused = refused
        self._denies: Account | None = None
        self._told: set[str] = set()

    def unaffordable(
        self, catalog: Catalog, prices: PriceBook, now: datetime, dearest: Dearest
    ) -> Mapping[str, str]:
        """The endpoints that some hard budget has no room for, with the reason. What is not known now is left
        to the moment of the call."""
        hard = [account for account in self._accounts if account.budget.hard and account.known]
        top = dearest.most(self._demand) if hard else 0
        if all(account.reach >= top and account.reach > 0 for account in hard):
            return {}
        found = {}
        for model in catalog.models.values():
            for endpoint in model.endpoints:
                price = prices.find(model.name, endpoint.id, now)
                if price is not None:
                    amount = most(self._demand, model, endpoint, price)
                    covering = self._covering(model, endpoint)
                    short = [one for one in covering if one.known and not one.fits(amount, one.reach)]
                    if short:
                        self._note(short[0], amount)
                        found[endpoint.id] = _words(short[0], amount)
                        denies = (one for one in short if one.budget.when_spent is WhenSpent.DENY)
                        self._denies = self._denies or next(denies, None)
        return found

    def closed(self, decision: Decision) -> Decision:
        """The decision without what is for free, where a budget that denies took out all that is not."""
        if self._denies is None or any(self._most(candidate) for candidate in decision.candidates):
            return decision
        if all(removed.constraint is not Constraint.BUDGET for removed in decision.removed):
            return decision
        reason = f"budget '{self._denies.budget.name}' has room for no call that costs, and denies all others"
        rest = [
            Removed(one.model.name, one.endpoint.id, Constraint.BUDGET, reason) for one in decision.candidates
        ]
        return replace(decision, candidates=(), removed=(*decision.removed, *rest), cascade=None)

    async def hold(self, candidate: Candidate) -> Hold | Shortage:
        """Sets aside the most that a call of `candidate` can cost, or nothing at all."""
        amount = self._most(candidate)
        accounts = self._covering(candidate.model, candidate.endpoint)
        short = _short(accounts, amount)
        for _ in range(_ASKED):
            if short is None or (short.known and short.reach < amount):
                break
            await self._lender.lend(short, amount)
            short = _short(accounts, amount)
        if short is None:
            for account in accounts:
                account.held += amount
            return Hold(amount, self._holder, accounts)
        self._note(short, amount)
        if short.known:
            return Shortage(_words(short, amount), spent=True)
        trouble = short.trouble or "it is being counted"
        return Shortage(f"budget '{short.budget.name}': {trouble}", spent=False)

    def _note(self, short: Account, amount: int) -> None:
        """Counts a budget once for a request."""
        short.missing = max(short.missing, amount)
        if short.budget.name not in self._told:
            self._told.add(short.budget.name)
            self._refused(short.budget.name)

    def _most(self, candidate: Candidate) -> PicoUSD:
        return most(self._demand, candidate.model, candidate.endpoint, candidate.price)

    def _covering(self, model: Model, endpoint: Endpoint) -> tuple[Account, ...]:
        counted, name, tier = self._budgets.counted, model.name, model.tier
        return tuple([one for one in self._accounts if counted(one.budget, name, tier, endpoint.id)])


def _short(accounts: tuple[Account, ...], amount: int) -> Account | None:
    """The first account without room."""
    return next((account for account in accounts if not account.fits(amount, account.room)), None)


def _words(account: Account, amount: PicoUSD) -> str:
    """Which budget, what is missing, and when it begins anew."""
    left = exact_usd(PicoUSD(max(0, account.reach)))
    return (
        f"budget '{account.budget.name}' has {left} USD left for {account.period.key} and the call may cost "
        f"{exact_usd(amount)} USD; it begins anew at {account.period.ends:%Y-%m-%dT%H:%M:%SZ}"
    )
