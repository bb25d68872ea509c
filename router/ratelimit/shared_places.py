"""Requests at once over all gateways that share a Valkey: slices of each limit.

A gateway fills the places of its slice without asking anybody, and asks once where they do not suffice. It
lowers its own slice before it says so, and raises it only when told, so that the slices of all never exceed
the limit. A slice is a gateway's own for a while and renewed meanwhile: the places of one that was killed
come back when that is over. The arithmetic is in `places.lua`. Where Valkey lost what it knew, slices are
told anew at the next renewal; until then more may begin.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from router.budgets.valkey import connect
from router.domain.limits import OnStoreError
from router.ratelimit.windows import PATIENCE_S, STORE_MEANS, StoreAway

log = logging.getLogger(__name__)
LASTS_S: Final = 10.0
"""For how long a slice is a gateway's own unless it is renewed."""
_RENEW_S: Final = 2.0
_SAFETY: Final = 0.9
"""The part of that after which a gateway takes its slice for lost: clocks do not run alike."""
_AGAIN_S: Final = 0.025
"""A place that was given back in another gateway is on its way for so long; then it is asked once more."""
_AWAY_S: Final = 1.0
"""How long Valkey is not asked again after it did not answer."""
_AWAY = (RedisError, OSError, TimeoutError)


def shared_places(url: str) -> SharedPlaces:
    """Over the Valkey at `url`."""
    return SharedPlaces(connect(url))


@dataclass(slots=True, eq=False)
class _Slice:
    """`has`: places that this gateway may fill until `until` (monotonic seconds), `taken` of them are.
    `spare` is what Valkey last let it have beyond what it needed, 0 where places are scarce; `wanting`:
    requests that wait for an answer; until `dry_until` nobody asks again; `returning`: a call that gives back
    is on its way."""

    limit: int
    has: int = 0
    taken: int = 0
    spare: int = 0
    until: float = 0.0
    wanting: int = 0
    dry_until: float = 0.0
    returning: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def room(self, now: float) -> bool:
        return now < self.until and self.taken < self.has

    def lower(self, now: float) -> None:
        """To what it needs and its spare. A slice that ran out is no more than the requests that run."""
        spare = self.spare if now < self.until and self.taken else 0
        self.has = max(self.taken, min(self.has, self.taken + spare))


class SharedPlaces:
    """Of gateways that share a Valkey."""

    def __init__(self, client: Redis, *, lasts_s: float = LASTS_S, renew_s: float = _RENEW_S) -> None:
        self._client = client
        self._script = client.register_script(
            files("router.ratelimit").joinpath("places.lua").read_text("utf-8")
        )
        self._me = uuid.uuid4().hex
        self._lasts_s, self._renew_s = lasts_s, renew_s
        self._slices: dict[str, _Slice] = {}
        self._away_until = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self._returns: set[asyncio.Task[None]] = set()

    async def take(self, bucket: str, limit: int, on_error: OnStoreError) -> bool:
        """One round trip, and none where the slice has room."""
        slice_ = self._slices.get(bucket)
        if slice_ is None:
            slice_ = self._slices[bucket] = _Slice(limit)
        slice_.limit = limit
        if not slice_.room(time.monotonic()):
            try:
                if not await self._ask(bucket, slice_):
                    return False
            except _AWAY as error:
                self._away(error, on_error)
                if on_error is OnStoreError.DENY:
                    raise StoreAway from None
                if on_error is OnStoreError.ALONE and slice_.taken >= limit:
                    return False
        slice_.taken += 1
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())
        return True

    def give(self, bucket: str) -> None:
        """Where places are scarce it is given back at once, in a task of its own; else with the renewal."""
        slice_ = self._slices[bucket]
        slice_.taken -= 1
        if not slice_.spare and not slice_.returning:
            slice_.returning = True
            task = asyncio.create_task(self._say(bucket, slice_))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def close(self) -> None:
        """Everything is free for others."""
        if self._renewing is not None:
            self._renewing.cancel()
        for bucket, slice_ in self._slices.items():
            slice_.taken = 0
            await self._say(bucket, slice_)
        await asyncio.gather(*self._returns)
        await self._client.aclose()

    async def _ask(self, bucket: str, slice_: _Slice) -> bool:
        """Whether there is room now; asks for all that wait together, and once more a moment later."""
        slice_.wanting += 1
        try:
            if not await self._asked(bucket, slice_):
                await asyncio.sleep(_AGAIN_S)
                return slice_.room(time.monotonic()) or await self._asked(bucket, slice_)
            return True
        finally:
            slice_.wanting -= 1

    async def _asked(self, bucket: str, slice_: _Slice) -> bool:
        async with slice_.turn:
            now = time.monotonic()
            if not slice_.room(now) and now >= slice_.dry_until:
                await self._call(bucket, slice_, slice_.wanting)
            return slice_.room(time.monotonic())

    async def _say(self, bucket: str, slice_: _Slice) -> None:
        """Renews the slice, with no more in it than it needs."""
        async with slice_.turn:
            slice_.returning = False
            try:
                await self._call(bucket, slice_, 0)
            except _AWAY as error:
                log.debug("rate limits: places at once are not renewed: %s", type(error).__name__)

    async def _call(self, bucket: str, slice_: _Slice, needs: int) -> None:
        now = time.monotonic()
        if now < self._away_until:
            raise TimeoutError
        slice_.lower(now)
        async with asyncio.timeout(PATIENCE_S):
            places, enough = await self._send(bucket, slice_, needs)
        slice_.has, slice_.until = places, now + self._lasts_s * _SAFETY
        slice_.spare = max(0, places - slice_.taken - needs) if enough else 0
        slice_.dry_until = 0.0 if enough else time.monotonic() + _AGAIN_S / 2

    async def _send(self, bucket: str, slice_: _Slice, needs: int) -> Sequence[int]:
        args = (self._me, slice_.has, needs, slice_.limit, round(self._lasts_s * 1000))
        reply: Sequence[int] = await self._script(keys=[f"tiergate:at-once:{bucket}"], args=args)
        return reply

    async def _renew(self) -> None:
        """For as long as there is a slice; those that are not needed any more are given back."""
        while self._slices:
            await asyncio.sleep(self._renew_s)
            for bucket, slice_ in list(self._slices.items()):
                await self._say(bucket, slice_)
                if not (slice_.taken or slice_.wanting or slice_.has or slice_.turn.locked()):
                    del self._slices[bucket]

    def _away(self, error: Exception, on_error: OnStoreError) -> None:
        if time.monotonic() >= self._away_until:
            self._away_until = time.monotonic() + _AWAY_S
            kind = type(error.__cause__ or error).__name__
            log.warning("rate limits: the shared store is away (%s): %s", kind, STORE_MEANS[on_error])
