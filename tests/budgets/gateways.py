"""Gateways that share a budget by leases on a real Valkey, and a ledger that is only a sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from router.budgets.accounts import Accounts
from router.budgets.count import Count, Mark, Spent
from router.budgets.valkey import Leases, connect
from router.domain.budget import Account, Budgets, Hold
from router.domain.money import PicoUSD
from tests.budgets.build import NOON_US, budget, usd

LIMIT = usd(1)
BUDGET = budget("one", 1.0)


@dataclass
class World:
    """The ledger: who was registered and closed, and what each holder's calls cost."""

    gateways: dict[str, bool] = field(default_factory=dict)
    booked: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Ledger:
    """What a gateway sees of it; counts are those of `World`."""

    known = True

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name

    async def register(self) -> None:
        self._world.gateways.setdefault(self._name, False)

    async def mark(self) -> Mark:
        return sum(self._world.gateways.values()), 0

    async def count(self, accounts: Sequence[Account]) -> Count:
        closed = frozenset(name for name, gone in self._world.gateways.items() if gone)
        others = {name: NOON_US for name, gone in self._world.gateways.items() if not gone}
        spent = {holder: Spent(amount) for holder, amount in self._world.booked.items()}
        return Count(await self.mark(), closed, others, [spent] * len(accounts))


class Flaky:
    """A client whose connection breaks before or after its next call, if it is told so."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.lose: str | None = None

    def register_script(self, text: str) -> Any:
        script = self._client.register_script(text)

        async def run(keys: Sequence[str], args: Sequence[Any]) -> Any:
            lose, self.lose = self.lose, None
            if lose == "before":
                raise RedisConnectionError("lost on the way there")
            reply = await script(keys=keys, args=args)
            if lose == "after":
                raise RedisConnectionError("lost on the way back")
            return reply

        return run

    async def aclose(self) -> None:
        await self._client.aclose()


class Gateway:
    """One of several: its account, its holds, and its rows that are in no ledger yet."""

    def __init__(self, world: World, url: str, name: str) -> None:
        self.name = name
        self.accounts = Accounts(name)
        self.accounts.put_in_force(Budgets((BUDGET,)))
        self.account = self.accounts.account(BUDGET, NOON_US)
        self.client = Flaky(connect(url))
        self.pool = Leases(self.accounts, Ledger(world, name), self.client)  # type: ignore[arg-type]
        self.holds: list[Hold] = []
        self.journal = 0
        """What its ended calls cost, booked or not."""
        self.shipped = 0

    @property
    def most(self) -> int:
        """What it has spent, and may spend without asking."""
        return max(self.account.allowance or 0, self.account.used + self.account.held)

    @property
    def held(self) -> int:
        return sum(hold.amount for hold in self.holds)

    async def refresh(self) -> None:
        """A look at the ledger included."""
        self.pool._recount._look = 0.0
        await self.pool.refresh([self.account])

    async def hold(self, amount: int) -> bool:
        """Sets `amount` aside, asking for more where its slice is too small; whether it could."""
        if amount > self.account.room:
            self.pool._resting_until = 0.0
            await self.pool.lend(self.account, amount)
        if not self.account.fits(amount, self.account.room):
            self.account.missing = max(self.account.missing, amount)
            return False
        self.account.held += amount
        self.holds.append(Hold(PicoUSD(amount), self.accounts.holder, (self.account,)))
        return True

    def settle(self, at: int, cost: PicoUSD | None) -> None:
        """A call has ended; None: at an unknown cost."""
        hold = self.holds.pop(at)
        hold.settle(cost)
        self.journal += hold.amount if cost is None else cost

    def ship(self, world: World) -> None:
        """What is in its journal is booked."""
        if self.name in world.gateways:
            world.booked[self.accounts.holder] += self.journal - self.shipped
            self.shipped = self.journal

    def recovered(self, world: World) -> None:
        """It is dead, and its journal is in the ledger to the end: calls under way at what was held."""
        self.ship(world)
        world.booked[self.accounts.holder] += self.held
        world.gateways[self.name] = True
