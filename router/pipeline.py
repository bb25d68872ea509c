"""One request, top to bottom. Whoever reads only `handle` and `_serve` knows the system.

Everything it needs is injected; every stage is a function or a port. Settling is synchronous, so no
cancellation can come between what was spent and its record, and it comes before the last byte goes out:
a client that saw the end of its answer can rely on the row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator

import orjson

from router.clock import Clock, utc
from router.deciding import Deciding
from router.decision_trace import trace_for_app
from router.dispatch.loop import Dispatcher
from router.errors import TiergateError
from router.faults import told
from router.ingress.authenticate import Keys, authenticate
from router.ingress.call import ClientCall, ClientGone
from router.ingress.hints import read_request_id
from router.ingress.openai import parse_chat
from router.jobs import Book, job_of
from router.judge.judging import Judging
from router.memory import Memory
from router.meter.bill import Bill
from router.observe import Observer
from router.policy.refuse import refusal
from router.policy.reload import PolicySource
from router.prompts.keep import Prompts
from router.ratelimit.admission import Admission
from router.record.journal import Journal, JournalError
from router.respond import Heartbeat, Relay, respond
from router.settings import Settings
from router.ticket import Ticket
from router.tracing import Tracer
from router.verdicts import Verdicts

log = logging.getLogger(__name__)
_LARGE_BODY = 200_000
"""Bytes. Reading more than this takes long enough, milliseconds, to keep other requests waiting."""
_SHOWN = 80
"""Characters of a field's name that are logged; the names of headers and metadata are the caller's."""


class _NextTurn:
    """Lets the requests that came together with this one get as far, before any of them goes on; what
    `asyncio.sleep(0)` waits for, without its coroutines.

    The same code run for all of them in a row is in the processor's caches from the second on, which is
    worth more than the turn of the event loop (Larus and Parkes, Using Cohort Scheduling to Enhance
    Server Performance, USENIX 2002). Nothing has been spent yet, so a cancellation may come here."""

    def __await__(self) -> Generator[None, None, None]:
        yield


_NEXT_TURN = _NextTurn()


class Pipeline:
    """The injected ports and the order in which they are used."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        source: PolicySource,
        deciding: Deciding,
        admission: Admission,
        dispatcher: Dispatcher,
        journal: Journal,
        verdicts: Verdicts,
        judging: Judging,
        observer: Observer,
        clock: Clock,
        memory: Memory,
        tracer: Tracer | None = None,
        prompts: Prompts | None = None,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._source = source
        self._deciding = deciding
        self._admission = admission
        self._dispatcher = dispatcher
        self._journal = journal
        self._verdicts = verdicts
        self._judging = judging
        self._observer = observer
        self._clock = clock
        self._memory = memory
        self._in_flight = 0
        self._tracer = tracer
        self._prompts = prompts

    async def handle(self, call: ClientCall) -> None:
        """Serves one chat completion from its bytes to its ledger row, whatever happens in between."""
        ticket = self._ticket(call)
        if self._tracer is not None:
            ticket.span = self._tracer.begin(call.headers, ticket.started_us)
        self._in_flight += 1
        try:
            await self._serve(ticket, call)
        except TiergateError as error:
            ticket.error = error
        except ClientGone:
            ticket.cancelled = True
        except asyncio.CancelledError:
            ticket.cancelled = True
            ticket.stopped = not call.disconnected
            self._settle(ticket)
            if ticket.stopped:
                raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the request is booked and answered
            log.error("request %s failed by a defect of the gateway: %s", ticket.id, told(error))
            ticket.error = TiergateError("The gateway failed on this request.")
        finally:
            self._in_flight -= 1
            self._admission.leave(ticket)
            call.unwatch()
        if not ticket.cancelled:
            overhead_us = self._settle(ticket)
            await self._respond(ticket, call, overhead_us)
            self._verdicts.check_later(ticket)
            self._judging.later(ticket)

    async def explain(self, call: ClientCall, body: bytes) -> bytes:
        """The decision for a request, as JSON, without making any call. Raises TiergateError."""
        ticket = self._ticket(call)
        ticket.caller = authenticate(call.headers, self._keys)
        ticket.request = parse_chat(body, call.headers)
        await self._deciding.detect(ticket)
        self._deciding.decide(ticket)
        return orjson.dumps({"policy_digest": ticket.bundle.digest, **trace_for_app(ticket)})

    async def _serve(self, ticket: Ticket, call: ClientCall) -> None:
        ticket.caller = authenticate(call.headers, self._keys)
        body = await call.body(self._settings.max_body_bytes, self._settings.body_timeout)
        ticket.request = request = parse_chat(body, call.headers)
        if ticket.bundle.limits.limits:
            await self._admission.admit(ticket)
        began_us = self._clock.wall_us() if ticket.span is not None else 0
        if ticket.bundle.policy.sought:
            await self._deciding.detect(ticket)
        if len(body) < _LARGE_BODY:
            for step in self._deciding.steps:
                if self._in_flight > 1:
                    await _NEXT_TURN
                step(ticket)
            if self._in_flight > 1:
                await _NEXT_TURN
        else:
            await asyncio.to_thread(self._deciding.decide, ticket)
        if ticket.bundle.limits.of_models and await self._admission.choose(ticket):
            self._deciding.keep_trace(ticket)
        if ticket.span is not None:
            ticket.decided = (began_us, self._clock.wall_us())
        decision, facts = ticket.decision, ticket.facts
        assert decision is not None and facts is not None
        if not decision.candidates:
            raise refusal(decision, facts, ticket.bundle.catalog)
        call.watch()
        job = job_of(ticket, call, self._deciding.inspection(ticket, decision.rule))
        book = Book(ticket, self._journal, self._settings)
        if job.held:
            ticket.held = True
            async with Heartbeat(call, ticket, decision.rule.checks.heartbeat):
                ticket.answer = await self._dispatcher.run(job, ticket.bill, book, None)
            if ticket.served_by() is not None:
                ticket.ttft_us = self._elapsed_us(ticket)
            return
        relay = Relay(call, ticket, self._clock) if request.stream else None
        ticket.answer = await self._dispatcher.run(job, ticket.bill, book, relay)

    def _ticket(self, call: ClientCall) -> Ticket:
        started_us = self._clock.wall_us()
        request_id = self._clock.request_id(started_us)
        return Ticket(
            request_id,
            started_us,
            self._clock.monotonic_ns(),
            utc(started_us),
            read_request_id(call.headers),
            self._source.current,
            Bill(request_id, self._clock),
            self._settings.store_prompts,
            self._settings.ledger_residency,
        )

    def _elapsed_us(self, ticket: Ticket) -> int:
        return (self._clock.monotonic_ns() - ticket.started_ns) // 1000

    def _settle(self, ticket: Ticket) -> int:
        """Books the request; the gateway's own share of its duration in microseconds."""
        duration_us = self._elapsed_us(ticket)
        if ticket.error is not None:
            log.log(ticket.error.log_level, "request %s: %s", ticket.id, _told(ticket.error))
            self._observer.refused(ticket.error)
        if ticket.caller is None or ticket.request is None:
            if ticket.span is not None:
                ticket.span.refused(ticket.error, duration_us)
            return duration_us
        record = ticket.record(duration_us)
        self._journal.settle(record, ticket.bill.attempts)
        if self._prompts is not None:
            self._prompts.keep(ticket)
        self._verdicts.settled(ticket)
        self._observer.finished(record, ticket.bill.attempts)
        if ticket.decision is not None and ticket.decision.spilled is not None:
            self._observer.spilled(ticket.decision.spilled, "late")
        if ticket.span is not None:
            ticket.span.finished(record, ticket.bill.attempts, ticket.bill.findings, ticket.decided)
        served = ticket.served_by()
        if served is not None and ticket.facts is not None and ticket.names is not None:
            self._memory.remember(ticket.names, ticket.facts, served)
        assert record.gateway_us is not None  # unknown only after a gateway's death
        return record.gateway_us

    async def _respond(self, ticket: Ticket, call: ClientCall, overhead_us: int) -> None:
        try:
            await self._journal.durable()
        except JournalError:
            log.exception("request %s is not forced to disk", ticket.id)
        await respond(call, ticket, overhead_us)


def _told(error: TiergateError) -> str:
    """Code and field, never a value or a message: those may hold what the request says."""
    if error.param is None:
        return error.code
    return f"{error.code} at {error.param[:_SHOWN]!r}"
