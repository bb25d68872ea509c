"""`POST /v1/feedback`: what somebody reports of an answer -> a row of the ledger.

Reported quality is an opinion of people and apps: it never touches a verdict, a request's row or its price.
Off the request path: looking a request up takes milliseconds, in threads of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from router.clock import Clock
from router.domain.caller import Caller
from router.domain.feedback import KeyReused, Report, new_version, repeated
from router.domain.kinds import DataClass
from router.domain.opinions import FeedbackRecord
from router.errors import InvalidRequest, Overloaded, Unavailable, UnknownRequest
from router.record.journal import Journal, JournalError
from router.record.reported import NotReadable, ReportedFeedback
from router.telemetry import IN_IDEMPOTENCY_KEY, Metrics

_THREADS = 2
_MOST_WAITING = 64


class Feedback:
    """Takes reports; `keeps_text(data_class)`: corrections and comments on answers to requests of that class
    are kept, else only what they amount to."""

    def __init__(
        self,
        reported: ReportedFeedback,
        journal: Journal,
        clock: Clock,
        metrics: Metrics,
        *,
        keeps_text: Callable[[DataClass], bool],
    ) -> None:
        self._reported = reported
        self._journal = journal
        self._clock = clock
        self._metrics = metrics
        self._keeps_text = keeps_text
        self._threads = ThreadPoolExecutor(_THREADS, "feedback")
        self._waiting = 0

    async def take(self, report: Report, caller: Caller) -> tuple[FeedbackRecord, bool]:
        """The row, in the journal when this returns, and whether it is new.

        Raises UnknownRequest, InvalidRequest, Overloaded, Unavailable.
        """
        record, new = await self._read(report, caller)
        if new:
            try:
                self._journal.report(record)
                await self._journal.durable()
            except JournalError as error:
                message = "The ledger cannot be written, so the feedback was not taken."
                raise Unavailable(message, code="ledger_unavailable") from error
        self._metrics.feedback.add(("new" if new else "repeated",))
        return record, new

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _read(self, report: Report, caller: Caller) -> tuple[FeedbackRecord, bool]:
        if self._waiting >= _MOST_WAITING:
            message = "Too much feedback is waiting; try again in a moment."
            raise Overloaded(message, headers={"retry-after": "1"})
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._row, report, caller)
        finally:
            self._waiting -= 1

    def _row(self, report: Report, caller: Caller) -> tuple[FeedbackRecord, bool]:
        try:
            known = self._reported.of(report.request_id)
        except NotReadable as error:
            raise Unavailable("The ledger cannot be read now; send the feedback again later.") from error
        if known.owner != (caller.organisation, caller.team, caller.project):
            # Another project's request is answered like none at all: ids are not to be probed.
            message = f"No request of this project has the id '{report.request_id}'."
            raise UnknownRequest(message, param="request_id")
        given = [row for row in known.rows if row.key_id == caller.key_id]
        try:
            same = repeated(report, given)
        except KeyReused:
            message = f"The {IN_IDEMPOTENCY_KEY} was used for another report on this request: use a new one."
            raise InvalidRequest(message, param=IN_IDEMPOTENCY_KEY, code="idempotency_key_reused") from None
        if same is not None:
            return _as_reported(same, report), False
        keep_text = known.data_class is not None and self._keeps_text(DataClass(known.data_class))
        return new_version(report, caller, given, self._clock.wall_us(), keep_text=keep_text), True


def _as_reported(row: FeedbackRecord, report: Report) -> FeedbackRecord:
    """A row with its words as its sender wrote them, who has just sent them again: they may be sealed."""
    correction = None if row.correction is None else report.correction
    comment = None if row.comment is None else report.comment
    return replace(row, correction=correction, comment=comment)
