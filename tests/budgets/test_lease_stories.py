"""Leases on a real Valkey: what becomes of a slice whose gateway dies, and of all slices when Valkey does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from router.domain.money import PicoUSD
from tests.budgets.gateways import LIMIT, Gateway, World
from tests.budgets.server import Valkey

HALF = LIMIT // 2


class Scene:
    """Two gateways that know their slices."""

    def __init__(self, valkey: Valkey, redis: Any) -> None:
        self.world = World()
        self.redis = redis
        self.a, self.b = (Gateway(self.world, valkey.url, name) for name in ("a", "b"))

    async def settle_down(self, *gateways: Gateway) -> None:
        for _ in range(3):
            for gateway in gateways:
                await gateway.refresh()

    async def restart_empty(self) -> None:
        await self.redis.flushall()

    async def restart_from(self, snapshot: dict[str, dict[str, str]]) -> None:
        """The server has another run id than the one that wrote the snapshot."""
        await self.redis.flushall()
        for key, fields in snapshot.items():
            await self.redis.hset(key, mapping={**fields, "run": "another"})

    async def snapshot(self) -> dict[str, dict[str, str]]:
        return {key: await self.redis.hgetall(key) for key in await self.redis.keys("*")}


@pytest.fixture
async def scene(valkey: Valkey) -> AsyncIterator[Scene]:
    async with Redis(port=valkey.port, decode_responses=True) as redis:
        await redis.flushall()
        scene = Scene(valkey, redis)
        await scene.settle_down(scene.a, scene.b)
        yield scene
        await scene.a.client.aclose()
        await scene.b.client.aclose()


async def test_all_of_a_budget_can_be_spent(scene: Scene) -> None:
    """Slices leave most of the rest to whoever asks for it, down to the last micro-dollar."""
    assert await scene.a.hold(LIMIT * 6 // 10)
    await scene.settle_down(scene.a, scene.b)
    assert await scene.b.hold(LIMIT * 3 // 10)
    await scene.settle_down(scene.a, scene.b)
    assert not await scene.a.hold(LIMIT // 10 + 1_000_000)
    await scene.settle_down(scene.a, scene.b)
    assert await scene.a.hold(LIMIT * 95 // 1000)


async def test_a_dead_gateways_slice_is_kept_until_its_journal_is_booked(scene: Scene) -> None:
    """Killed with a call under way: its whole slice counts as spent; once its calls are in the ledger only
    they do."""
    assert await scene.a.hold(HALF)
    slice_of_a = scene.a.account.allowance
    await scene.settle_down(scene.b)
    assert scene.b.account.allowance is not None and slice_of_a is not None
    assert not await scene.b.hold(LIMIT - slice_of_a + 1)
    scene.a.recovered(scene.world)
    await scene.settle_down(scene.b)
    assert scene.b.account.spent == HALF
    assert await scene.b.hold(LIMIT - HALF)


async def test_an_empty_valkey_gives_nothing_before_all_are_accounted_for(scene: Scene) -> None:
    """A gateway that died before Valkey did may have spent what no ledger has yet."""
    assert await scene.a.hold(HALF)
    await scene.restart_empty()
    room = scene.b.account.room
    await scene.settle_down(scene.b)
    assert scene.b.account.room == room and not scene.b.account.known
    assert "a" in (scene.b.account.trouble or "")
    scene.a.recovered(scene.world)
    await scene.settle_down(scene.b)
    assert scene.b.account.known and await scene.b.hold(LIMIT - HALF)


async def test_gateways_tell_an_empty_valkey_what_they_have(scene: Scene) -> None:
    """With all alive the slices are there again after one round, and add up."""
    assert await scene.a.hold(HALF)
    scene.a.settle(0, PicoUSD(HALF // 2))
    scene.a.ship(scene.world)
    await scene.restart_empty()
    await scene.settle_down(scene.a, scene.b)
    assert scene.a.account.spent == scene.b.account.spent == HALF // 2
    assert not await scene.b.hold(LIMIT - HALF // 2 + 1)


async def test_a_snapshot_is_not_believed(scene: Scene) -> None:
    """Valkey comes back with what it knew before a large slice was taken."""
    snapshot = await scene.snapshot()
    assert await scene.a.hold(LIMIT * 8 // 10)
    await scene.restart_from(snapshot)
    assert not await scene.b.hold(LIMIT * 3 // 10)
    await scene.settle_down(scene.b, scene.a)
    assert not await scene.b.hold(LIMIT * 3 // 10)


async def test_a_lost_reply_costs_nothing(scene: Scene) -> None:
    """Granted, and never heard of: the next round says so."""
    scene.a.client.lose = "after"
    assert not await scene.a.hold(HALF)
    assert not scene.a.account.known and "Valkey" in (scene.a.account.trouble or "")
    await scene.settle_down(scene.a, scene.b)
    assert await scene.b.hold(LIMIT * 7 // 10)


async def test_without_valkey_a_slice_lasts_as_long_as_it_lasts(scene: Scene) -> None:
    """Then it is not known whether there is more."""
    room = scene.a.account.room
    assert await scene.a.hold(room)
    scene.a.client.lose = "before"
    assert not await scene.a.hold(1)
    assert not scene.a.account.known
