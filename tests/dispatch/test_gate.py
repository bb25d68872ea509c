"""The gate of an endpoint: who may pass, how busy it says it is, and how it comes back."""

from __future__ import annotations

import asyncio
from typing import Any

from router.dispatch.circuit import THRESHOLD
from router.dispatch.gate import Gate
from router.domain.kinds import Wire
from tests.policy import build


class Now:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def gate(now: Now | None = None, **endpoint: Any) -> Gate:
    return Gate(build.endpoint("e", "m", **endpoint), now or Now())


async def pass_through(one: Gate, seconds: float = 2.0, times: int = 3) -> None:
    """Answers of that length, one after the other."""
    for _ in range(times):
        assert await one.enter(0.0) is None
        one.answered(seconds, None, 100)


async def test_an_idle_endpoint_has_nothing_to_tell() -> None:
    """So that an ordinary decision records no load; where its speed matters it is there."""
    one = gate(max_concurrency=4)
    await pass_through(one)
    assert one.load(paced=False) is None
    load = one.load(paced=True)
    assert load is not None
    assert (load.running, load.places, load.wait_s, load.token_s) == (0, 4, 0.0, 0.02)


async def test_the_wait_is_that_of_the_queue() -> None:
    """Two places, answers of two seconds: one comes free every second, so the third in line waits three."""
    one = gate(max_concurrency=2, max_waiting=5)
    await pass_through(one)
    assert await one.enter(0.0) is None and await one.enter(0.0) is None
    waiting = [asyncio.create_task(one.enter(60.0)) for _ in range(2)]
    await asyncio.sleep(0)
    load = one.load(paced=False)
    assert load is not None and load.wait_s == 3.0 and not load.full
    for task in waiting:
        task.cancel()


async def test_without_a_single_answer_the_wait_is_not_known() -> None:
    """Unknown is not nothing: the endpoint is busy all the same."""
    one = gate(max_concurrency=1)
    assert await one.enter(0.0) is None
    load = one.load(paced=False)
    assert load is not None and load.wait_s is None and load.full


async def test_what_waits_inside_the_server_counts() -> None:
    """Others use it too: our places are free, its queue is not. At the bound nobody is sent any more."""
    one = gate(max_concurrency=8, max_engine_waiting=4)
    await pass_through(one)
    one.heard(running=4, waiting=2)
    load = one.load(paced=False)
    assert load is not None and load.wait_s == 1.0 and not load.full
    one.heard(running=4, waiting=4)
    missed = await one.enter(0.0)
    assert missed is not None and missed.busy and missed.delay == 2.0
    one.heard(None, None)
    assert await one.enter(0.0) is None


async def test_a_failing_endpoint_sends_its_queue_away() -> None:
    """When the circuit opens, whoever waits goes to the next candidate instead of failing in turn."""
    one = gate(max_concurrency=THRESHOLD, max_waiting=3)
    for _ in range(THRESHOLD):
        assert await one.enter(0.0) is None
    waiting = asyncio.create_task(one.enter(60.0))
    await asyncio.sleep(0)
    for _ in range(THRESHOLD - 1):
        one.circuit.failed(1_000.0)
    one.failed()
    missed = await waiting
    assert missed is not None and missed.held


async def test_held_drained_and_back() -> None:
    """What is held or drained takes nobody and says why; back again it starts with one place."""
    now = Now()
    one = gate(now, max_concurrency=4, slow_start=8.0)
    one.hold("its server says that it is not well: HTTP 503")
    missed = await one.enter(0.0)
    assert missed is not None and missed.held and "503" in missed.reason and one.shut
    one.release()
    assert await one.enter(0.0) is None and not one.enter_at_once()
    one.answered(1.0, None, 1)
    now.seconds += 8.0
    assert one.places.limit == 4
    one.drain(True)
    missed = await one.enter(0.0)
    assert missed is not None and missed.reason == "it is taken out of service for now"
    one.drain(False)
    assert one.places.limit == 1


async def test_a_circuit_that_closes_starts_slowly() -> None:
    """The one call that showed it works again is not followed by all that were held back."""
    now = Now()
    one = gate(now, max_concurrency=10, slow_start=10.0)
    for _ in range(THRESHOLD):
        assert await one.enter(0.0) is None
        one.failed()
    now.seconds += 5.0
    await pass_through(one, times=1)
    assert one.places.limit == 1


async def test_models_in_this_process_bound_themselves() -> None:
    """Their adapter has a queue of its own."""
    one = gate(wire=Wire.LLAMA_CPP, max_concurrency=1)
    for _ in range(3):
        assert await one.enter(0.0) is None
    assert one.load(paced=True) is None
