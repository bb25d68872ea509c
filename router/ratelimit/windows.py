"""Counts over a sliding minute, by the library `limits`: in this process, or in the store gateways share.

The sliding window is its counter of two fixed ones, the older weighted by how much of it is left: no burst of
twice the limit at a boundary, and no more than two numbers a bucket.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError

from router.budgets.opening import ValkeyMissing
from router.domain.limits import WINDOW_S, OnStoreError, Window
from router.domain.value import value

log = logging.getLogger(__name__)
PATIENCE_S = 0.25
"""How long the store may take before it counts as away."""
_AWAY_S = 1.0
"""How long it is not asked again then: else every request would wait for it."""


class StoreAway(Exception):
    """The shared store does not answer, and limits are to hold strictly."""


@value
class Standing:
    """How a window stands: `remaining` of `amount`, and seconds until all of it is there again. `wait`:
    seconds until what was asked for fits, None: it was taken."""

    amount: int
    remaining: int
    reset: float
    wait: float | None = None


class _Counts:
    """The library's limiter over one storage."""

    def __init__(self, storage: MemoryStorage | RedisStorage) -> None:
        self._storage = storage
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def take(self, window: Window, cost: int) -> Standing:
        item = RateLimitItemPerMinute(window.amount, namespace="tiergate")
        names = (window.limit, window.resource, window.bucket)
        taken = await self._limiter.hit(item, *names, cost=cost)
        counts = await self._storage.get_sliding_window(item.key_for(*names), WINDOW_S)
        return _standing(window.amount, None if taken else cost, *counts)

    async def close(self) -> None:
        if isinstance(self._storage, RedisStorage):
            bridge: Any = self._storage.bridge  # untyped there: a client of redis-py
            await bridge.get_connection().aclose()


class Windows:
    """`url`: of the Valkey or Redis that gateways share; None: this gateway counts alone."""

    def __init__(self, url: str | None) -> None:
        """Raises ValkeyMissing for a URL that is none, or without the client."""
        self._own = _Counts(MemoryStorage())
        self._shared = None if url is None else _Counts(_storage(url))
        self._away_until = 0.0

    async def take(self, window: Window, cost: int, on_error: OnStoreError) -> Standing | None:
        """Takes `cost`, which may be negative, if the window has it; None: nobody can count now, and that is
        to be let pass. Raises StoreAway."""
        if self._shared is None:
            return await self._own.take(window, cost)
        if time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await self._shared.take(window, cost)
            except (StorageError, TimeoutError, OSError) as error:
                self._away_until = time.monotonic() + _AWAY_S
                kind = type(error.__cause__ or error).__name__
                log.warning("rate limits: the shared store is away (%s): %s", kind, STORE_MEANS[on_error])
        if on_error is OnStoreError.DENY:
            raise StoreAway
        return None if on_error is OnStoreError.ALLOW else await self._own.take(window, cost)

    async def close(self) -> None:
        """Lets go of the connections to the store."""
        if self._shared is not None:
            await self._shared.close()


STORE_MEANS = {
    OnStoreError.ALONE: "this gateway counts alone",
    OnStoreError.ALLOW: "nothing is limited",
    OnStoreError.DENY: "requests are refused",
}
"""For the log, while it is away."""


def _storage(url: str) -> RedisStorage:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("redis", "rediss", "valkey", "valkeys"):
        raise ValkeyMissing("TIERGATE_VALKEY_URL must be a redis:// or rediss:// URL")
    try:
        return RedisStorage(
            f"async+{scheme.replace('valkey', 'redis')}://{rest}",
            wrap_exceptions=True,
            implementation="redispy",
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
        )
    except ConfigurationError:
        raise ValkeyMissing("TIERGATE_VALKEY_URL needs redis: pip install 'tiergate[redis]'") from None


def _standing(
    amount: int, refused: int | None, previous: int, previous_ttl: float, current: int, current_ttl: float
) -> Standing:
    """From the counts of the window before and of this one, and the seconds until each is forgotten; this
    one is the older half of them from `current_ttl - WINDOW_S` on."""
    fading = previous * previous_ttl / WINDOW_S
    used = math.floor(fading) + current
    remaining = min(amount, max(0, amount - used))
    reset = current_ttl if current > 0 else previous_ttl if previous > 0 else 0.0
    if refused is None:
        return Standing(amount, remaining, reset)
    if refused > amount:
        return Standing(amount, remaining, reset, math.inf)
    excess = used + refused - amount
    if previous > 0 and excess <= fading:
        wait = excess * WINDOW_S / previous
    else:
        wait = max(0.0, current_ttl - WINDOW_S) + max(0.0, excess - fading) * WINDOW_S / max(1, current)
    return Standing(amount, remaining, reset, max(wait, 0.05))
