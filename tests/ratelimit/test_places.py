"""Requests at once over several gateways and a real Valkey: never too many, and no place is lost for long."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from router.budgets.valkey import connect
from router.domain.limits import OnStoreError
from router.ratelimit.places import OwnPlaces, Places
from router.ratelimit.shared_places import SharedPlaces, shared_places
from router.ratelimit.windows import StoreAway
from tests.budgets.server import Valkey, valkey_server

DENY, ALONE, ALLOW = OnStoreError.DENY, OnStoreError.ALONE, OnStoreError.ALLOW


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with valkey_server() as server:
        yield server


def gateways(valkey: Valkey, count: int, **given: float) -> list[SharedPlaces]:
    return [SharedPlaces(connect(valkey.url), **given) for _ in range(count)]


async def taken(places: Places, bucket: str, limit: int, tries: int) -> int:
    """How many of so many at once."""
    return sum(await asyncio.gather(*(places.take(bucket, limit, DENY) for _ in range(tries))))


async def test_a_gateway_alone() -> None:
    """As many as may be; one that ended makes room for one."""
    places = OwnPlaces()
    assert await taken(places, "a", 2, 5) == 2
    places.give("a")
    assert await taken(places, "a", 2, 5) == 1 and await taken(places, "b", 2, 5) == 2


@pytest.mark.parametrize("limit", [1, 3, 40, 1_000])
async def test_all_places_and_no_more(valkey: Valkey, limit: int) -> None:
    """A burst over three gateways: with what was lent in advance no more than the limit begins, and what one
    does not need is soon another's."""
    many = gateways(valkey, 3, renew_s=0.1)
    bucket = f"burst-{limit}"
    found = [await taken(one, bucket, limit, limit) for one in many]
    assert limit // 2 <= sum(found) <= limit
    deadline = time.monotonic() + 5
    while sum(found) < limit and time.monotonic() < deadline:
        found[2] += await taken(many[2], bucket, limit, 20)
    assert sum(found) == limit and not await many[0].take(bucket, limit, DENY)
    for _ in range(found[0]):
        many[0].give(bucket)
    assert await taken(many[1], bucket, limit, found[0] + 5) == found[0]
    for one in many:
        await one.close()


async def test_one_after_the_other_on_two_gateways(valkey: Valkey) -> None:
    """A client that makes one call at a time, sent here and there, is never refused by a limit of one."""
    many = gateways(valkey, 2)
    for n in range(60):
        assert await many[n % 2].take("serial", 1, DENY)
        many[n % 2].give("serial")
    for one in many:
        await one.close()


async def test_never_more_than_the_limit(valkey: Valkey) -> None:
    """Four gateways take and give at random for two seconds: at no moment do more run than may."""
    draw, limit = random.Random(7), 24
    many = gateways(valkey, 4, renew_s=0.1)
    running = most = begun = 0
    until = time.monotonic() + 2.0

    async def client(places: SharedPlaces) -> None:
        nonlocal running, most, begun
        while time.monotonic() < until:
            if await places.take("storm", limit, DENY):
                running, begun = running + 1, begun + 1
                most = max(most, running)
                await asyncio.sleep(draw.random() * 0.02)
                running -= 1
                places.give("storm")
            await asyncio.sleep(draw.random() * 0.01)

    await asyncio.gather(*(client(one) for one in many for _ in range(12)))
    assert limit * 3 // 4 <= most <= limit and begun > 200
    for one in many:
        await one.close()


async def test_room_is_filled_without_asking(valkey: Valkey) -> None:
    """A roomy limit costs one round trip in a while, not one a request."""
    (one,) = gateways(valkey, 1, renew_s=60.0)
    client = connect(valkey.url)
    before = await calls(client)
    for _ in range(500):
        assert await one.take("roomy", 400, DENY)
        one.give("roomy")
    assert await calls(client) - before <= 3
    await one.close()
    await client.aclose()


async def calls(client: object) -> int:
    found = await client.info("commandstats")  # type: ignore[attr-defined]
    return sum(int(found.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in ("evalsha", "eval"))


async def test_places_of_one_that_is_gone_come_back(valkey: Valkey) -> None:
    """It does not renew them; until they run out they are not given away, whatever became of it."""
    gone, other = gateways(valkey, 2, lasts_s=1.0, renew_s=0.2)
    assert await taken(gone, "killed", 3, 3) == 3
    assert gone._renewing is not None
    await asyncio.sleep(1.5)
    assert await taken(other, "killed", 3, 1) == 0, "a gateway that runs keeps its places"
    gone._renewing.cancel()
    assert await taken(other, "killed", 3, 1) == 0
    await asyncio.sleep(1.2)
    assert await taken(other, "killed", 3, 5) == 3
    assert not await gone.take("killed", 3, DENY), "its own slice ran out before it was given away"
    await gone.close()
    await other.close()


async def test_closing_gives_back_at_once(valkey: Valkey) -> None:
    one, other = gateways(valkey, 2)
    assert await taken(one, "closing", 3, 3) == 3
    await one.close()
    assert await taken(other, "closing", 3, 3) == 3
    await other.close()


async def test_a_lower_limit_holds_for_whoever_begins_then(valkey: Valkey) -> None:
    """Those that run go on."""
    (one,) = gateways(valkey, 1)
    assert await taken(one, "lower", 8, 8) == 8
    for _ in range(4):
        one.give("lower")
    assert await taken(one, "lower", 5, 4) == 1
    await one.close()


async def test_a_valkey_that_comes_back_empty() -> None:
    """What runs is told anew with the next renewal, and counts again."""
    with valkey_server() as server:
        one, other = gateways(server, 2, renew_s=0.1)
        assert await taken(one, "restart", 3, 3) == 3
        server.kill()
        server.start()
        await asyncio.sleep(2.0)
        assert await taken(other, "restart", 3, 3) == 0
        await one.close()
        await other.close()


async def test_a_valkey_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """Each gateway counts alone, nothing is limited, or all is refused; it is said once."""
    places = shared_places("redis://:secret@127.0.0.1:1/0")
    assert [await places.take("a", 2, ALONE) for _ in range(3)] == [True, True, False]
    assert all([await places.take("b", 2, ALLOW) for _ in range(3)])
    with pytest.raises(StoreAway):
        await places.take("c", 2, DENY)
    places.give("a")
    assert await places.take("a", 2, ALONE)
    assert caplog.text.count("the shared store is away") == 1 and "secret" not in caplog.text
    await places.close()
