"""The places of one endpoint and the bounded queue before them: what stands in front of a server that would
queue without end.

First come, first served. A place is handed from whoever leaves to whoever has waited longest, so that nobody
who comes in between can take it. Must not be used from more than one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Places:
    """`limit` None: there is no bound here. `now` is a monotonic time in seconds."""

    def __init__(
        self, now: Callable[[], float], limit: int | None, most_waiting: int, slow_start: float
    ) -> None:
        self.running = 0
        self.closed = False
        """While it is set nobody is given a place, although there are some: the server has its own queue."""
        self._now = now
        self._turns: deque[asyncio.Future[bool]] = deque()
        self._since: float | None = None
        self.resize(limit, most_waiting, slow_start)

    def resize(self, limit: int | None, most_waiting: int, slow_start: float) -> None:
        """Holds from now on; nobody is sent away for it."""
        self._limit, self._most_waiting, self._slow_start = limit, most_waiting, slow_start

    @property
    def waiting(self) -> int:
        return len(self._turns)

    @property
    def limit(self) -> int | None:
        """Places now: all of them, or while it starts slowly a share that grows with time."""
        if self._limit is None or self._since is None:
            return self._limit
        share = (self._now() - self._since) / self._slow_start if self._slow_start else 1.0
        if share >= 1.0:
            self._since = None
            return self._limit
        return max(1, int(self._limit * share))

    @property
    def free(self) -> bool:
        limit = self.limit
        return not self.closed and (limit is None or self.running < limit)

    @property
    def full(self) -> bool:
        """Whether one more call is not even let in to wait."""
        return not (self.free and not self._turns) and len(self._turns) >= self._most_waiting

    def start_slowly(self) -> None:
        """The server has just come back, with cold caches."""
        self._since = self._now()

    async def take(self, patience: float) -> bool:
        """A place, at once or within `patience` seconds. False: none came free, nobody may wait any more, or
        all who waited were sent away."""
        if self.free and not self._turns:
            self.running += 1
            return True
        if self.full or patience <= 0:
            return False
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        try:
            async with asyncio.timeout(patience):
                return await turn
        except TimeoutError:
            return _given(turn)  # it may have come in the same moment
        except asyncio.CancelledError:
            if _given(turn):
                self.leave()
            raise
        finally:
            if turn in self._turns:
                self._turns.remove(turn)

    def leave(self) -> None:
        """Gives a place back."""
        self.running -= 1
        self.serve()

    def serve(self) -> None:
        """Gives free places to those who wait."""
        while self._turns and self.free:
            turn = self._turns.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(True)

    def send_away(self) -> None:
        """Whoever waits has to go elsewhere."""
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(False)


def _given(turn: asyncio.Future[bool]) -> bool:
    return turn.done() and not turn.cancelled() and turn.result()
