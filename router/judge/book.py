"""How a call for a judgement is booked: before it is sent as interrupted, and again when it has ended.

So a gateway that dies in between leaves a row that says what it was doing, at a cost that nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from router.clock import utc
from router.domain.facts import Facts
from router.domain.judgement import Judge
from router.domain.kinds import AttemptStatus, CostState
from router.domain.opinions import JudgeCallRecord
from router.domain.policy import Rule
from router.domain.records import AttemptRecord
from router.errors import Unavailable
from router.meter.bill import RunningAttempt
from router.policy.documents import Bundle
from router.record.journal import Journal, JournalError
from router.record.opened import INTERRUPTED

_ATTEMPT = {field.name for field in fields(AttemptRecord)} - {"request_id", "n"}
_SHARED = tuple(field.name for field in fields(JudgeCallRecord) if field.name in _ATTEMPT)
_UNKNOWN = tuple(
    field.name for field in fields(JudgeCallRecord) if "None" in str(field.type) and field.name != "error"
)
"""What is not known of a call before it is made."""


@dataclass(frozen=True, slots=True)
class Order:
    """Whose answer is judged, under which rule: what all calls of one judgement have in common.
    `keeps_texts`: the ledger may keep what quotes the request."""

    request_id: str
    n: int
    rule: Rule
    judge: Judge
    facts: Facts
    bundle: Bundle
    keeps_texts: bool


class CallBook:
    """The book of one call, as the attempt loop asks for it."""

    def __init__(self, journal: Journal, order: Order, number: int, purpose: str) -> None:
        self._journal = journal
        self._order = order
        self._number = number
        self._purpose = purpose

    async def opening(self, attempt: RunningAttempt) -> None:
        """Writes the call down before it is sent. Raises Unavailable: then it is not."""
        candidate = attempt.candidate
        unknown: dict[str, Any] = dict.fromkeys(_UNKNOWN)
        if attempt.hold is not None:
            unknown |= {"reserved_pico": attempt.hold.amount, "held_by": attempt.hold.holder}
        record = JudgeCallRecord(
            **self._head(attempt.started_us),
            **unknown,
            started_us=attempt.started_us,
            tier=str(candidate.model.tier),
            model=candidate.model.name,
            endpoint=candidate.endpoint.id,
            simulated=candidate.endpoint.simulated,
            status=str(AttemptStatus.INTERRUPTED),
            error=INTERRUPTED,
            usage_estimated=False,
            cost_state=str(CostState.USAGE_MISSING),
        )
        try:
            self._journal.open_judge_call(record)
            await self._journal.durable()
        except JournalError as error:
            raise Unavailable(str(error), code="ledger_unavailable") from error

    def ended(self, attempt: AttemptRecord) -> JudgeCallRecord:
        """The same call with what became of it."""
        return JudgeCallRecord(
            **self._head(attempt.started_us), **{name: getattr(attempt, name) for name in _SHARED}
        )

    def _head(self, started_us: int) -> dict[str, Any]:
        return {
            "request_id": self._order.request_id,
            "n": self._order.n,
            "call": self._number,
            "purpose": self._purpose,
            "rule": self._order.rule.name,
            "day": utc(started_us).date().isoformat(),
        }
