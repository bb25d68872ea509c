"""Which requests somebody looked at, and whether the answer was good: by checks, by judges, by reports."""

from __future__ import annotations

from sqlalchemy import Subquery, and_, case, func, or_, select

from router.domain.judgement import JudgeOutcome
from router.domain.kinds import Verdict
from router.domain.outcomes import Basis
from router.record.tables import feedback, judgements, requests, verdicts

_R, _V, _J, _F = requests.c, verdicts.c, judgements.c, feedback.c
_MIDDLE = 0.5
"""A grade or a reported score from here on is good."""
_SAID = (JudgeOutcome.BETTER, JudgeOutcome.WORSE, JudgeOutcome.TIE, JudgeOutcome.GRADED)


def looks(basis: Basis) -> Subquery:
    """`request_id` and `good` (1, 0, or NULL: nothing said) of every request that `basis` looked at."""
    return {Basis.VERIFIED: _verified, Basis.JUDGED: _judged, Basis.REPORTED: _reported}[basis]()


def _verified() -> Subquery:
    """What the checks of the last answer said, those after the reply included: one failure fails it."""
    said = (
        select(
            _V.request_id,
            _V.n,
            func.max(case((_V.verdict == Verdict.FAILED.value, 1), else_=0)).label("failed"),
            func.max(case((_V.verdict == Verdict.PASSED.value, 1), else_=0)).label("passed"),
        )
        .group_by(_V.request_id, _V.n)
        .subquery()
    )
    good = case(
        (or_(said.c.failed == 1, _R.verdict == Verdict.FAILED.value), 0),
        (or_(said.c.passed == 1, _R.verdict == Verdict.PASSED.value), 1),
    )
    given = and_(said.c.request_id == _R.id, said.c.n == _R.answered_n)
    query = select(_R.id.label("request_id"), good.label("good")).join_from(
        requests, said, given, isouter=True
    )
    return query.subquery()


def _judged() -> Subquery:
    """At least as good as what it was compared with, or a grade from the middle on; by most of its judges."""
    good = or_(
        _J.outcome.in_((JudgeOutcome.BETTER.value, JudgeOutcome.TIE.value)),
        and_(_J.outcome == JudgeOutcome.GRADED.value, _J.score >= _MIDDLE),
    )
    share = func.avg(case((good, 1.0), else_=0.0))
    query = (
        select(_J.request_id, case((share >= _MIDDLE, 1), else_=0).label("good"))
        .where(_J.outcome.in_([outcome.value for outcome in _SAID]))
        .group_by(_J.request_id)
    )
    return query.subquery()


def _reported() -> Subquery:
    """The latest report of a request that has a thumb or a score."""
    order = func.row_number().over(
        partition_by=_F.request_id, order_by=(_F.created_us.desc(), _F.version.desc(), _F.id)
    )
    good = case((_F.thumb == "up", 1), (_F.thumb.is_not(None), 0), (_F.score >= _MIDDLE, 1), else_=0)
    ranked = (
        select(_F.request_id, good.label("good"), order.label("place"))
        .where(or_(_F.thumb.is_not(None), _F.score.is_not(None)))
        .subquery()
    )
    return select(ranked.c.request_id, ranked.c.good).where(ranked.c.place == 1).subquery()
