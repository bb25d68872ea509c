"""SQL of the list of recent requests, and of everything the ledger holds on one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from dashboard.filters import Filters
from dashboard.queries.selection import where
from router.books.months import microseconds
from router.domain.corrections import CorrectionRecord
from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.domain.records import AttemptRecord, RequestRecord, VerdictRecord
from router.record.reported import booked_feedback
from router.record.tables import attempts, corrections, judge_calls, judgements, requests, verdicts

_R = requests.c


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list; field names are those of `RequestRecord`."""

    id: str
    started_us: int
    organisation: str
    team: str
    task: str | None
    difficulty: float | None
    tier: str | None
    model: str | None
    simulated: bool
    rule: str | None
    outcome: str
    verdict: str | None
    attempts: int
    cost_pico: int | None
    cost_state: str
    duration_us: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """One request, its attempts in the order they were made, what the checks said of their answers, what was
    corrected since, what a judge thought of the answer and at what cost, and what was reported of it."""

    request: RequestRecord
    attempts: tuple[AttemptRecord, ...]
    verdicts: tuple[VerdictRecord, ...] = ()
    corrections: tuple[CorrectionRecord, ...] = ()
    judgements: tuple[JudgementRecord, ...] = ()
    judge_calls: tuple[JudgeCallRecord, ...] = ()
    feedback: tuple[FeedbackRecord, ...] = ()


_LISTED = tuple(_R[field.name] for field in fields(Listed))
_REQUEST = tuple(_R[field.name] for field in fields(RequestRecord))
_ATTEMPT = tuple(attempts.c[field.name] for field in fields(AttemptRecord))
_CORRECTION = tuple(corrections.c[field.name] for field in fields(CorrectionRecord))
_VERDICT = tuple(verdicts.c[field.name] for field in fields(VerdictRecord))


def recent(connection: Connection, filters: Filters, *, limit: int, offset: int) -> list[Listed]:
    """The requests that `filters` leave, newest first; at most `limit`, after skipping `offset`."""
    query = (
        select(*_LISTED)
        .where(*where(filters), *_started(filters))
        .order_by(_R.started_us.desc(), _R.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in connection.execute(query)]


def _started(filters: Filters) -> list[ColumnElement[bool]]:
    """The days again, as the times that the list is in the order of: the newest are then found by one index,
    without all of the days being read and sorted."""
    conditions = []
    if filters.first_day is not None:
        conditions.append(_R.started_us >= microseconds(filters.first_day))
    if filters.last_day is not None:
        conditions.append(_R.started_us < microseconds(filters.last_day + timedelta(days=1)))
    return conditions


def story(connection: Connection, request_id: str) -> Story | None:
    """Everything on the request of that id; None when the ledger does not know it."""
    row = connection.execute(select(*_REQUEST).where(_R.id == request_id)).one_or_none()
    if row is None:
        return None
    query = select(*_ATTEMPT).where(attempts.c.request_id == request_id).order_by(attempts.c.n)
    made = tuple(AttemptRecord(*attempt) for attempt in connection.execute(query))
    return Story(
        RequestRecord(*row),
        made,
        _verdicts(connection, request_id),
        _corrections(connection, request_id),
        tuple(JudgementRecord(*row) for row in _opinions(connection, judgements, request_id, "n")),
        tuple(JudgeCallRecord(*row) for row in _opinions(connection, judge_calls, request_id, "n", "call")),
        booked_feedback(connection, request_id),
    )


def _opinions(connection: Connection, table: Table, request_id: str, *order: str) -> Sequence[Sequence[Any]]:
    query = select(table).where(table.c.request_id == request_id)
    return connection.execute(query.order_by(*(table.c[name] for name in order))).all()


def _corrections(connection: Connection, request_id: str) -> tuple[CorrectionRecord, ...]:
    query = select(*_CORRECTION).where(corrections.c.request_id == request_id)
    query = query.order_by(corrections.c.created_us, corrections.c.n, corrections.c.seq)
    return tuple(CorrectionRecord(*row) for row in connection.execute(query))


def _verdicts(connection: Connection, request_id: str) -> tuple[VerdictRecord, ...]:
    query = select(*_VERDICT).where(verdicts.c.request_id == request_id)
    query = query.order_by(verdicts.c.n, verdicts.c.decided_us, verdicts.c.verifier)
    return tuple(VerdictRecord(*row) for row in connection.execute(query))
