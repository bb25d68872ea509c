"""Lanes: bounded queues into threads, and the way out of them."""

from __future__ import annotations

import asyncio
import threading

import pytest

from router.dispatch.port import BrokenReply, ConnectFailed, QueueFull
from router.dispatch.replies import Refused
from router.dispatch.workers import Generation, Lane


def _wait(gate: threading.Event) -> None:
    gate.wait()


async def test_a_full_lane_refuses_and_a_finished_work_makes_room() -> None:
    """One runs, one waits, a third is refused with `reached` False; once one ended there is room again."""
    lane, gate = Lane("x", running=1, waiting=1), threading.Event()

    def work(_: Generation) -> None:
        gate.wait()

    first, second = lane.submit(work), lane.submit(work)
    with pytest.raises(QueueFull) as refused:
        lane.submit(work)
    assert refused.value.reached is False
    gate.set()
    assert await first.get() is None
    assert await second.get() is None
    assert await lane.submit(work).get() is None
    await lane.aclose()
    assert lane.live == 0


async def test_cancelling_a_waiting_work_frees_its_place_and_never_runs_it() -> None:
    """A client that leaves while in line costs no computing and blocks nobody."""
    lane, gate, ran = Lane("x", running=1, waiting=1), threading.Event(), threading.Event()
    running = lane.submit(lambda _: _wait(gate))
    waiting = lane.submit(lambda _: ran.set())
    waiting.cancel()
    assert await waiting.get() is None
    assert lane.live == 1
    gate.set()
    assert await running.get() is None
    await lane.aclose()
    assert not ran.is_set()
    assert not waiting.started


async def test_emit_says_stop_after_cancel() -> None:
    """The worker learns at its next chunk that nobody waits any more."""
    lane, cancelled, answers = Lane("x", running=1, waiting=0), threading.Event(), []

    def work(generation: Generation) -> None:
        answers.append(generation.emit({"n": 1}))
        cancelled.wait()
        answers.append(generation.emit({"n": 2}))

    generation = lane.submit(work)
    assert await generation.get() == {"n": 1}
    generation.cancel()
    cancelled.set()
    assert await generation.get() is None
    assert answers == [True, False]
    await lane.aclose()


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (ZeroDivisionError("x"), BrokenReply),
        (Refused("no"), Refused),
        (ConnectFailed("gone"), ConnectFailed),
    ],
)
async def test_what_the_work_raises_reaches_the_loop(raised: Exception, seen: type[Exception]) -> None:
    """Failures of the port and refusals arrive as they are; any other error is a broken reply."""
    lane = Lane("x", running=1, waiting=0)

    def work(_: Generation) -> None:
        raise raised

    with pytest.raises(seen):
        await lane.submit(work).get()
    await lane.aclose()


async def test_closing_a_lane_cancels_what_runs_and_what_waits() -> None:
    """After `aclose` no thread works: the running work was told to stop and the waiting one never began."""
    lane, begun, ran = Lane("x", running=1, waiting=1), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work(generation: Generation) -> None:
        loop.call_soon_threadsafe(begun.set)
        while generation.emit({}):
            pass

    lane.submit(work)
    lane.submit(lambda _: ran.set())
    await begun.wait()
    await lane.aclose()
    assert lane.live == 0
    assert not ran.is_set()
