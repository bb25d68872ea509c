"""What rate limits cost a request: counted in this process, and in a real Valkey on this machine.

Run as `python -m tests.bench.limit_bench [REQUESTS]`; prints the table of LIMITS.md. One request after the
other: the latency is that of the round trips, CPU is this process's own (Valkey's is not in it).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from router.domain.limits import OnStoreError, Resource, Window
from router.ratelimit.places import Places, open_places
from router.ratelimit.windows import StoreAway, Windows
from tests.bench.load import percentile
from tests.budgets.server import valkey_server

_PLENTY = 10**9
_WARM_UP = 200
_REST_S = 1.1


async def timed(count: int, one: Callable[[], Awaitable[None]]) -> tuple[float, float, float]:
    """CPU microseconds a request, and its latency in microseconds at p50 and p99. Requests during which a
    busy machine kept Valkey from answering at all are not in it."""
    taken: list[float] = []
    cpu = 0.0
    while len(taken) < _WARM_UP + count:
        began, begin = time.process_time(), time.perf_counter()
        try:
            await one()
        except StoreAway:
            await asyncio.sleep(_REST_S)
            continue
        taken.append((time.perf_counter() - begin) * 1e6)
        cpu += (time.process_time() - began) * 1e6 if len(taken) > _WARM_UP else 0.0
    del taken[:_WARM_UP]
    return cpu / count, percentile(taken, 0.5), percentile(taken, 0.99)


def counted(windows: Windows, resource: Resource) -> Callable[[], Awaitable[None]]:
    window = Window("bench", resource, "key", _PLENTY)

    async def one() -> None:
        await windows.take(window, 1, OnStoreError.DENY)

    return one


def at_once(places: Places, limit: int) -> Callable[[], Awaitable[None]]:
    """A place taken and given back, with what that has to be told of."""

    async def one() -> None:
        assert await places.take(f"bench-{limit}", limit, OnStoreError.DENY)
        places.give(f"bench-{limit}")
        await asyncio.sleep(0)

    return one


async def main(count: int) -> None:
    print(f"{count:,} requests each\n| | CPU us | p50 us | p99 us |\n| --- | --- | --- | --- |")
    with valkey_server() as server:
        for where, url in (("this process", None), ("Valkey", server.url)):
            windows, places = Windows(url), open_places(url)
            for what, one in (
                ("requests a minute", counted(windows, Resource.REQUESTS)),
                ("requests at once, of 100", at_once(places, 100)),
                ("requests at once, of 1", at_once(places, 1)),
            ):
                figures = await timed(count, one)
                print(f"| {what}: {where} | " + " | ".join(f"{figure:,.1f}" for figure in figures) + " |")
            await places.close()
            await windows.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
