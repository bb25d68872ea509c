"""What the dispatcher is handed: the job of a decided request, and the book its attempts are opened in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from router.dispatch.job import Job
from router.domain.kinds import Task, VerifierName
from router.errors import Unavailable
from router.ingress.call import ClientCall
from router.meter.bill import RunningAttempt
from router.record.journal import Journal, JournalError
from router.settings import Settings
from router.telemetry import TRACE_HEADERS
from router.ticket import Ticket
from router.verify.consistency import agreed
from router.verify.inspection import Inspection, sampled

log = logging.getLogger(__name__)
_TRACED = frozenset(TRACE_HEADERS)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def job_of(ticket: Ticket, call: ClientCall, inspection: Inspection | None) -> Job:
    """What the dispatcher is to do for a decided request, checked as `inspection` says (None: not at all)."""
    request, decision, facts = ticket.request, ticket.decision, ticket.facts
    assert request is not None and decision is not None and facts is not None
    early = inspection is not None and inspection.early
    judge = decision.rule.judge
    ticket.bill.quotes = ticket.keeps_texts
    ticket.judged = judge is not None and sampled(ticket.id, judge.share)
    return Job(
        request.payload,
        decision,
        request.include_usage,
        facts.input_tokens,
        None if inspection is None else inspection.check,
        _trace_context(ticket, call),
        ticket.bundle.policy.clearance(facts.data_class, decision.rule),
        inspection.check_rest if inspection is not None and early else None,
        _samples(ticket),
        agreed if _may_agree(ticket) else None,
        held=request.stream and early,
        keep=ticket.judged,
        purse=ticket.purse,
    )


def _trace_context(ticket: Ticket, call: ClientCall) -> Mapping[str, str]:
    """What upstreams are told of the trace; without spans of our own, what the caller said."""
    if ticket.span is not None:
        return ticket.span.headers()
    if _TRACED.isdisjoint(call.headers):
        return _NO_HEADERS
    return {name: call.headers[name] for name in TRACE_HEADERS if name in call.headers}


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


class Book:
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
