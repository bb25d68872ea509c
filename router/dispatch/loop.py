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
from math import ceil

from router.clock import Clock
from router.dispatch.circuit import Circuit
from router.dispatch.exchange import Exchange
from router.dispatch.job import Answer, Book, Job, Relay
from router.dispatch.port import Upstream, UpstreamFailure
from router.dispatch.refusal import Miss
from router.dispatch.samples import chosen, several, wanted
from router.dispatch.turned_down import TurnedDown, beyond, failed, refused
from router.domain.budget import Hold, Shortage
from router.domain.catalog import Endpoint
from router.domain.decision import Candidate
from router.domain.kinds import OnError, Wire
from router.domain.money import PicoUSD
from router.errors import (
    InsufficientQuota,
    Overloaded,
    TiergateError,
    Unavailable,
    UpstreamExhausted,
    UpstreamTimeout,
)
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
        raise _exhausted(misses)

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
                _give_back(hold)
                return None
            if not circuit.start(self._now()):
                _give_back(hold)
                misses.append((name, _not_asked(circuit, self._now())))
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
            _give_back(attempt.hold)
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


def _give_back(hold: Hold | None) -> None:
    """Of a call that will not be made."""
    if hold is not None:
        hold.settle(PicoUSD(0))


def _not_asked(circuit: Circuit, now: float) -> Miss:
    if circuit.full:
        return Miss("all its places are taken", busy=True)
    return Miss("its circuit is open", delay=circuit.wait(now), held=True)


def _unpaid(shortages: list[Shortage], told: str) -> InsufficientQuota | Unavailable:
    """Nobody could be paid. Where it is only not known what is left, asking again in a moment may help."""
    if any(shortage.spent for shortage in shortages):
        return InsufficientQuota(f"A budget is spent. {told}")
    return Unavailable(
        f"What a budget has left is not known just now. {told}",
        code="budgets_unavailable",
        headers={"retry-after": "1"},
    )


def _exhausted(misses: list[tuple[str, Miss]]) -> TiergateError:
    """What the caller is told: every endpoint with its last reason; the status of the last miss."""
    last_reasons = {name: miss.reason for name, miss in misses}
    told = "; ".join(f"{name}: {reason}" for name, reason in last_reasons.items())
    unpaid = [miss.unpaid for _, miss in misses if miss.unpaid is not None]
    if unpaid and len(unpaid) == len(misses):
        return _unpaid(unpaid, told)
    misses = [(name, miss) for name, miss in misses if miss.unpaid is None]
    message = f"No upstream gave an answer. {told}"
    if misses and all(miss.busy for _, miss in misses):
        delay = max((miss.delay or 1.0 for _, miss in misses), default=1.0)
        return Overloaded(message, headers={"retry-after": str(ceil(delay))})
    if misses and all(miss.busy or miss.held for _, miss in misses):
        # Nobody was asked, so asking again in a moment costs nothing and may help.
        soonest = min(miss.delay or 1.0 for _, miss in misses)
        headers = {"retry-after": str(ceil(soonest))}
        return Unavailable(message, code="upstreams_unavailable", headers=headers)
    if misses and misses[-1][1].timeout:
        return UpstreamTimeout(message)
    return UpstreamExhausted(message)
