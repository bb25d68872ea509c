"""Many prompts to one HTTP endpoint, by the tools that measure models: retries, pauses, how many at once.

Retried: too many requests, server errors, broken replies and lost connections, at growing pauses. Ended
early: a run of which every prompt fails alike. Must not know what is asked, nor judge an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

import httpx

TRIES: Final = 4
PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_LOST_IN_A_ROW: Final = 5
"""Prompts without any answer, before the first one that has one, after which the rest is not tried."""

_T = TypeVar("_T")
_Item = TypeVar("_Item")


class Hopeless(Exception):
    """Every further prompt would fail alike; the message says how and what to look at."""


class TryFailed(Exception):
    """One try came to nothing. `again`: another may not; `pause_s`: how long the server asks to wait."""

    def __init__(self, message: str, *, again: bool, pause_s: float = 0.0) -> None:
        super().__init__(message)
        self.again = again
        self.pause_s = pause_s


async def tried(once: Callable[[], Awaitable[_T]], pause_s: float = PAUSE_S) -> _T:
    """What `once` returns, tried up to four times; the first retry waits `pause_s` or as long as the server
    asks, each further one twice as long as the one before. Raises TryFailed, that of the last try."""
    for number in range(TRIES - 1):
        try:
            return await once()
        except TryFailed as failed:
            if not failed.again:
                raise
            await asyncio.sleep(min(_LONGEST_PAUSE_S, max(failed.pause_s, pause_s * 2**number)))
    return await once()


def refused(reply: httpx.Response) -> TryFailed:
    """What a status that is not 200 means for the next try."""
    again = reply.status_code in (408, 409, 425, 429) or reply.status_code >= 500
    if reply.headers.get("x-should-retry") == "false":
        again = False
    return TryFailed(
        f"HTTP {reply.status_code}: {error_text(reply)}", again=again, pause_s=_retry_after(reply)
    )


def error_text(reply: httpx.Response) -> str:
    """One printable line of at most 200 characters."""
    try:
        text = str(reply.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        text = reply.text
    line = " ".join(text.split())
    return "".join(c for c in line if c.isprintable())[:200] or reply.reason_phrase


def _retry_after(reply: httpx.Response) -> float:
    try:
        return max(0.0, float(reply.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0  # a date: the growing pause has to do


class Watch:
    """Ends a run that has not brought a single answer."""

    def __init__(self) -> None:
        self._lost = 0
        self._answered = False

    def seen(self, *, answered: bool, error: str | None) -> None:
        """Raises Hopeless."""
        self._answered = self._answered or answered
        self._lost += not self._answered
        if not self._answered and self._lost >= _LOST_IN_A_ROW:
            raise Hopeless(f"none of the first {self._lost} prompts was answered; the last one: {error}")


async def for_all(items: Iterable[_Item], at_once: int, work: Callable[[_Item], Awaitable[None]]) -> None:
    """`work` on every item, at most so many at once. Raises Hopeless as soon as one piece of work does."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(at_once):
                workers.create_task(worker())
    except* Hopeless as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[Hopeless]) -> Hopeless:
    found = group.exceptions[0]
    return found if isinstance(found, Hopeless) else _first(found)
