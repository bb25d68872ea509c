"""What the checks found -> the ledger's verdict rows and metrics, at once or after the reply.

Late checks are tasks of their own, so that no reply, no connection and no count of requests in flight waits
for one; only so many may wait, and at the end of the process only for so long. Must not change a settled row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from router.clock import Clock
from router.domain.finding import Finding, overall
from router.domain.kinds import Verdict
from router.domain.records import VerdictRecord
from router.observe import Observer
from router.record.journal import Journal
from router.ticket import Ticket
from router.verify.inspection import Inspection

log = logging.getLogger(__name__)
_MOST_WAITING = 256
"""Answers kept for a late check; a further one goes unchecked."""
_EVIDENCE_SHOWN = 300


class Verdicts:
    """Records findings; owns the late checks."""

    def __init__(self, journal: Journal, observer: Observer, clock: Clock) -> None:
        self._journal = journal
        self._observer = observer
        self._clock = clock
        self._late: set[asyncio.Task[None]] = set()

    def settled(self, ticket: Ticket) -> None:
        """Records what was found on every attempt before the reply; call it after the request's own row."""
        if ticket.bill.findings:
            self._record(ticket.id, ticket.bill.findings.items())

    def check_later(self, ticket: Ticket) -> None:
        """Starts what is left to check of the answer that went out, if there is anything."""
        answer, inspection = ticket.answer, ticket.inspection
        if inspection is None or answer is None or answer.completion is None or answer.finding is None:
            return
        if inspection.early or answer.finding.verdict is Verdict.FAILED:
            return
        if len(self._late) >= _MOST_WAITING:
            self._observer.unchecked()
            return
        work = self._check(ticket.id, answer.n, answer.completion, answer.finding, inspection)
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def close(self, seconds: float) -> None:
        """Waits for late checks, then ends them."""
        if self._late:
            _, waiting = await asyncio.wait(self._late, timeout=seconds)
            for task in waiting:
                task.cancel()
            if waiting:
                log.warning("%d late checks are given up", len(waiting))
                await asyncio.wait(waiting)

    async def _check(
        self, request_id: str, n: int, completion: Mapping[str, Any], known: Finding, inspection: Inspection
    ) -> None:
        found = await inspection.check_rest(completion, known)
        late = overall(found.parts[len(known.parts) :])
        self._record(request_id, [(n, late)])

    def _record(self, request_id: str, found: Iterable[tuple[int, Finding]]) -> None:
        """Idle findings leave no row: they would double the ledger and say nothing."""
        now = self._clock.wall_us()
        parts = [(n, part) for n, finding in found for part in finding.parts if not part.idle]
        for _, part in parts:
            self._observer.checked(part)
        if parts:
            self._journal.judge([_row(request_id, n, part, now) for n, part in parts])


def _row(request_id: str, n: int, part: Finding, now: int) -> VerdictRecord:
    evidence = part.evidence[:_EVIDENCE_SHOWN]
    return VerdictRecord(request_id, n, part.verifier, str(part.verdict), evidence, part.duration_us, now)
