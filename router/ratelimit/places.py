"""Requests at once: who may begin one. In this process, or together with the gateways that share a Valkey
(`shared_places`, imported only where there is one, because its client is optional)."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Protocol, cast

from router.domain.limits import OnStoreError


class Places(Protocol):
    """Who may begin a request, by bucket."""

    async def take(self, bucket: str, limit: int, on_error: OnStoreError) -> bool:
        """Whether one of `limit` places was free; it is taken then. Raises StoreAway."""
        ...

    def give(self, bucket: str) -> None:
        """One is free again; waits for nothing."""
        ...

    async def close(self) -> None:
        """Gives back everything. Never raises."""
        ...


class OwnPlaces:
    """Of a gateway that shares its limits with nobody."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    async def take(self, bucket: str, limit: int, on_error: OnStoreError) -> bool:
        """Without waiting."""
        if self._taken[bucket] >= limit:
            return False
        self._taken[bucket] += 1
        return True

    def give(self, bucket: str) -> None:
        """One is free again."""
        self._taken[bucket] -= 1
        if not self._taken[bucket]:
            del self._taken[bucket]

    async def close(self) -> None:
        """Nobody waits for it."""


def open_places(url: str | None) -> Places:
    """`url`: of the Valkey or Redis that gateways share, one that `Windows` has taken; None: this gateway
    counts alone. Connects to nothing yet."""
    if url is None:
        return OwnPlaces()
    return cast(Places, import_module("router.ratelimit.shared_places").shared_places(url))
