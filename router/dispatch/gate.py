"""What stands before one endpoint: may it be asked, has it a place, how busy is it.

Circuit (does it work), hold (it says itself that it does not), places (is there room) and pace (how fast is
it) meet here, so that the attempt loop asks one thing.
"""

from __future__ import annotations

from collections.abc import Callable

from router.dispatch.circuit import Circuit
from router.dispatch.pace import Pace
from router.dispatch.places import Places
from router.dispatch.refusal import Miss
from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from router.domain.load import OUT_OF_SERVICE, Load, expected_wait

_REMOTE = frozenset({Wire.OPENAI, Wire.HOSTED})
_SOON = 1.0


class Gate:
    """`now` is a monotonic time in seconds. `engine`: requests running and waiting in the server, whoever
    sent them, as it says itself; None: it does not, or not lately. `server`: the endpoint whose gate it is,
    although others may share it."""

    def __init__(self, endpoint: Endpoint, now: Callable[[], float]) -> None:
        self.server = endpoint.server or endpoint.id
        self.circuit = Circuit()
        self.places = Places(now, _limit(endpoint), endpoint.max_waiting, endpoint.slow_start)
        self.pace = Pace()
        self.held: str | None = None
        self._drained = False
        self.engine: tuple[int, int] | None = None
        self.last_answer: float | None = None
        self._endpoint = endpoint
        self._now = now

    def follow(self, endpoint: Endpoint) -> None:
        """The catalog was read again."""
        if endpoint is not self._endpoint:
            self._endpoint = endpoint
            self.places.resize(_limit(endpoint), endpoint.max_waiting, endpoint.slow_start)

    @property
    def shut(self) -> bool:
        """Whether nobody is to be sent here now."""
        if self.held is not None:
            return True
        return not self.circuit.closed and self.circuit.is_open(self._now())

    def enter_at_once(self) -> bool:
        """Takes a place where one is free and nothing speaks against it; False: ask `enter`."""
        places = self.places
        if self._drained or self.held or places.waiting or not places.free:
            return False
        if not self.circuit.start(self._now()):
            return False
        places.running += 1
        return True

    async def enter(self, patience: float) -> Miss | None:
        """Takes a place, waiting for one at most `patience` seconds; why there is none."""
        miss = self._barred()
        if miss is not None:
            return miss
        waits = patience > 0.0 and not self.places.full
        if not await self.places.take(patience):
            told = f"no place came free within {patience:.3g} s" if waits else "all its places are taken"
            load = self.load(paced=True)
            return self._barred() or Miss(told, delay=None if load is None else load.wait_s, busy=True)
        miss = self._barred()  # while it waited
        if miss is None and not self.circuit.start(self._now()):
            miss = Miss("its circuit is open", delay=self.circuit.wait(self._now()), held=True)
        if miss is not None:
            self.places.leave()
        return miss

    def answered(self, seconds: float, first: float | None, output: int | None) -> None:
        """The call ended and the endpoint works."""
        self.last_answer = self._now()
        self.pace.answered(seconds, first, output)
        self.works()

    def works(self) -> None:
        """The call ended, whatever it said, by no fault of the endpoint's."""
        if self.circuit.succeeded():
            self.places.start_slowly()
        self.places.leave()

    def failed(self) -> None:
        """The call ended by the endpoint's fault."""
        self.circuit.failed(self._now())
        if self.shut:
            self.places.send_away()
        self.places.leave()

    def ended(self) -> None:
        """The call ended for a reason that says nothing of the endpoint."""
        self.circuit.ended()
        self.places.leave()

    def hold(self, why: str) -> None:
        """Nobody is sent there until `release`; whoever waits goes elsewhere."""
        self.held = why
        self.places.send_away()

    def release(self) -> None:
        """It is well again: it gets its places bit by bit."""
        if self.held is not None:
            self.held = None
            self.places.start_slowly()

    def drain(self, away: bool) -> None:
        """Out of service; False: back in service, bit by bit."""
        if away:
            self.places.send_away()
        elif self._drained:
            self.places.start_slowly()
        self._drained = away

    def heard(self, running: int | None, waiting: int | None) -> None:
        """What the server says of its own queue; None: nothing, or not lately."""
        self.engine = None if running is None or waiting is None else (running, waiting)
        most = self._endpoint.max_engine_waiting
        self.places.closed = most is not None and waiting is not None and waiting >= most
        self.places.serve()

    def load(self, *, paced: bool) -> Load | None:
        """How busy it is; None: idle as far as is known. `paced`: its speed matters although it is idle."""
        places = self.places
        limit = places.limit
        if limit is None:
            return None
        pace = self.pace
        service = pace.service.known
        room = places.running < limit and not places.closed and not places.waiting
        here = 0.0 if room else expected_wait(places.waiting, limit, service)
        wait = here if self.engine is None else self._with_inside(here, service, *self.engine)
        if wait == 0.0 and not paced:
            return None
        full = not room and (places.full or (here is not None and here > self._endpoint.max_wait))
        return Load(places.running, limit, wait, full, pace.first.known, pace.token.known)

    def _with_inside(
        self, here: float | None, service: float | None, running: int, waiting: int
    ) -> float | None:
        """Seconds that one more call is expected to wait, here or in the server, whichever is longer."""
        inside = expected_wait(waiting - 1, max(1, running), service) if waiting else 0.0
        return None if here is None or inside is None else max(here, inside)

    def _barred(self) -> Miss | None:
        why = OUT_OF_SERVICE if self._drained else self.held
        if why is not None:
            return Miss(why, delay=_SOON, held=True)
        now = self._now()
        if self.circuit.is_open(now):
            return Miss("its circuit is open", delay=self.circuit.wait(now), held=True)
        return None


def _limit(endpoint: Endpoint) -> int | None:
    """Models in this process have a bounded queue of their own, which lets a few wait."""
    return endpoint.max_concurrency if endpoint.wire in _REMOTE else None
