"""Lets a request pass, or refuses it, before anything is spent; gives back what it did not need.

Taken one after the other and given back if a later limit refuses: a request that is refused counts nowhere.
Tokens are set aside at an estimate and corrected when it is known what was used, in a task of its own.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable
from dataclasses import replace

from router.domain.caller import Caller
from router.domain.limits import Limit, OnStoreError, Resource, Window, windows
from router.errors import RateLimited, Unavailable
from router.ratelimit.passage import Passage, duration
from router.ratelimit.places import Places
from router.ratelimit.windows import Standing, StoreAway, Windows
from router.telemetry import Metrics
from router.ticket import Ticket

log = logging.getLogger(__name__)
_CHARACTERS_PER_TOKEN = 4


class Admission:
    """Counts requests at once in `places`, everything else in `windows`."""

    def __init__(self, counts: Windows, places: Places, metrics: Metrics) -> None:
        self._windows = counts
        self._places = places
        self._metrics = metrics
        self._corrections: set[asyncio.Task[None]] = set()

    async def admit(self, ticket: Ticket) -> None:
        """Takes what the limits of callers count. Raises RateLimited, Unavailable."""
        caller, limits = ticket.caller, ticket.bundle.limits
        assert caller is not None
        ticket.passage = passage = Passage(_estimate(ticket))
        await self._take(passage, limits.of_callers, caller, None, limits.on_store_error)

    async def choose(self, ticket: Ticket) -> bool:
        """Passes over models that are at their limit: whether there were any. Raises RateLimited where no
        other may answer, Unavailable."""
        caller, limits, decision, passage = (
            ticket.caller,
            ticket.bundle.limits,
            ticket.decision,
            ticket.passage,
        )
        assert caller is not None and decision is not None and passage is not None
        refused: dict[str, RateLimited] = {}
        for candidate in decision.candidates:
            name = candidate.model.name
            if name in refused:
                continue
            try:
                await self._take(passage, limits.of_models, caller, name, limits.on_store_error)
                break
            except RateLimited as error:
                refused[name] = error
        else:
            if refused:
                raise next(iter(refused.values()))
        if not refused:
            return False
        left = tuple(one for one in decision.candidates if one.model.name not in refused)
        over = [one.endpoint.id for one in decision.candidates if one.model.name in refused]
        note = f"at their rate limit: {', '.join(refused)}"
        ticket.decision = replace(decision, candidates=left, note=note, cascade=None, uncredited=note)
        ticket.unhealthy |= frozenset(over)
        return True

    def leave(self, ticket: Ticket) -> None:
        """Gives back the request's places at once, and what it did not use."""
        passage = ticket.passage
        if passage is None:
            return
        self._vacate(passage)
        usage = ticket.bill.total_usage() if ticket.bill.attempts else None
        # Unknown usage stays at the estimate; a request that nobody was asked for took no tokens.
        used = 0 if not ticket.bill.attempts else None if usage is None else usage.total
        tokens = {w: taken for w, taken in passage.taken.items() if w.resource is Resource.TOKENS}
        if used is not None and any(taken != used for taken in tokens.values()):
            task = asyncio.create_task(self._correct(tokens, used, ticket.bundle.limits.on_store_error))
            self._corrections.add(task)
            task.add_done_callback(self._corrections.discard)

    async def _take(
        self,
        passage: Passage,
        limits: Iterable[Limit],
        caller: Caller,
        model: str | None,
        on_error: OnStoreError,
    ) -> None:
        before, places = dict(passage.taken), list(passage.places)
        try:
            for limit in limits:
                if limit.binds(caller, model):
                    await self._one(passage, limit, limit.bucket(caller, model), on_error)
        except BaseException:
            self._vacate(passage, keeping=places)
            extra = {window: cost for window, cost in passage.taken.items() if window not in before}
            passage.taken = before
            for window, cost in extra.items():
                await self._give(window, -cost, on_error)
            raise

    async def _one(self, passage: Passage, limit: Limit, bucket: str, on_error: OnStoreError) -> None:
        try:
            await self._place(passage, limit, bucket, on_error)
            for window in windows(limit, bucket):
                await self._count(passage, window, on_error)
        except StoreAway:
            message = "Rate limits cannot be counted now; try again in a moment."
            headers = {"retry-after": "1"}
            raise Unavailable(message, code="rate_limits_unavailable", headers=headers) from None

    async def _place(self, passage: Passage, limit: Limit, bucket: str, on_error: OnStoreError) -> None:
        if limit.parallel is None:
            return
        if not await self._places.take(bucket, limit.parallel, on_error):
            self._metrics.rate_limited.add((limit.name, "parallel"))
            message = f"Rate limit '{limit.name}' is reached: {limit.parallel} requests at once."
            raise RateLimited(message, headers={**passage.headers(), "retry-after": "1"})
        passage.places.append(bucket)

    async def _count(self, passage: Passage, window: Window, on_error: OnStoreError) -> None:
        cost = passage.estimate if window.resource is Resource.TOKENS else 1
        standing = await self._windows.take(window, cost, on_error)
        if standing is None:
            return
        passage.note(window.resource, standing)
        if standing.wait is not None:
            self._metrics.rate_limited.add((window.limit, window.resource))
            raise _refusal(passage, window, standing, cost)
        passage.taken[window] = cost

    def _vacate(self, passage: Passage, keeping: list[str] | None = None) -> None:
        kept = keeping or []
        for bucket in passage.places[len(kept) :]:
            self._places.give(bucket)
        passage.places = kept

    async def _correct(self, tokens: dict[Window, int], used: int, on_error: OnStoreError) -> None:
        for window, taken in tokens.items():
            await self._give(window, used - taken, on_error)

    async def _give(self, window: Window, cost: int, on_error: OnStoreError) -> None:
        """Counts `cost` more, or less where it is negative. What does not fit any more fills the window."""
        if not cost:
            return
        try:
            standing = await self._windows.take(window, cost, on_error)
            if standing is not None and standing.wait is not None and standing.remaining:
                await self._windows.take(window, standing.remaining, on_error)
        except StoreAway:
            log.debug("rate limits: a correction is lost, the shared store is away")


def _estimate(ticket: Ticket) -> int:
    """Tokens that the request may need: what it holds, and as much as it allows to be written."""
    request = ticket.request
    assert request is not None
    conversation = request.conversation
    characters = sum(len(turn.text) for turn in conversation.turns) + conversation.extra_bytes
    return max(1, characters // _CHARACTERS_PER_TOKEN) + (request.max_output_tokens or 0) * request.choices


def _refusal(passage: Passage, window: Window, standing: Standing, cost: int) -> RateLimited:
    told = f"Rate limit '{window.limit}' is reached: {window.amount} {window.resource} per minute"
    headers = dict(passage.headers())
    wait = standing.wait
    assert wait is not None
    if math.isinf(wait):
        message = f"{told}, and this request alone may need {cost}: ask for less."
        return RateLimited(message, headers={**headers, "x-should-retry": "false"})
    headers |= {"retry-after": str(math.ceil(wait)), "retry-after-ms": str(math.ceil(wait * 1000))}
    return RateLimited(f"{told}. Try again in {duration(wait)}.", headers=headers)
