"""One request, top to bottom. Whoever reads only `handle` and `_serve` knows the system.

Everything it needs is injected; every stage is a function or a port. Settling is synchronous, so no
cancellation can come between what was spent and its record, and it comes before the last byte goes out:
a client that saw the end of its answer can rely on the row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import orjson

from router.classify.port import Classifier
from router.clock import Clock, utc
from router.decision_trace import trace_of
from router.dispatch.job import Job
from router.dispatch.loop import Dispatcher
from router.domain.facts import Signals
from router.domain.kinds import Task, VerifierName, VerifyMode
from router.domain.policy import Rule
from router.errors import TiergateError, Unavailable, UnknownModel
from router.ingress.authenticate import Keys, authenticate
from router.ingress.call import ClientCall, ClientGone
from router.ingress.hints import read_request_id
from router.ingress.openai import parse_chat
from router.judge.judging import Judging
from router.memory import Memory, conversation_unit
from router.meter.bill import Bill, RunningAttempt
from router.observe import Observer
from router.policy.decide import decide
from router.policy.facts import gather_facts
from router.policy.holdout import hold_out
from router.policy.refuse import refusal
from router.policy.reload import PolicySource
from router.policy.shadow import shadow_decisions
from router.record.journal import Journal, JournalError
from router.respond import Heartbeat, Relay, respond
from router.settings import Settings
from router.telemetry import TRACE_HEADERS
from router.ticket import Ticket
from router.tracing import Tracer
from router.verdicts import Verdicts
from router.verify.consistency import agreed
from router.verify.inspection import Checker, Inspection, sampled
from router.verify.subject import subject_of

log = logging.getLogger(__name__)
_LARGE_BODY = 200_000
"""Bytes. Reading more than this takes long enough, milliseconds, to keep other requests waiting."""
_SHOWN = 80
"""Characters of a field's name that are logged; the names of headers and metadata are the caller's."""


class Pipeline:
    """The injected ports and the order in which they are used."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        classifier: Classifier,
        source: PolicySource,
        dispatcher: Dispatcher,
        checker: Checker,
        journal: Journal,
        verdicts: Verdicts,
        judging: Judging,
        observer: Observer,
        clock: Clock,
        memory: Memory,
        tracer: Tracer | None = None,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._classifier = classifier
        self._source = source
        self._dispatcher = dispatcher
        self._checker = checker
        self._journal = journal
        self._verdicts = verdicts
        self._judging = judging
        self._observer = observer
        self._clock = clock
        self._memory = memory
        self._in_flight = 0
        self._tracer = tracer

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
        except Exception:
            log.exception("request %s failed by a defect of the gateway", ticket.id)
            ticket.error = TiergateError("The gateway failed on this request.")
        finally:
            self._in_flight -= 1
            call.unwatch()
        if not ticket.cancelled:
            overhead_us = self._settle(ticket)
            await self._respond(ticket, call, overhead_us)
            self._verdicts.check_later(ticket)
            self._judging.later(ticket)

    def explain(self, call: ClientCall, body: bytes) -> bytes:
        """The decision for a request, as JSON, without making any call. Raises TiergateError."""
        ticket = self._ticket(call)
        ticket.caller = authenticate(call.headers, self._keys)
        ticket.request = parse_chat(body, call.headers)
        self._decide(ticket)
        return orjson.dumps({"policy_digest": ticket.bundle.digest, **trace_of(ticket)})

    async def _serve(self, ticket: Ticket, call: ClientCall) -> None:
        ticket.caller = authenticate(call.headers, self._keys)
        body = await call.body(self._settings.max_body_bytes, self._settings.body_timeout)
        ticket.request = request = parse_chat(body, call.headers)
        began_us = self._clock.wall_us() if ticket.span is not None else 0
        if len(body) < _LARGE_BODY:
            for step in (self._read, self._choose, self._keep_trace):
                await self._catch_up()
                step(ticket)
            await self._catch_up()
        else:
            await asyncio.to_thread(self._decide, ticket)
        if ticket.span is not None:
            ticket.decided = (began_us, self._clock.wall_us())
        decision, facts = ticket.decision, ticket.facts
        assert decision is not None and facts is not None
        if not decision.candidates:
            raise refusal(decision, facts, ticket.bundle.catalog)
        call.watch()
        job, book = self._job(ticket, call), _Book(ticket, self._journal, self._settings)
        if job.held:
            ticket.held = True
            async with Heartbeat(call, ticket, decision.rule.checks.heartbeat):
                ticket.answer = await self._dispatcher.run(job, ticket.bill, book, None)
            if ticket.served_by() is not None:
                ticket.ttft_us = self._elapsed_us(ticket)
            return
        relay = Relay(call, ticket, self._clock) if request.stream else None
        ticket.answer = await self._dispatcher.run(job, ticket.bill, book, relay)

    async def _catch_up(self) -> None:
        """Lets the requests that came together with this one get as far, before any of them goes on.

        The same code run for all of them in a row is in the processor's caches from the second on, which is
        worth more than the turn of the event loop (Larus and Parkes, Using Cohort Scheduling to Enhance
        Server Performance, USENIX 2002). Nothing has been spent yet, so a cancellation may come here."""
        if self._in_flight > 1:
            await asyncio.sleep(0)

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
        )

    def _decide(self, ticket: Ticket) -> None:
        """Classifies and decides, and leaves the trace of both on the ticket."""
        self._read(ticket)
        self._choose(ticket)
        self._keep_trace(ticket)

    def _read(self, ticket: Ticket) -> None:
        """What is known of the request. Raises UnknownModel."""
        request, bundle, caller = ticket.request, ticket.bundle, ticket.caller
        assert request is not None and caller is not None
        if request.pin.model is not None and request.pin.model not in bundle.catalog.models:
            message = f"The model '{request.pin.model}' does not exist; see GET /v1/models."
            raise UnknownModel(message, param="model")
        ticket.subject = subject_of(request.payload, request.conversation, request.declared)
        ticket.signals = self._classify(ticket)
        if request.hints.tags:
            ticket.tags = orjson.dumps(request.hints.tags).decode()
        ticket.facts = gather_facts(
            caller,
            request.pin,
            request.hints,
            request.conversation,
            request.capabilities,
            request.greedy,
            ticket.signals,
            bundle.policy.default_data_class,
            ticket.now,
            self._memory.recall(caller, request.conversation, ticket.now),
            conversation_unit(caller, request.conversation) if bundle.policy.by_conversation else None,
        )

    def _choose(self, ticket: Ticket) -> None:
        bundle = ticket.bundle
        ticket.unhealthy = unhealthy = self._dispatcher.unhealthy()
        assert ticket.facts is not None
        decision = decide(
            ticket.facts,
            bundle.policy,
            bundle.catalog,
            bundle.prices,
            unhealthy,
            lambda rule: self._checked_before_reply(ticket, rule),
        )
        ticket.decision, ticket.holdout = hold_out(decision, ticket.facts, bundle.policy, ticket.id)
        if bundle.policy.shadows:
            ticket.shadows = shadow_decisions(
                ticket.facts, decision.rule, bundle.policy, bundle.catalog, bundle.prices, unhealthy
            )

    def _keep_trace(self, ticket: Ticket) -> None:
        ticket.trace = orjson.dumps(trace_of(ticket)).decode()

    def _classify(self, ticket: Ticket) -> Signals | None:
        assert ticket.request is not None
        try:
            return self._classifier.classify(ticket.request.conversation)
        except Exception:
            log.exception("request %s could not be classified", ticket.id)
            return None

    def _checked_before_reply(self, ticket: Ticket, rule: Rule) -> frozenset[VerifierName] | None:
        """The checks that `rule` makes of this request's answers before they go out; None: none."""
        inspection = self._inspection(ticket, rule)
        if inspection is not None and inspection.early:
            ticket.checks = inspection.applying()
        return ticket.checks

    def _inspection(self, ticket: Ticket, rule: Rule) -> Inspection | None:
        """The checks of the request under its rule, made once; None: the rule wants none of this one."""
        request, subject = ticket.request, ticket.subject
        assert request is not None and subject is not None
        wanted = rule.verify is not VerifyMode.NONE and sampled(ticket.id, rule.checks.share)
        if wanted and ticket.inspection is None:
            # What is not held back is checked when it has gone out: streams, unless the rule says so.
            early = rule.checks_before(stream=request.stream)
            ticket.inspection = self._checker.inspection(subject, rule.checks, early=early)
        return ticket.inspection

    def _job(self, ticket: Ticket, call: ClientCall) -> Job:
        request, decision, facts = ticket.request, ticket.decision, ticket.facts
        assert request is not None and decision is not None and facts is not None
        inspection = self._inspection(ticket, decision.rule)
        early = inspection is not None and inspection.early
        judge = decision.rule.judge
        ticket.judged = judge is not None and sampled(ticket.id, judge.share)
        return Job(
            request.payload,
            decision,
            request.include_usage,
            facts.input_tokens,
            None if inspection is None else inspection.check,
            _trace_context(ticket, call),
            inspection.check_rest if inspection is not None and early else None,
            _samples(ticket),
            agreed if _may_agree(ticket) else None,
            held=request.stream and early,
            keep=ticket.judged,
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
        self._verdicts.settled(ticket)
        self._observer.finished(record, ticket.bill.attempts)
        if ticket.span is not None:
            ticket.span.finished(record, ticket.bill.attempts, ticket.bill.findings, ticket.decided)
        served = ticket.served_by()
        if served is not None and ticket.facts is not None:
            self._memory.remember(ticket.caller, ticket.request.conversation, ticket.facts, served)
        assert record.gateway_us is not None  # unknown only after a gateway's death
        return record.gateway_us

    async def _respond(self, ticket: Ticket, call: ClientCall, overhead_us: int) -> None:
        try:
            await self._journal.durable()
        except JournalError:
            log.exception("request %s is not forced to disk", ticket.id)
        await respond(call, ticket, overhead_us)


def _trace_context(ticket: Ticket, call: ClientCall) -> Mapping[str, str]:
    """What upstreams are told of the trace; without spans of our own, what the caller said."""
    if ticket.span is not None:
        return ticket.span.headers()
    return {name: call.headers[name] for name in TRACE_HEADERS if name in call.headers}


def _told(error: TiergateError) -> str:
    """Code and field, never a value or a message: those may hold what the request says."""
    if error.param is None:
        return error.code
    return f"{error.code} at {error.param[:_SHOWN]!r}"


def _samples(ticket: Ticket) -> int:
    """How many answers its rule buys at once; one where they would all be the same, or where nothing is
    checked before the reply."""
    request, decision, facts = ticket.request, ticket.decision, ticket.facts
    assert request is not None and decision is not None and facts is not None
    if ticket.inspection is None or not ticket.inspection.early:
        return 1
    profile = decision.candidates[0].model.profile
    lifted = profile is not None and profile.forbid_greedy
    greedy = facts.greedy or (request.payload.get("temperature") == 0 and not lifted)
    return 1 if greedy or request.payload.get("seed") is not None else decision.rule.samples


def _may_agree(ticket: Ticket) -> bool:
    """Whether samples that nothing can check may be compared: final answers of mathematics."""
    decision, facts = ticket.decision, ticket.facts
    assert decision is not None and facts is not None
    names = decision.rule.checks.verifiers
    return facts.task is Task.MATH and (not names or VerifierName.CONSISTENCY in names)


class _Book:
    """Writes an attempt into the journal before it is sent."""

    def __init__(self, ticket: Ticket, journal: Journal, settings: Settings) -> None:
        self._ticket = ticket
        self._journal = journal
        self._deny = settings.on_ledger_error == "deny"

    async def opening(self, attempt: RunningAttempt) -> None:
        try:
            self._journal.open(self._ticket.opening(attempt))
            await self._journal.durable()
        except JournalError as error:
            log.error("request %s: %s", self._ticket.id, error)
            if self._deny:
                message = "The ledger cannot be written, so nothing may be spent."
                raise Unavailable(message, code="ledger_unavailable") from error
