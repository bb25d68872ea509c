"""How many answers were verified, judged and reported, with what result, and what judging cost. Reads only.

Three counts side by side; none adds to another, and the overhead is in no sum of requests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Select, case, func, select

from router.domain.judgement import JudgeOutcome, is_good
from router.domain.kinds import Verdict
from router.domain.money import PicoUSD, format_usd
from router.domain.opinions import FeedbackRecord
from router.domain.value import value
from router.record.quality import sum_up
from router.record.tables import feedback, judge_calls, judgements, requests, verdicts

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


@value
class Counted:
    """Answers found good and bad; `neither`: looked at, without a yes or no."""

    good: int = 0
    bad: int = 0
    neither: int = 0


@value
class QualitySummary:
    """`overhead_pico` is what judging cost as far as that is known, `overhead_unknown` counts the calls of
    which it is not. `simulated`: some judge was."""

    verified: Counted
    judged: Counted
    reported: Counted
    overhead_calls: int
    overhead_pico: int
    overhead_unknown: int
    simulated: bool


def quality_summary(engine: Engine, since_us: int) -> QualitySummary:
    """Of requests started at or after `since_us`. Raises SQLAlchemyError."""
    with engine.connect() as connection:
        calls = select(judge_calls.c.cost_pico, judge_calls.c.simulated)
        costs = connection.execute(_of(calls, judge_calls.c.request_id, since_us)).all()
        return QualitySummary(
            _verified(connection, since_us),
            _judged(connection, since_us),
            _reported(connection, since_us),
            len(costs),
            sum(row.cost_pico or 0 for row in costs),
            sum(row.cost_pico is None for row in costs),
            any(row.simulated for row in costs),
        )


def summary_lines(found: QualitySummary) -> Iterable[str]:
    """One line for each kind of quality that there is, named as what it is."""
    if found.verified != Counted():
        yield f"verified: {_words(found.verified, 'passed', 'failed', 'unverified')}, answers, by checks"
    if found.judged != Counted():
        yield f"judged: {_words(found.judged, 'good', 'bad', 'no opinion')}, a model's opinion, no verdict"
    if found.reported != Counted():
        yield f"reported: {_words(found.reported, 'good', 'bad', 'neither')}, by people and apps"
    if found.overhead_calls:
        cost = format_usd(PicoUSD(found.overhead_pico)) + ("*" if found.simulated else "")
        unknown = f", {found.overhead_unknown:,} more at an unknown cost" if found.overhead_unknown else ""
        known = found.overhead_calls - found.overhead_unknown
        yield f"overhead: {cost} for {known:,} calls of judging{unknown}; in no sum above"


def _words(counted: Counted, good: str, bad: str, neither: str) -> str:
    return f"{counted.good:,} {good}, {counted.bad:,} {bad}, {counted.neither:,} {neither}"


def _of(query: _Query, request_id: ColumnElement[str], since_us: int) -> _Query:
    return query.join(requests, requests.c.id == request_id).where(requests.c.started_us >= since_us)


def _verified(connection: Connection, since_us: int) -> Counted:
    """Answers of all attempts that a check had something to say of: one failure fails."""
    failed = func.max(case((verdicts.c.verdict == Verdict.FAILED.value, 1), else_=0))
    passed = func.max(case((verdicts.c.verdict == Verdict.PASSED.value, 1), else_=0))
    query = select(failed.label("failed"), passed.label("passed"))
    query = _of(query, verdicts.c.request_id, since_us).group_by(verdicts.c.request_id, verdicts.c.n)
    answers = query.subquery()
    counts = select(answers.c.failed, answers.c.passed, func.count()).group_by(*answers.c)
    good = bad = neither = 0
    for was_failed, was_passed, count in connection.execute(counts):
        if was_failed:
            bad += count
        elif was_passed:
            good += count
        else:
            neither += count
    return Counted(good, bad, neither)


def _judged(connection: Connection, since_us: int) -> Counted:
    query = select(judgements.c.outcome, judgements.c.score, func.count())
    query = _of(query, judgements.c.request_id, since_us).group_by(judgements.c.outcome, judgements.c.score)
    counts = {True: 0, False: 0, None: 0}
    for outcome, score, count in connection.execute(query):
        counts[is_good(JudgeOutcome(outcome), score)] += count
    return Counted(counts[True], counts[False], counts[None])


def _reported(connection: Connection, since_us: int) -> Counted:
    query = _of(select(feedback), feedback.c.request_id, since_us)
    by_request: dict[str, list[FeedbackRecord]] = {}
    for row in connection.execute(query.order_by(feedback.c.created_us, feedback.c.version)):
        by_request.setdefault(row.request_id, []).append(FeedbackRecord(*row))
    counts = {True: 0, False: 0, None: 0}
    for rows in by_request.values():
        counts[sum_up(rows)[1]] += 1
    return Counted(counts[True], counts[False], counts[None])
