"""When the tokens of a simulated reply are due: drawn once per reply, divided by the speed factor."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from router.sandbox.profiles import Pace

_SHORTEST_SLEEP_S = 0.001


@dataclass(slots=True)
class Stopwatch:
    """Waits until tokens are due, and yields in any case so that a client that leaves is noticed.

    Drift-free: late wake-ups are caught up by shorter waits.
    """

    token_s: float
    _due: float

    @classmethod
    def start(
        cls, pace: Pace, rng: random.Random, uncached_tokens: int, load: float, speed: float
    ) -> Stopwatch:
        """`load` is the share of places taken, 0 to 1: a full server generates half as fast per request."""
        first = pace.first_token_s * rng.lognormvariate(0, pace.first_token_sigma)
        first += uncached_tokens / pace.prefill_tokens_per_s
        token_s = pace.token_s * rng.lognormvariate(0, pace.token_sigma) * (1 + load)
        return cls(token_s / speed, asyncio.get_running_loop().time() + first / speed)

    async def after(self, tokens: int) -> None:
        """Returns when `tokens` more tokens have been generated."""
        self._due += tokens * self.token_s
        left = self._due - asyncio.get_running_loop().time()
        await asyncio.sleep(left if left > _SHORTEST_SLEEP_S else 0)

    def per_event(self, gap_s: float) -> int:
        """Tokens that one stream event must carry so that events come at least `gap_s` apart."""
        return max(1, round(gap_s / self.token_s)) if self.token_s > 0 else 1
