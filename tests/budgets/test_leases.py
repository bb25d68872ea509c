"""Leases on a real Valkey, in any order of calls, deaths and losses: no overshoot, and nothing forgotten.

Gateways hold and settle; they die and their calls reach the ledger later, a call under way at what was held
for it; Valkey forgets all, or comes back with what it knew long ago; requests to it get lost. Whatever
happens, what was spent and what may still be spent of a hard budget stay within its limit, everybody's
together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redis import Redis as BlockingRedis
from redis.exceptions import ConnectionError as RedisConnectionError

from router.budgets.accounts import Accounts
from router.budgets.count import Count, Mark, Spent
from router.budgets.valkey import Leases, connect
from router.domain.budget import Account, Budgets, Hold
from router.domain.money import PicoUSD
from tests.budgets.build import NOON_US, budget, usd
from tests.budgets.server import Valkey, valkey_server

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


class Machine(RuleBasedStateMachine):
    """See the module."""

    valkey: Valkey

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis: Any = BlockingRedis(port=self.valkey.port)
        self.redis.flushall()
        self.world = World()
        self.live: list[Gateway] = []
        self.dead: list[Gateway] = []
        self.ever: list[Gateway] = []
        self.old: dict[bytes, dict[bytes, bytes]] = {}

    def teardown(self) -> None:
        for gateway in self.ever:
            self.runner.run(gateway.client.aclose())
        self.runner.close()
        self.redis.close()

    @rule()
    @precondition(lambda self: len(self.live) < 4)
    def start(self) -> None:
        """A gateway, registered before it can hold anything."""
        self.ever.append(Gateway(self.world, self.valkey.url, f"g{len(self.ever)}"))
        self.live.append(self.ever[-1])

    @rule(data=st.data())
    @precondition(lambda self: self.live)
    def refresh(self, data: st.DataObject) -> None:
        gateway = data.draw(st.sampled_from(self.live))
        gateway.client.lose = data.draw(st.sampled_from([None, None, "before", "after"]))
        gateway.pool._recount._look = 0.0
        self.runner.run(gateway.pool.refresh([gateway.account]))

    @rule(data=st.data(), share=st.integers(1, 60))
    @precondition(lambda self: self.live)
    def hold(self, data: st.DataObject, share: int) -> None:
        gateway, amount = data.draw(st.sampled_from(self.live)), PicoUSD(LIMIT * share // 100 + 7)
        if amount > gateway.account.room:
            gateway.client.lose = data.draw(st.sampled_from([None, None, None, "before", "after"]))
            gateway.pool._resting_until = 0.0
            self.runner.run(gateway.pool.lend(gateway.account, amount))
        if gateway.account.fits(amount, gateway.account.room):
            gateway.account.held += amount
            gateway.holds.append(Hold(amount, gateway.accounts.holder, (gateway.account,)))

    @rule(data=st.data(), share=st.integers(0, 100) | st.none())
    @precondition(lambda self: any(one.holds for one in self.live))
    def settle(self, data: st.DataObject, share: int | None) -> None:
        """At a share of what was held; None: the cost is unknown."""
        gateway = data.draw(st.sampled_from([one for one in self.live if one.holds]))
        hold = gateway.holds.pop(data.draw(st.integers(0, len(gateway.holds) - 1)))
        cost = None if share is None else PicoUSD(hold.amount * share // 100)
        hold.settle(cost)
        gateway.journal += hold.amount if cost is None else cost

    @rule(data=st.data())
    @precondition(lambda self: self.live or self.dead)
    def ship(self, data: st.DataObject) -> None:
        """What a gateway's journal has is booked; of a dead one all of it, what it held included."""
        gateway = data.draw(st.sampled_from([*self.live, *self.dead]))
        self._ship(gateway)
        if gateway in self.dead:
            self.world.booked[gateway.accounts.holder] += gateway.held
            self.world.gateways[gateway.name] = True
            self.dead.remove(gateway)

    @rule(data=st.data())
    @precondition(lambda self: self.live)
    def kill(self, data: st.DataObject) -> None:
        gateway = data.draw(st.sampled_from(self.live))
        self.live.remove(gateway)
        if gateway.name in self.world.gateways:
            self.dead.append(gateway)

    @rule()
    def lose(self) -> None:
        """Valkey is empty."""
        self.redis.flushall()

    @rule()
    def remember(self) -> None:
        """What a snapshot on disk would hold."""
        self.old = {key: self.redis.hgetall(key) for key in self.redis.keys("tiergate:*")}

    @rule()
    def restore(self) -> None:
        """Valkey was restarted from that snapshot: its run id is another one."""
        self.redis.flushall()
        for key, fields in self.old.items():
            if fields:
                self.redis.hset(key, mapping={**fields, b"run": b"before"})

    @invariant()
    def never_over_the_limit(self) -> None:
        open_ones = sum(one.most for one in self.live) + sum(one.journal + one.held for one in self.dead)
        counted = {one.accounts.holder for one in (*self.live, *self.dead)}
        closed = sum(v for holder, v in self.world.booked.items() if holder not in counted)
        assert open_ones + closed <= LIMIT

    @rule()
    @precondition(lambda self: self.live and not self.dead)
    def all_agree(self) -> None:
        """With nobody missing and no more losses, a few rounds make everybody count what was spent,
        exactly."""
        for gateway in self.live * 3:
            gateway.client.lose = None
            gateway.pool._recount._look = 0.0
            self.runner.run(gateway.pool.refresh([gateway.account]))
        live = {one.accounts.holder for one in self.live}
        total = sum(one.journal for one in self.live)
        total += sum(v for holder, v in self.world.booked.items() if holder not in live)
        for gateway in self.live:
            assert gateway.account.spent == total
            assert gateway.account.known, gateway.account.trouble

    def _ship(self, gateway: Gateway) -> None:
        if gateway.name in self.world.gateways:
            self.world.booked[gateway.accounts.holder] += gateway.journal - gateway.shipped
            gateway.shipped = gateway.journal


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey_server() as server:
        yield server


def test_no_order_of_events_overshoots(server: Valkey) -> None:
    """The machine, a hundred times."""
    Machine.valkey = server
    case = Machine.TestCase
    case.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
    case("runTest").debug()
