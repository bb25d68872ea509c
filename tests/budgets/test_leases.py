"""Leases on a real Valkey, in any order of calls, deaths and losses: no overshoot, and nothing forgotten.

Gateways hold and settle; they die and their calls reach the ledger later, a call under way at what was held
for it; Valkey forgets all, or comes back with what it knew long ago; requests to it get lost. Whatever
happens, what was spent and what may still be spent of a hard budget stay within its limit, everybody's
together."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from redis import Redis as BlockingRedis

from router.domain.money import PicoUSD
from tests.budgets.gateways import LIMIT, Gateway, World
from tests.budgets.server import Valkey


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

    @initialize()
    def two(self) -> None:
        """Most interesting is what happens between them."""
        for _ in range(2):
            self.start()
            self.runner.run(self.live[-1].refresh())

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
        self.runner.run(gateway.refresh())

    @rule(data=st.data(), share=st.integers(1, 60))
    @precondition(lambda self: self.live)
    def hold(self, data: st.DataObject, share: int) -> None:
        gateway = data.draw(st.sampled_from(self.live))
        gateway.client.lose = data.draw(st.sampled_from([None, None, None, "before", "after"]))
        self.runner.run(gateway.hold(LIMIT * share // 100 + 7))

    @rule(data=st.data(), share=st.integers(0, 100) | st.none())
    @precondition(lambda self: any(one.holds for one in self.live))
    def settle(self, data: st.DataObject, share: int | None) -> None:
        """At a share of what was held; None: the cost is unknown."""
        gateway = data.draw(st.sampled_from([one for one in self.live if one.holds]))
        at = data.draw(st.integers(0, len(gateway.holds) - 1))
        cost = None if share is None else PicoUSD(gateway.holds[at].amount * share // 100)
        gateway.settle(at, cost)

    @rule(data=st.data())
    @precondition(lambda self: self.live or self.dead)
    def ship(self, data: st.DataObject) -> None:
        """What a gateway's journal has is booked; of a dead one all of it, what it held included."""
        gateway = data.draw(st.sampled_from([*self.live, *self.dead]))
        if gateway in self.dead:
            gateway.recovered(self.world)
            self.dead.remove(gateway)
        else:
            gateway.ship(self.world)

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
            self.runner.run(gateway.refresh())
        live = {one.accounts.holder for one in self.live}
        total = sum(one.journal for one in self.live)
        total += sum(v for holder, v in self.world.booked.items() if holder not in live)
        for gateway in self.live:
            assert gateway.account.spent == total
            assert gateway.account.known, gateway.account.trouble


def test_no_order_of_events_overshoots(valkey: Valkey) -> None:
    """The machine, a hundred times."""
    Machine.valkey = valkey
    case = Machine.TestCase
    case.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
    case("runTest").debug()
