"""How often a password may be tried: a few times, then after a pause. Pure but for what it remembers.

In this process only: a password sign-in is for one machine. Counted by name and by address, so that neither
many names from one address nor many addresses on one name get further.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

WINDOW_SECONDS = 15 * 60
BY_NAME = 8
"""Wrong tries of a name in a window."""
BY_ADDRESS = 24
_MOST_KEPT = 10_000


@dataclass(slots=True)
class Throttle:
    """`now` is seconds of a clock that never goes back."""

    _tries: dict[str, deque[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def enter(self, name: str, address: str, now: float) -> float:
        """Counts a try and returns 0, or the seconds until this name may be tried from this address. Counted
        before the password is looked at, so that a hundred tries at once are a hundred."""
        with self._lock:
            wait = max(self._pause(key, most, now) for key, most in _keys(name, address))
            if not wait:
                self._forget(now)
                for key, _ in _keys(name, address):
                    self._tries.setdefault(key, deque()).append(now)
            return wait

    def succeeded(self, name: str, address: str) -> None:
        """That try was right: what was wrong with the name before is forgotten too."""
        with self._lock:
            self._tries.pop(f"name {name}", None)
            if tries := self._tries.get(f"address {address}"):
                tries.pop()

    def _pause(self, key: str, most: int, now: float) -> float:
        tries = self._tries.get(key)
        while tries and now - tries[0] >= WINDOW_SECONDS:
            tries.popleft()
        return tries[-most] + WINDOW_SECONDS - now if tries and len(tries) >= most else 0.0

    def _forget(self, now: float) -> None:
        """Bounded, whoever tries however many names: what is over goes first, then the oldest."""
        if len(self._tries) < _MOST_KEPT:
            return
        over = [key for key, tries in self._tries.items() if not tries or now - tries[-1] >= WINDOW_SECONDS]
        for key in over or list(self._tries)[: _MOST_KEPT // 10]:
            del self._tries[key]


def _keys(name: str, address: str) -> Iterable[tuple[str, int]]:
    return ((f"name {name}", BY_NAME), (f"address {address}", BY_ADDRESS))
