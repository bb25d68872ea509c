"""SQL of what is known of some hours' requests by now: corrections, late checks, opinions and reports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)

from router.domain.judgement import JudgeOutcome
from router.domain.kinds import AttemptStatus, CostState, Verdict
from router.record.book_tables import HOUR_US
from router.record.outer import outer
from router.record.tables import (
    attempts,
    baseline_corrections,
    corrections,
    feedback,
    judge_calls,
    judge_corrections,
    judgements,
    requests,
    verdicts,
)

_R, _V, _A, _C = requests.c, verdicts.c, attempts.c, corrections.c
_J, _F = judgements.c, feedback.c
_ID = outer(_R.id)
_MIDDLE = 0.5
"""A grade or a reported score from here on is good."""
_SAID = (JudgeOutcome.BETTER, JudgeOutcome.WORSE, JudgeOutcome.TIE, JudgeOutcome.GRADED)
WITHIN = and_(_R.started_us >= bindparam("start"), _R.started_us < bindparam("end"))
HOUR = (_R.started_us - _R.started_us % HOUR_US).label("hour_us")


def integer(amount: ColumnElement[Any]) -> ColumnElement[Any]:
    """A sum of integers is numeric to PostgreSQL, and would be divided with a fraction."""
    return cast(amount, BigInteger)


def _checked() -> Subquery:
    """What the checks of the answer said, those after the reply included."""

    def ever(verdict: Verdict) -> ColumnElement[int]:
        return func.max(case((_V.verdict == verdict.value, 1), else_=0))

    return (
        select(_V.request_id, ever(Verdict.FAILED).label("failed"), ever(Verdict.PASSED).label("passed"))
        .join_from(requests, verdicts, and_(_V.request_id == _ID, _V.n == _R.answered_n))
        .where(WITHIN)
        .group_by(_V.request_id)
        .subquery("checked")
    )


def _since() -> Subquery:
    """What corrections add to the cost of a request, and whether they made it known."""
    return (
        select(
            _C.request_id,
            integer(func.sum(_C.request_delta_pico)).label("delta"),
            func.max(case((_C.request_resolves.is_(True), 1), else_=0)).label("resolved"),
        )
        .join_from(requests, corrections, _C.request_id == _ID)
        .where(WITHIN)
        .group_by(_C.request_id)
        .subquery("since")
    )


def _paid() -> Subquery:
    """What the attempts of a request cost, corrections included, by what they were for."""
    since = (
        select(_C.request_id, _C.n, integer(func.sum(_C.delta_pico)).label("delta"))
        .join_from(requests, corrections, _C.request_id == _ID)
        .where(WITHIN)
        .group_by(_C.request_id, _C.n)
        .subquery()
    )
    cost = func.coalesce(_A.cost_pico, 0) + func.coalesce(since.c.delta, 0)
    answer = and_(_R.answered_n.is_not(None), _A.n == _R.answered_n)
    given = _A.status == AttemptStatus.OK.value

    def part(name: str, condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return integer(func.sum(case((condition, cost), else_=0))).label(name)

    return (
        select(
            _A.request_id,
            part("answer", answer),
            part("escalations", and_(~answer, given)),
            part("retries", and_(~answer, ~given)),
        )
        .join_from(requests, attempts, _A.request_id == _ID)
        .outerjoin(since, and_(since.c.request_id == _A.request_id, since.c.n == _A.n))
        .where(WITHIN)
        .group_by(_A.request_id)
        .subquery("paid")
    )


def _asked() -> Subquery:
    """What judging the answer to a request cost."""
    return _sum_by_request("asked", judge_calls, cost="cost_pico")


def _asked_since() -> Subquery:
    """What corrections add to that."""
    return _sum_by_request("asked_since", judge_corrections, cost="delta_pico")


def _rebased() -> Subquery:
    """What corrections add to the baseline of a request, and to the part of it for its output."""
    return _sum_by_request("rebased", baseline_corrections, delta="delta_pico", output="delta_output_pico")


def _sum_by_request(name: str, table: Table, **columns: str) -> Subquery:
    sums = (integer(func.sum(table.c[column])).label(label) for label, column in columns.items())
    query = select(table.c.request_id, *sums).join_from(requests, table, table.c.request_id == _ID)
    return query.where(WITHIN).group_by(table.c.request_id).subquery(name)


def _judged() -> Subquery:
    """At least as good as what it was compared with, or a grade from the middle on; by most of its judges."""
    good = or_(
        _J.outcome.in_((JudgeOutcome.BETTER.value, JudgeOutcome.TIE.value)),
        and_(_J.outcome == JudgeOutcome.GRADED.value, _J.score >= _MIDDLE),
    )
    share = func.avg(case((good, 1.0), else_=0.0))
    return (
        select(_J.request_id, case((share >= _MIDDLE, 1), else_=0).label("good"))
        .join_from(requests, judgements, _J.request_id == _ID)
        .where(WITHIN, _J.outcome.in_([outcome.value for outcome in _SAID]))
        .group_by(_J.request_id)
        .subquery("judged")
    )


def _reported() -> Subquery:
    """The latest report of a request that has a thumb or a score."""
    order = func.row_number().over(
        partition_by=_F.request_id, order_by=(_F.created_us.desc(), _F.version.desc(), _F.id)
    )
    good = case((_F.thumb == "up", 1), (_F.thumb.is_not(None), 0), (_F.score >= _MIDDLE, 1), else_=0)
    ranked = (
        select(_F.request_id, good.label("good"), order.label("place"))
        .join_from(requests, feedback, _F.request_id == _ID)
        .where(WITHIN, or_(_F.thumb.is_not(None), _F.score.is_not(None)))
        .subquery()
    )
    return select(ranked.c.request_id, ranked.c.good).where(ranked.c.place == 1).subquery("reported")


CHECKED, SINCE, PAID, JUDGED, REPORTED = _checked(), _since(), _paid(), _judged(), _reported()
ASKED, ASKED_SINCE, REBASED = _asked(), _asked_since(), _rebased()
JOINED: Any = requests
for _part in (CHECKED, SINCE, PAID, JUDGED, REPORTED, ASKED, ASKED_SINCE, REBASED):
    JOINED = JOINED.outerjoin(_part, _part.c.request_id == _R.id)

_RESOLVED = and_(_R.cost_pico.is_(None), func.coalesce(SINCE.c.resolved, 0) == 1)
KNOWN = or_(_R.cost_pico.is_not(None), _RESOLVED)
COST = func.coalesce(_R.cost_pico, 0) + func.coalesce(SINCE.c.delta, 0)
"""Of a request whose cost is known: pico-USD, corrections included."""
JUDGING = func.coalesce(ASKED.c.cost, 0) + func.coalesce(ASKED_SINCE.c.cost, 0)
BASELINE = _R.baseline_pico + func.coalesce(REBASED.c.delta, 0)
_BOOKED_OUTPUT = func.coalesce(_R.baseline_output * _R.baseline_output_price, _R.baseline_pico)
BASELINE_OUTPUT = _BOOKED_OUTPUT + func.coalesce(REBASED.c.output, 0)
VERDICT = case(
    (or_(CHECKED.c.failed == 1, _R.verdict == Verdict.FAILED.value), Verdict.FAILED.value),
    (or_(CHECKED.c.passed == 1, _R.verdict == Verdict.PASSED.value), Verdict.PASSED.value),
    else_=_R.verdict,
)
"""One failed check fails the answer, whenever it ran."""
STATE = case((_RESOLVED, CostState.PRICED.value), else_=_R.cost_state)
"""Of the cost as corrections leave it."""
