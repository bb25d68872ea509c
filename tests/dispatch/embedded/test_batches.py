"""What waits together is computed together, by one thread; and loading says how far it is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from router.dispatch.batches import Batches
from router.dispatch.loading import loaded


class Doubler:
    """Doubles numbers, all that wait at once; `gate` holds it back, a negative number breaks it."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.sizes: list[int] = []
        self.threads: set[int] = set()
        self.batches: Batches[list[int]] = Batches("doubler", self._serve)

    def _serve(self, batches: Batches[list[int]]) -> None:
        works = batches.take(3)
        self.entered.set()
        assert self.gate.wait(10)
        self.sizes.append(len(works))
        self.threads.add(threading.get_ident())
        for work in works:
            if work.item[0] < 0:
                raise ArithmeticError("negative")
            work.item[0] *= 2
            work.finish()

    def do(self, number: int) -> int:
        item = [number]
        self.batches.do(item)
        return item[0]


def test_what_waits_is_done_together_by_one_thread() -> None:
    """While the first is computed seven wait: they go in batches of three, and everybody gets their own."""
    doubler = Doubler()
    with ThreadPoolExecutor(8) as callers:
        first = callers.submit(doubler.do, 1)
        assert doubler.entered.wait(10)
        rest = [callers.submit(doubler.do, number) for number in range(2, 9)]
        until = time.monotonic() + 10
        while len(doubler.batches._waiting) < 7 and time.monotonic() < until:
            time.sleep(0.001)
        doubler.gate.set()
        assert [future.result(10) for future in (first, *rest)] == [2 * number for number in range(1, 9)]
    doubler.batches.close()
    assert doubler.sizes == [1, 3, 3, 1]
    assert len(doubler.threads) == 1


def test_a_failure_reaches_whom_it_concerns_and_no_others() -> None:
    """Who was in the broken batch hears of it; the next one is computed."""
    doubler = Doubler()
    doubler.gate.set()
    with pytest.raises(ArithmeticError, match="negative"):
        doubler.do(-1)
    assert doubler.do(4) == 8
    doubler.batches.close()


async def test_a_slow_load_says_how_far_it_is(
    make_endpoint: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """What is loaded, how long it takes, how much of it was fetched, and how large it became."""
    told = threading.Event()

    def load(_: Any) -> str:
        assert told.wait(10)
        return "engine"

    def fetched(_: Any) -> int:
        told.set()
        return 7_000_000

    caplog.set_level(logging.INFO, logger="router.dispatch.loading")
    assert await loaded(make_endpoint(target="org/model"), load, fetched, say_every=0.01) == "engine"
    text = caplog.text
    assert "endpoint small-1: loading org/model" in text
    assert "still loading after 0 s, 7 MB of it are here" in text
    assert "endpoint small-1: loaded in 0." in text
