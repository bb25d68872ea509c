"""Waiting for a place in the attempt loop: how long, what it costs, and where it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from router.dispatch.job import Answer
from router.errors import Overloaded, Unavailable
from router.meter.bill import Bill
from tests.dispatch.test_loop import OK, Reply, Stage
from tests.policy import build


def full(script: dict[str, list[Any]], **endpoint: Any) -> Stage:
    """A stage whose endpoint `a` has one place, which is taken."""
    stage = Stage(script, max_concurrency=1, **endpoint)
    stage.dispatcher.gates.of(stage.candidates[0].endpoint).places.running = 1
    return stage


def release(stage: Stage) -> None:
    stage.dispatcher.gates.of(stage.candidates[0].endpoint).places.leave()


async def waiting(stage: Stage) -> asyncio.Task[Answer]:
    """A request that has come as far as the queue."""
    task = asyncio.create_task(stage.run())
    places = stage.dispatcher.gates.of(stage.candidates[0].endpoint).places
    while not places.waiting:  # noqa: ASYNC110 - nobody announces it
        await asyncio.sleep(0)
    return task


async def test_it_waits_where_it_may_and_the_time_is_the_upstreams() -> None:
    """The attempt begins with its place; the queue is no time of the gateway's own."""
    stage = full({"a": [Reply([OK])], "b": []}, max_waiting=1)
    task = await waiting(stage)
    await asyncio.sleep(0.02)
    release(stage)
    assert (await task).candidate.endpoint.id == "a"
    [attempt] = stage.bill.attempts
    assert attempt.duration_us is not None and stage.bill.upstream_ns / 1000 >= attempt.duration_us + 15_000


async def test_after_its_time_it_goes_to_the_next_candidate() -> None:
    """No attempt was made where it waited, so none is booked."""
    stage = full({"a": [], "b": [Reply([OK])]}, max_waiting=1, max_wait=0.01)
    told: list[tuple[str, str]] = []
    stage.dispatcher.gates.turned_away = lambda *why: told.append(why)
    assert (await stage.run()).candidate.endpoint.id == "b"
    assert [attempt.endpoint for attempt in stage.bill.attempts] == ["b"]
    assert told == [("a", "busy")]


@pytest.mark.parametrize(("target", "waits"), [(60.0, True), (30.0, False)])
async def test_a_latency_target_leaves_only_so_much_time_for_waiting(target: float, waits: bool) -> None:
    """An answer of 30 seconds within 60 may wait; within 30 it must be sent at once, elsewhere."""
    stage = full({"a": [Reply([OK])], "b": [Reply([OK])]}, max_waiting=1)
    stage.rule = build.rule(latency_target=target)
    stage.candidates = tuple(replace(one, expected_seconds=30.0) for one in stage.candidates)
    if waits:
        task = await waiting(stage)
        release(stage)
        assert (await task).candidate.endpoint.id == "a"
    else:
        assert (await stage.run()).candidate.endpoint.id == "b"


async def test_with_nobody_left_it_says_when_to_come_back(caplog: pytest.LogCaptureFixture) -> None:
    """A full queue is a 429, a drained endpoint a 503; both may be tried again. Who drained it and why is in
    the log, not in the error."""
    caplog.set_level("INFO", "router.dispatch.gates")
    stage = full({"a": []})
    with pytest.raises(Overloaded, match="a: all its places are taken") as busy:
        await stage.run()
    assert int(busy.value.headers["retry-after"]) >= 1
    stage.dispatcher.gates.drain({"a": "drained by ops: disk"})
    with pytest.raises(Unavailable, match=r"a: it is taken out of service for now$") as away:
        await stage.run()
    stage.dispatcher.gates.drain({})
    assert caplog.messages == ["endpoint a: drained by ops: disk", "endpoint a: back in service"]
    assert away.value.code == "upstreams_unavailable" and away.value.retryable
    assert not stage.bill.attempts


async def test_a_caller_that_goes_away_while_it_waits_has_spent_nothing() -> None:
    """Its turn passes to the next."""
    stage = full({"a": [Reply([OK])]}, max_waiting=2)
    going = await waiting(stage)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert not stage.bill.attempts
    stage.bill = Bill("r2", stage.clock)
    task = await waiting(stage)
    release(stage)
    await task
    assert stage.statuses() == ["ok"]


async def test_one_503_of_a_watched_server_holds_it_back() -> None:
    """Its health page will say when it is well again; without one it is an error as any other."""
    for health, asked in (("http://127.0.0.1:9/health", 1), (None, 2)):
        script = {"a": [Reply([b"starting"], 503) for _ in range(2)], "b": [Reply([OK]), Reply([OK])]}
        stage = Stage(script, health_url=health)
        for _ in range(2):
            stage.bill = Bill("r", stage.clock)
            await stage.run()
        assert [call.endpoint.id for call in stage.upstream.calls].count("a") == asked


async def test_a_fine_tune_shares_the_places_of_its_server() -> None:
    """A LoRA adapter runs where its base model does: one is full when the other is."""
    gates = Stage({"a": []}).dispatcher.gates
    base = build.endpoint("base", "m", max_concurrency=1)
    tuned = build.endpoint("tuned", "t", max_concurrency=9, server="base")
    assert await gates.of(tuned).enter(0.0) is None
    refused = await gates.of(base).enter(0.0)
    assert gates.of(base) is gates.of(tuned) and refused is not None and refused.busy
    gates.drain({"base": "drained by ops"})
    assert gates.loads()["tuned"].drained == "drained by ops"
