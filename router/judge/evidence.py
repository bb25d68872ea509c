"""Judged answers out of the ledger, each with what was verified and what was reported of it.

Three kinds of quality, side by side and never one in another's place. Reads only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Engine, select

from router.domain.judgement import JudgeMode, JudgeOutcome, Preference
from router.domain.kinds import Verdict
from router.domain.opinions import FeedbackRecord
from router.domain.value import value
from router.judge.agreement import Judged
from router.record.quality import sum_up
from router.record.tables import attempts, feedback, judge_calls, judgements, verdicts

_Attempt = tuple[str, int]


@value
class Spent:
    """What one judge's calls cost, baseline answers bought for it included: pico-USD, and how many calls cost
    nobody knows what."""

    calls: int
    cost_pico: int
    unknown: int


@value
class Evidence:
    """By judge model."""

    judged: Mapping[str, list[Judged]]
    spent: Mapping[str, Spent]


def judged_answers(engine: Engine, since_us: int, *, simulated: bool) -> Evidence:
    """Judgements from `since_us` on (Unix microseconds), made by simulated judges or by real ones, never
    both. Raises SQLAlchemyError."""
    query = select(judgements).where(*_chosen(since_us, simulated))
    found: dict[str, list[Judged]] = defaultdict(list)
    with engine.connect() as connection:
        checked, reported = _verified(connection, since_us), _reported(connection, since_us)
        for row in connection.execute(query):
            found[row.judge_model].append(
                Judged(
                    row.judged_model,
                    JudgeMode(row.mode),
                    JudgeOutcome(row.outcome),
                    None if row.first is None else Preference(row.first),
                    None if row.second is None else Preference(row.second),
                    row.score,
                    row.answer_chars,
                    row.other_chars,
                    checked.get((row.request_id, row.n)),
                    reported.get(row.request_id),
                )
            )
        return Evidence(found, _spent(connection, since_us, simulated))


def _verified(connection: Connection, since_us: int) -> Mapping[_Attempt, bool]:
    """One failed check fails an answer; else one that passed passes it. Before the reply or after it."""
    of_judged = (judgements.c.request_id, judgements.c.n)
    late = select(verdicts.c.request_id, verdicts.c.n, verdicts.c.verdict).join(
        judgements,
        (judgements.c.request_id == verdicts.c.request_id) & (judgements.c.n == verdicts.c.n),
    )
    known = select(*of_judged, attempts.c.verdict).join(
        attempts, (attempts.c.request_id == of_judged[0]) & (attempts.c.n == of_judged[1])
    )
    found: dict[_Attempt, bool] = {}
    for query in (late, known):
        for request_id, n, verdict in connection.execute(query.where(judgements.c.decided_us >= since_us)):
            if verdict == Verdict.FAILED:
                found[request_id, n] = False
            elif verdict == Verdict.PASSED:
                found.setdefault((request_id, n), True)
    return found


def _reported(connection: Connection, since_us: int) -> Mapping[str, bool]:
    """What the reports in force say, where they do not cancel each other out."""
    judged = select(judgements.c.request_id).where(judgements.c.decided_us >= since_us)
    query = (
        select(feedback)
        .where(feedback.c.request_id.in_(judged))
        .order_by(feedback.c.created_us, feedback.c.version)
    )
    by_request: dict[str, list[FeedbackRecord]] = defaultdict(list)
    for row in connection.execute(query):
        by_request[row.request_id].append(FeedbackRecord(*row))
    said = {request_id: sum_up(rows)[1] for request_id, rows in by_request.items()}
    return {request_id: good for request_id, good in said.items() if good is not None}


def _spent(connection: Connection, since_us: int, simulated: bool) -> Mapping[str, Spent]:
    """Of calls whose judgement is there."""
    of_judgement = (judge_calls.c.request_id == judgements.c.request_id) & (judge_calls.c.n == judgements.c.n)
    query = select(judgements.c.judge_model, judge_calls.c.cost_pico).join(judge_calls, of_judgement)
    costs: dict[str, list[int | None]] = defaultdict(list)
    for judge, cost in connection.execute(query.where(*_chosen(since_us, simulated))):
        costs[judge].append(cost)
    return {
        judge: Spent(len(of), sum(cost or 0 for cost in of), of.count(None)) for judge, of in costs.items()
    }


def _chosen(since_us: int, simulated: bool) -> tuple[ColumnElement[bool], ...]:
    return judgements.c.decided_us >= since_us, judgements.c.simulated.is_(simulated)
