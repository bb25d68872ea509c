"""What the gates before the endpoints cost a request: the attempt loop with them and with open doors.

Run as `python -m tests.bench.gate_bench`; prints one JSON object. Both run the same loop over the same
upstream, which answers at once, in turn; a gate has places, a bounded queue and a pace, an open door nothing.
`waiting` is the same with one place for 16 callers, so that all but one wait in the queue: the time between
one call's end and the next one's start is the hand-over. `loads_us` is the decision's look at 20 busy gates.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import replace
from typing import Any

import uvloop

from router.clock import SystemClock
from router.dispatch.gate import Gate
from router.dispatch.gates import Gates
from router.dispatch.job import Job
from router.dispatch.loop import Dispatcher
from router.dispatch.port import UpstreamCall
from router.domain.catalog import Endpoint
from router.domain.decision import Decision
from router.domain.kinds import Wire
from router.meter.bill import Bill
from tests.dispatch.test_loop import OK, Notebook, Reply, candidates
from tests.policy import build

REQUESTS, ROUNDS, BUSY = 4_000, 15, 20


class Door(Gate):
    """Always open, counts nothing."""

    def enter_at_once(self) -> bool:
        return True

    def answered(self, seconds: float, first: float | None, output: int | None) -> None:
        pass

    def works(self) -> None:
        pass


class Doors(Gates):
    """A door for every endpoint."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__(clock)
        self._doors: dict[str, Door] = {}

    def of(self, endpoint: Endpoint) -> Gate:
        door = self._doors.get(endpoint.id)
        if door is None:
            door = self._doors[endpoint.id] = Door(endpoint, self.now)
        return door


class AtOnce:
    """An upstream that answers before anybody can wait."""

    async def call(self, call: UpstreamCall) -> Reply:
        return Reply([OK])

    async def aclose(self) -> None:
        pass


def job(**changes: Any) -> Job:
    """One candidate at an endpoint like this."""
    decision = Decision(build.rule(), candidates("a", **changes), (), None)
    payload = {"model": "auto", "messages": [{"role": "user", "content": "2+2?"}]}
    return Job(payload, decision, False, 7, None, {}, build.ANYWHERE)


async def run(gates: Gates, one: Job, callers: int) -> float:
    """Microseconds of CPU a request: what else the machine does, does not count."""
    clock = SystemClock()
    dispatcher = Dispatcher({Wire.OPENAI: AtOnce()}, clock, gates)
    each = REQUESTS // callers

    async def caller() -> None:
        for _ in range(each):
            await dispatcher.run(one, Bill("bench", clock), Notebook(), None)

    began = time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return (time.process_time() - began) / (each * callers) * 1e6


def loads() -> float:
    """Microseconds of CPU for the loads of `BUSY` gates with calls under way."""
    gates = Gates(SystemClock())
    for number in range(BUSY):
        endpoint = replace(build.endpoint(f"e{number}", "m"), max_concurrency=4, max_waiting=4)
        gates.of(endpoint).places.running = 4
    began = time.process_time()
    for _ in range(REQUESTS):
        gates.loads()
    return (time.process_time() - began) / REQUESTS * 1e6


async def main() -> None:
    clock = SystemClock()
    plain, narrow = job(), job(max_concurrency=1, max_waiting=16, max_wait=60.0)
    taken: dict[str, list[float]] = {"doors_us": [], "gates_us": [], "waiting_us": [], "loads_us": []}
    for number in range(ROUNDS + 1):
        found: dict[str, Any] = {
            "doors_us": await run(Doors(clock), plain, 1),
            "gates_us": await run(Gates(clock), plain, 1),
            "waiting_us": await run(Gates(clock), narrow, 16),
            "loads_us": loads(),
        }
        if number:  # the first round warms up
            for name, value in found.items():
                taken[name].append(value)
    ratios = [with_ / without for with_, without in zip(taken["gates_us"], taken["doors_us"], strict=True)]
    medians = {name: round(statistics.median(values), 2) for name, values in taken.items()}
    added = statistics.median(
        with_ - without for with_, without in zip(taken["gates_us"], taken["doors_us"], strict=True)
    )
    print(json.dumps({**medians, "ratio": round(statistics.median(ratios), 3), "added_us": round(added, 2)}))


if __name__ == "__main__":
    uvloop.run(main())
