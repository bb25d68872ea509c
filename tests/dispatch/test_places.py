"""Places and the queue before them: bounded, first come first served, nothing lost whoever gives up when."""

from __future__ import annotations

import asyncio

import pytest

from router.dispatch.places import Places

LONG = 60.0


def places(limit: int | None, waiting: int = 0, slow_start: float = 0.0, now: float = 0.0) -> Places:
    return Places(lambda: now, limit, waiting, slow_start)


async def waits(gate: Places, count: int) -> list[asyncio.Task[bool]]:
    """So many calls that wait, in this order."""
    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(gate.take(LONG)))
        await asyncio.sleep(0)
    return tasks


async def test_beyond_its_places_so_many_wait_and_the_next_one_is_sent_on() -> None:
    """Two run, one waits, the fourth is turned away at once."""
    gate = places(2, waiting=1)
    assert await gate.take(LONG) and await gate.take(LONG)
    [waiting] = await waits(gate, 1)
    assert gate.full and not await gate.take(LONG)
    gate.leave()
    assert await waiting
    assert (gate.running, gate.waiting) == (2, 0)


async def test_a_place_goes_to_whoever_waited_longest() -> None:
    """Nobody who comes later takes it, not even in the turn of the loop in between."""
    gate = places(1, waiting=3)
    await gate.take(LONG)
    first, second = await waits(gate, 2)
    gate.leave()
    assert not await gate.take(0.0)
    await asyncio.sleep(0)
    assert first.done() and not second.done()
    second.cancel()


async def test_patience_ends() -> None:
    """Who waited as long as it may goes on, and leaves no gap in the queue."""
    gate = places(1, waiting=5)
    await gate.take(LONG)
    assert not await gate.take(0.01)
    assert gate.waiting == 0


@pytest.mark.parametrize("given_first", [False, True])
async def test_a_caller_that_goes_away_leaves_its_place(given_first: bool) -> None:
    """Also in the moment in which it was given one."""
    gate = places(1, waiting=2)
    await gate.take(LONG)
    [going] = await waits(gate, 1)
    if given_first:
        gate.leave()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    if not given_first:
        gate.leave()
    assert (gate.running, gate.waiting) == (0, 0)
    assert await gate.take(LONG)


async def test_whoever_waits_can_be_sent_away() -> None:
    """The endpoint broke down: they try others."""
    gate = places(1, waiting=2)
    await gate.take(LONG)
    both = await waits(gate, 2)
    gate.send_away()
    assert [await one for one in both] == [False, False]
    assert gate.running == 1


async def test_closed_while_the_servers_own_queue_is_long() -> None:
    """Nobody is sent although there are places; when it opens those who waited go first."""
    gate = places(4, waiting=2)
    gate.closed = True
    [one] = await waits(gate, 1)
    assert gate.running == 0 and not gate.free
    gate.closed = False
    gate.serve()
    assert await one and gate.running == 1


def test_a_slow_start_gives_places_bit_by_bit() -> None:
    """One at first, a quarter of them after a quarter of the time, all of them after it."""
    now = [100.0]
    gate = Places(lambda: now[0], 8, 0, 20.0)
    assert gate.limit == 8
    gate.start_slowly()
    limits = []
    for seconds in (0.0, 5.0, 10.0, 19.9, 20.0):
        now[0] = 100.0 + seconds
        limits.append(gate.limit)
    assert limits == [1, 2, 4, 7, 8]


def test_a_new_limit_holds_at_once() -> None:
    """A reload that takes places away sends nobody home, but lets nobody in either."""
    gate = places(3)
    gate.running = 3
    gate.resize(2, 0, 0.0)
    gate.leave()
    assert not gate.free
    gate.leave()
    assert gate.free
