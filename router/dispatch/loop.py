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
from router.dispatch.exchange import Exchange
from router.dispatch.exhausted import exhausted, give_back
from router.dispatch.gate import Gate
from router.dispatch.gates import Gates
from router.dispatch.job import Answer, Book, Job, Relay
from router.dispatch.port import Upstream, UpstreamFailure
from router.dispatch.refusal import Miss
from router.dispatch.samples import chosen, several, wanted
from router.dispatch.turned_down import TurnedDown, beyond, failed, refused
from router.domain.budget import Hold, Shortage
from router.domain.decision import Candidate
from router.domain.kinds import OnError, Wire
from router.meter.bill import Bill, RunningAttempt

_FIRST_BACKOFF = 0.1
_LONGEST_BACKOFF = 2.0


class Dispatcher:
    """Sends what is decided through the gates of the endpoints; stateless otherwise."""

    def __init__(
        self,
        upstreams: Mapping[Wire, Upstream],
        clock: Clock,
        gates: Gates | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._upstreams = upstreams
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self.gates = gates or Gates(clock)

    async def run(self, job: Job, bill: Bill, book: Book, relay: Relay | None) -> Answer:
        """The answer, relayed already when `relay` is given. Raises UpstreamExhausted and its kin."""
        misses: list[tuple[str, Miss]] = []
        down, held, began = TurnedDown(), relay is None, self.gates.now()
        stopped: str | None = None
        for at, candidate in enumerate(job.decision.candidates):
            if down.count:
                stopped = beyond(job.decision, bill, at, self.gates.now() - began)
            if stopped is not None:
                break
            count = wanted(job, candidate) if at == 0 and held else 1
            if count == 1:
                answer = await self._try(job, candidate, began, bill, book, relay, misses)
                answers = [] if answer is None else [answer]
            else:
                answers = await several(
                    count, partial(self._try, job, candidate, began, bill, book, relay, misses)
                )
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
        began: float,
        bill: Bill,
        book: Book,
        relay: Relay | None,
        misses: list[tuple[str, Miss]],
    ) -> Answer | None:
        """One candidate with its retries; None when it gave no answer."""
        name = candidate.endpoint.id
        gate = self.gates.of(candidate.endpoint)
        for retry in range(candidate.endpoint.max_retries + 1):
            if bill.started >= job.decision.rule.max_attempts:
                return None
            refused = await self._enter(job, candidate, gate, began, bill)
            if refused is not None:
                misses.append((name, refused))
                return None
            hold = await _paid(job, candidate, gate)
            if isinstance(hold, Shortage):
                misses.append((name, Miss(hold.reason, endpoint_fault=False, unpaid=hold)))
                return None
            if bill.started >= job.decision.rule.max_attempts:  # by others of the samples, while it waited
                give_back(hold)
                gate.ended()
                return None
            result = await self._attempt(job, bill.start(candidate, hold), gate, bill, book, relay)
            if isinstance(result, Answer):
                return result
            misses.append((name, result))
            if not result.again or retry == candidate.endpoint.max_retries:
                return None
            await self._sleep(self._backoff(retry) if result.delay is None else result.delay)
        return None

    async def _enter(
        self, job: Job, candidate: Candidate, gate: Gate, began: float, bill: Bill
    ) -> Miss | None:
        """A place at the endpoint, waited for as long as the endpoint allows and the rule's latency target
        leaves; why there is none."""
        if gate.enter_at_once():
            return None
        patience, target = candidate.endpoint.max_wait, job.decision.rule.latency_target
        if target is not None:
            service = (candidate.expected_seconds or 0.0) - _waiting(candidate)
            patience = min(patience, began + target - max(0.0, service) - self.gates.now())
        with bill.waiting():
            refused = await gate.enter(patience)
        if refused is not None:
            self.gates.turned_away(candidate.endpoint.id, "busy" if refused.busy else "held")
        return refused

    async def _attempt(
        self,
        job: Job,
        attempt: RunningAttempt,
        gate: Gate,
        bill: Bill,
        book: Book,
        relay: Relay | None,
    ) -> Answer | Miss:
        candidate = attempt.candidate
        try:
            await book.opening(attempt)
        except BaseException:
            give_back(attempt.hold)
            gate.ended()
            raise
        exchange = Exchange(job, attempt, relay, self._clock)
        try:
            result = await exchange.run(self._upstreams[candidate.endpoint.wire])
        except UpstreamFailure as failure:
            result = exchange.failed(failure)
        except BaseException:
            gate.ended()
            bill.end(attempt, exchange.cancelled())
            await exchange.close()
            raise
        bill.done(attempt)
        _leave(gate, attempt, exchange, result)
        try:
            if isinstance(result, Answer):
                result.n = attempt.n
            if isinstance(result, Answer) and relay is None:
                await _check_slowly(job, result)
        finally:  # A caller that goes away meanwhile does not change what was bought.
            finding = result.finding if isinstance(result, Answer) else None
            bill.end(attempt, exchange.ending, finding)
            await exchange.close()
        return result

    def _backoff(self, retry: int) -> float:
        """Full jitter: a random share of a doubling pause."""
        pause: float = min(_FIRST_BACKOFF * 2**retry, _LONGEST_BACKOFF)
        return self._jitter() * pause


async def _paid(job: Job, candidate: Candidate, gate: Gate) -> Hold | Shortage | None:
    """What the budgets set aside for a call that has its place; None: nobody counts it."""
    if job.purse is None:
        return None
    try:
        hold = await job.purse.hold(candidate)
    except BaseException:
        gate.ended()
        raise
    if isinstance(hold, Shortage):
        gate.ended()
    return hold


def _waiting(candidate: Candidate) -> float:
    return 0.0 if candidate.load is None else candidate.load.wait_s or 0.0


def _leave(gate: Gate, attempt: RunningAttempt, exchange: Exchange, result: Answer | Miss) -> None:
    """Gives the place back, with what the call says of its endpoint."""
    endpoint = attempt.candidate.endpoint
    if isinstance(result, Miss):
        if result.unready and endpoint.health_url is not None:
            gate.hold("its server says that it is not ready")  # until its health says otherwise
        # An adapter that is not loaded says nothing of the server that it shares with its base.
        if result.endpoint_fault and not (result.unknown and endpoint.server):
            gate.failed()
        else:
            gate.works()
    elif result.broken is not None:
        gate.failed()
    elif result.status != 200 or attempt.ended_ns is None:
        gate.works()
    else:
        usage, first = exchange.ending.usage, attempt.ttft_us
        seconds = (attempt.ended_ns - attempt.started_ns) / 1e9
        gate.answered(
            seconds, None if first is None else first / 1e6, None if usage is None else usage.output
        )


async def _check_slowly(job: Job, answer: Answer) -> None:
    """Completes the finding on an answer where that must be known before the reply."""
    if job.slow_check is None or answer.finding is None or answer.completion is None:
        return
    if not failed(answer):
        answer.finding = await job.slow_check(answer.completion, answer.finding)
