"""What the checks found -> the ledger's verdict rows and metrics, at once or after the reply.

Late checks run after the reply, the slow ones in tasks of their own, so that no reply, no connection and no
count of requests in flight waits for one; only so many may wait, and at the end of the process only for so
long. Must not change a settled row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.clock import Clock
from router.domain.finding import Finding, overall
from router.domain.kinds import Verdict
from router.domain.records import VerdictRecord
from router.domain.value import value
from router.observe import Observer
from router.record.journal import Journal
from router.ticket import Ticket
from router.verify.inspection import Inspection

log = logging.getLogger(__name__)
_MOST_WAITING = 256
"""Answers kept for a slow late check; a further one goes without."""
_EVIDENCE_SHOWN = 300
_NOT_KEPT = "not kept: the data class may not go to the ledger"


@value
class _Late:
    """An answer that went out, what is known of it, and what checks the rest. `quotes`: evidence that may
    quote it is kept."""

    request_id: str
    n: int
    completion: Mapping[str, Any]
    known: Finding
    quotes: bool
    inspection: Inspection


class Verdicts:
    """Records findings; owns the late checks."""

    def __init__(self, journal: Journal, observer: Observer, clock: Clock) -> None:
        self._journal = journal
        self._observer = observer
        self._clock = clock
        self._due: list[_Late] = []
        self._late: set[asyncio.Task[None]] = set()

    def settled(self, ticket: Ticket) -> None:
        """Records what was found on every attempt before the reply; call it after the request's own row."""
        findings = ticket.bill.findings
        found = [(n, part) for n, one in findings.items() if not one.idle for part in one.parts]
        if found:
            self._judge(ticket.id, found, quotes=ticket.keeps_texts)

    def check_later(self, ticket: Ticket) -> None:
        """Sees to what is left to check of the answer, once it and all that ended in this turn of the event
        loop are sent: then for all of them in a row, while the code is in the processor's caches."""
        answer, inspection = ticket.answer, ticket.inspection
        if inspection is None or answer is None or answer.completion is None or answer.finding is None:
            return
        if inspection.early or answer.finding.verdict is Verdict.FAILED:
            return
        if not self._due:
            loop = asyncio.get_running_loop()
            # Answers go out in the next turn, those that end after this one in it too.
            loop.call_soon(loop.call_soon, self._check_due)
        self._due.append(
            _Late(ticket.id, answer.n, answer.completion, answer.finding, ticket.keeps_texts, inspection)
        )

    async def close(self, seconds: float) -> None:
        """Waits for late checks, then ends them."""
        self._check_due()
        if self._late:
            _, waiting = await asyncio.wait(self._late, timeout=seconds)
            for task in waiting:
                task.cancel()
            if waiting:
                log.warning("%d late checks are given up", len(waiting))
                await asyncio.wait(waiting)

    def _check_due(self) -> None:
        due, self._due = self._due, []
        for late in due:
            self._check_cheap(late)

    def _check_cheap(self, late: _Late) -> None:
        """Most answers end here, and most without a row. A task is only for checks that take their time."""
        found, left = late.inspection.check_cheap(late.completion, late.known)
        if left and len(self._late) < _MOST_WAITING:
            task = asyncio.create_task(self._check_slowly(late, overall(found)))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return
        self._record(late, found)
        if left:
            self._observer.unchecked()

    async def _check_slowly(self, late: _Late, found: Finding) -> None:
        done = await late.inspection.check_rest(late.completion, found)
        self._record(late, done.parts)

    def _record(self, late: _Late, found: Sequence[Finding]) -> None:
        new = found[len(late.known.parts) :]
        self._judge(late.request_id, [(late.n, part) for part in new], quotes=late.quotes)

    def _judge(self, request_id: str, found: Iterable[tuple[int, Finding]], *, quotes: bool) -> None:
        """Idle findings leave no row: they would double the ledger and say nothing."""
        parts = [(n, part) for n, part in found if not part.idle]
        if not parts:
            return
        for _, part in parts:
            self._observer.checked(part)
        now = self._clock.wall_us()
        self._journal.judge([_row(request_id, n, part, now, quotes=quotes) for n, part in parts])


def _row(request_id: str, n: int, part: Finding, now: int, *, quotes: bool) -> VerdictRecord:
    evidence = part.evidence[:_EVIDENCE_SHOWN] if quotes else _NOT_KEPT
    return VerdictRecord(request_id, n, part.verifier, str(part.verdict), evidence, part.duration_us, now)
