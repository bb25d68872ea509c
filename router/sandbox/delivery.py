"""Sending a composed reply in time: the queue for a place, pacing, JSON or stream, and the faults that
strike while bytes flow."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from router.sandbox import render
from router.sandbox.compose import Reply
from router.sandbox.exchange import Exchange
from router.sandbox.faults import Fault, refuse, slow_s
from router.sandbox.metrics import Metrics
from router.sandbox.options import Options
from router.sandbox.pacing import Stopwatch
from router.sandbox.prefixcache import PromptSize
from router.sandbox.record import Record
from router.sandbox.wire import ChatCall

_BROKEN: Final = b'data: {"id": "chatcmpl-simulated", "choices": [{"delta": {"conte\n\n'
_FOREVER: Final = 10.0**9
_EVENTS_BEFORE_RESET: Final = 3


class Places:
    """The places of a model server that generates a limited number of requests at once."""

    def __init__(self, limit: int | None, record: Record) -> None:
        self._limit = limit
        self._free = asyncio.Semaphore(limit) if limit else None
        self._record = record

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[float]:
        """Waits for a place; gives the load at that moment, 0 to 1."""
        if self._free is not None:
            self._record.waiting += 1
            try:
                await self._free.acquire()
            finally:
                self._record.waiting -= 1
        self._record.started()
        try:
            yield self._record.running / self._limit if self._limit else 0.0
        finally:
            self._record.ended()
            if self._free is not None:
                self._free.release()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One reply on its way."""

    exchange: Exchange
    options: Options
    places: Places
    metrics: Metrics
    call: ChatCall
    fault: Fault | None
    size: PromptSize
    replies: list[Reply]
    rng: random.Random

    async def run(self) -> None:
        """Sends everything. Ends early where the fault says so."""
        arrived = time.monotonic()
        async with self.places.taken() as load:
            self.metrics.queued(time.monotonic() - arrived)
            if self.fault is not None and await self._struck(self.fault):
                return
            watch = Stopwatch.start(
                self.options.profile.pace,
                self.rng,
                self.size.tokens - self.size.cached,
                load,
                self.options.speed,
            )
            hidden = self.options.profile.thinking.format == "hidden"
            await watch.after(max(r.thinking_tokens for r in self.replies) if hidden else 0)
            self.metrics.first_token(time.monotonic() - arrived)
            await (self._stream(watch) if self.call.stream else self._whole(watch))
        reasons = [reply.finish_reason for reply in self.replies]
        output = sum(reply.output_tokens for reply in self.replies)
        self.metrics.answered(self.size.tokens, output, list(reasons), time.monotonic() - arrived)

    async def _struck(self, fault: Fault) -> bool:
        """Applies a fault that comes before the first byte; whether it ended the exchange."""
        error = refuse(fault)
        if error is not None:
            raise error
        if fault.name == "hang":
            await asyncio.sleep(_FOREVER if fault.number is None else fault.number)
        if fault.name in ("hang", "drop"):
            self.exchange.reset()
            return True
        await asyncio.sleep(slow_s(fault))
        return False

    async def _whole(self, watch: Stopwatch) -> None:
        hidden = self.options.profile.thinking.format == "hidden"
        await watch.after(max(r.answer_tokens if hidden else r.output_tokens for r in self.replies))
        body = render.body(self._envelope(), self.call, self.options.profile, self.replies, self._usage())
        if self._is("malformed"):
            body = body[: len(body) // 2]
        if self._is("reset"):
            await self.exchange.start(200, "application/json", len(body))
            await self.exchange.write(body[: len(body) // 2])
            await asyncio.sleep(0)
            self.exchange.reset()
            return
        await self.exchange.answer(200, body)

    async def _stream(self, watch: Stopwatch) -> None:
        await self.exchange.start(200, "text/event-stream; charset=utf-8", None, cache_control="no-cache")
        events = render.chunks(
            self._envelope(),
            self.call,
            self.options.profile,
            self.replies,
            self._usage(),
            watch.per_event(self.options.event_gap_s),
        )
        for sent, (event, tokens) in enumerate(events):
            if self._is("reset") and sent >= self._events_before_reset():
                self.exchange.reset()
                return
            await watch.after(tokens)
            await self.exchange.write(_BROKEN if self._is("malformed") and sent == 1 else event)
        await self.exchange.write(b"data: [DONE]\n\n", more=False)

    def _is(self, name: str) -> bool:
        return self.fault is not None and self.fault.name == name

    def _events_before_reset(self) -> int:
        number = self.fault.number if self.fault else None
        return _EVENTS_BEFORE_RESET if number is None else int(number)

    def _usage(self) -> render.Json | None:
        if self._is("no-usage"):
            return None
        return render.usage(self.options.profile, self.size, self.replies)

    def _envelope(self) -> render.Envelope:
        name = f"chatcmpl-simulated-{self.rng.getrandbits(64):016x}"
        return render.Envelope(name, int(time.time()), self.call.model)
