"""The attempt loop: candidates in order, retries on the right errors, one answer or a clear failure.

Failover happens only before the first byte of substance reached the caller. Every attempt is opened in
the book before it is sent and ended on the bill however it ends, cancellation included; nothing between
an attempt's end and its place on the bill can be interrupted. Must not decide who may be called.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from router.clock import Clock
from router.dispatch.circuit import Circuit
from router.dispatch.exchange import Exchange
from router.dispatch.exhausted import exhausted, give_back, not_asked
from router.dispatch.job import Answer, Book, Job, Relay
from router.dispatch.port import Upstream, UpstreamFailure
from router.dispatch.refusal import Miss
from router.dispatch.samples import chosen, several, wanted
from router.dispatch.turned_down import TurnedDown, beyond, failed, refused
from router.domain.budget import Shortage
from router.domain.catalog import Endpoint
from router.domain.decision import Candidate
from router.domain.kinds import OnError, Wire
from router.meter.bill import Bill, RunningAttempt

_FIRST_BACKOFF = 0.1
_LONGEST_BACKOFF = 2.0
_REMOTE = frozenset({Wire.OPENAI, Wire.HOSTED})


class Dispatcher:
    """Owns the circuits of all endpoints; stateless otherwise."""

    def __init__(
        self,
        upstreams: Mapping[Wire, Upstream],
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._upstreams = upstreams
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._circuits: dict[str, Circuit] = {}

    def unhealthy(self) -> frozenset[str]:
        """Ids of the endpoints whose circuit is open now."""
        now = self._now()
        return frozenset([name for name, circuit in self._circuits.items() if circuit.is_open(now)])

    def endpoints(self) -> frozenset[str]:
        """Ids of the endpoints that were called since the start."""
        return frozenset(self._circuits)

    async def run(self, job: Job, bill: Bill, book: Book, relay: Relay | None) -> Answer:
        """The answer, relayed already when `relay` is given. Raises UpstreamExhausted and its kin."""
        misses: list[tuple[str, Miss]] = []
        down, held, began = TurnedDown(), relay is None, self._now()
        stopped: str | None = None
        for at, candidate in enumerate(job.decision.candidates):
            if down.count:
                stopped = beyond(job.decision, bill, at, self._now() - began)
            if stopped is not None:
                break
            count = wanted(job, candidate) if at == 0 and held else 1
            answers = await several(count, partial(self._try, job, candidate, bill, book, relay, misses))
            given = chosen(job, answers, bill, held=held)
            for answer in answers:
                answer.rejected = down.count
            if given is not None:
                return given
            for answer in answers:
                how = refused(job, answer, held=held)
                if how is OnError.DENY:
                    misses.append((candidate.endpoint.id, Miss("its answer could not be checked")))
                down.add(answer, how)
        best = down.best(stopped)
        if best is not None:
            return best
        raise exhausted(misses)

    async def _try(
        self,
        job: Job,
        candidate: Candidate,
        bill: Bill,
        book: Book,
        relay: Relay | None,
        misses: list[tuple[str, Miss]],
    ) -> Answer | None:
        """One candidate with its retries; None when it gave no answer."""
        name = candidate.endpoint.id
        circuit = self._circuit(candidate.endpoint)
        for retry in range(candidate.endpoint.max_retries + 1):
            hold = None if job.purse is None else await job.purse.hold(candidate)
            if isinstance(hold, Shortage):
                misses.append((name, Miss(hold.reason, endpoint_fault=False, unpaid=hold)))
                return None
            if bill.started >= job.decision.rule.max_attempts:
                give_back(hold)
                return None
            if not circuit.start(self._now()):
                give_back(hold)
                misses.append((name, not_asked(circuit, self._now())))
                return None
            result = await self._attempt(job, bill.start(candidate, hold), circuit, bill, book, relay)
            if isinstance(result, Answer):
                return result
            misses.append((name, result))
            if not result.again or retry == candidate.endpoint.max_retries:
                return None
            await self._sleep(self._backoff(retry) if result.delay is None else result.delay)
        return None

    async def _attempt(
        self,
        job: Job,
        attempt: RunningAttempt,
        circuit: Circuit,
        bill: Bill,
        book: Book,
        relay: Relay | None,
    ) -> Answer | Miss:
        candidate = attempt.candidate
        try:
            await book.opening(attempt)
        except BaseException:
            give_back(attempt.hold)
            circuit.ended()
            raise
        exchange = Exchange(job, attempt, relay, self._clock)
        try:
            result = await exchange.run(self._upstreams[candidate.endpoint.wire])
        except UpstreamFailure as failure:
            result = exchange.failed(failure)
        except BaseException:
            circuit.ended()
            bill.end(attempt, exchange.cancelled())
            await exchange.close()
            raise
        broken = result.broken is not None if isinstance(result, Answer) else result.endpoint_fault
        if broken:
            circuit.failed(self._now())
        else:
            circuit.succeeded()
        try:
            if isinstance(result, Answer):
                result.n = attempt.n
            if isinstance(result, Answer) and relay is None:
                await _check_slowly(job, result, bill, attempt)
        finally:  # A caller that goes away meanwhile does not change what was bought.
            finding = result.finding if isinstance(result, Answer) else None
            bill.end(attempt, exchange.ending, finding)
            await exchange.close()
        return result

    def _circuit(self, endpoint: Endpoint) -> Circuit:
        circuit = self._circuits.get(endpoint.id)
        if circuit is None:
            # Models in this process have a bounded queue of their own, which lets a few wait.
            limit = endpoint.max_concurrency if endpoint.wire in _REMOTE else None
            circuit = self._circuits[endpoint.id] = Circuit(limit)
        return circuit

    def _backoff(self, retry: int) -> float:
        """Full jitter: a random share of a doubling pause."""
        pause: float = min(_FIRST_BACKOFF * 2**retry, _LONGEST_BACKOFF)
        return self._jitter() * pause

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9


async def _check_slowly(job: Job, answer: Answer, bill: Bill, attempt: RunningAttempt) -> None:
    """Completes the finding on an answer where that must be known before the reply."""
    if job.slow_check is None or answer.finding is None or answer.completion is None:
        return
    if not failed(answer):
        bill.done(attempt)
        answer.finding = await job.slow_check(answer.completion, answer.finding)
