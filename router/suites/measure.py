"""Many questions to many models at once, each result handed on as it arrives. Must not print."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from router.asking import Watch, for_all
from router.suites.ask import Call, ask
from router.suites.item import Item
from router.suites.results import Key, Result
from router.verify.inspection import Checker
from router.verify.threads import Threads
from router.verify.walled import Walled


@dataclass(frozen=True, slots=True)
class Piece:
    """One question to one model, the `repeat`-th time from 0."""

    item: Item
    asked: str
    repeat: int

    @property
    def key(self) -> Key:
        return self.asked, self.item.id, self.repeat


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls open at once, and calls begun per minute (None: as many as go)."""

    at_once: int
    per_minute: float | None


class _Pace:
    """Spreads beginnings evenly over a minute."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        now = time.monotonic()
        self._next = max(now, self._next)
        wait, self._next = self._next - now, self._next + self._gap
        await asyncio.sleep(wait)


async def measure(
    client: httpx.AsyncClient,
    suite: str,
    pieces: Sequence[Piece],
    extra: Mapping[str, Any],
    limits: Limits,
    done: Callable[[Result], None],
) -> list[Result]:
    """Asks every piece once, with retries. Raises Hopeless as soon as going on makes no sense; what came
    before was handed to `done`."""
    walled, pace, watch = Walled(), _Pace(limits.per_minute), Watch()
    checker = Checker(walled.verifiers, Threads())
    results: list[Result] = []

    async def work(piece: Piece) -> None:
        await pace.turn()
        result = await ask(client, checker, piece.item, Call(suite, piece.asked, piece.repeat, extra))
        results.append(result)
        done(result)
        watch.seen(answered=result.verdict is not None, error=result.error)

    try:
        await for_all(pieces, limits.at_once, work)
    finally:
        walled.close()
    return results
