"""SQL of unit costs: of all requests, and of those verified, judged or reported; by group."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from router.domain.judgement import JudgeOutcome
from router.domain.kinds import Verdict
from router.domain.outcomes import Accepted, Basis, UnitCost
from router.record.sums import halves, whole
from router.record.tables import corrections, feedback, judgements, requests, verdicts
from router.savings.period import By, Period, grouped, resolved

_R, _C, _V, _J, _F = requests.c, corrections.c, verdicts.c, judgements.c, feedback.c
_MIDDLE = 0.5
"""A grade or a reported score from here on is good."""
_SAID = (JudgeOutcome.BETTER, JudgeOutcome.WORSE, JudgeOutcome.TIE, JudgeOutcome.GRADED)


def unit_costs(connection: Connection, by: By, period: Period) -> dict[str | None, UnitCost]:
    """The unit costs of each group, over its requests of known cost."""
    group, cost, since = grouped(by), *_cost()
    sent = _R.uncached_input + _R.cache_read + _R.cache_write + _R.output
    query: Select[Any] = (
        select(group, func.count(), *halves(cost), *halves(sent))
        .join_from(requests, since, since.c.request_id == _R.id, isouter=True)
        .where(period.holds, _known())
        .group_by(group)
        .order_by(group)
    )
    rows = [(name, count, whole(*s[:2]), whole(*s[2:])) for name, count, *s in connection.execute(query)]
    accepted = {basis: _accepted(connection, by, period, basis) for basis in Basis}
    return {
        name: UnitCost(
            count,
            amount,
            tokens,
            tuple(accepted[basis].get(name, Accepted(basis, 0, 0, 0)) for basis in Basis),
        )
        for name, count, amount, tokens in rows
    }


def _accepted(connection: Connection, by: By, period: Period, basis: Basis) -> dict[str | None, Accepted]:
    group, cost, since = grouped(by), *_cost()
    looks = {Basis.VERIFIED: _verified, Basis.JUDGED: _judged, Basis.REPORTED: _reported}[basis]()
    query: Select[Any] = (
        select(group, func.count(), func.sum(looks.c.good), *halves(cost))
        .join_from(requests, looks, looks.c.request_id == _R.id)
        .outerjoin(since, since.c.request_id == _R.id)
        .where(period.holds, _known(), looks.c.good.is_not(None))
        .group_by(group)
    )
    return {
        name: Accepted(basis, count, int(good), whole(high, low))
        for name, count, good, high, low in connection.execute(query)
    }


def _cost() -> tuple[ColumnElement[Any], Subquery]:
    """The cost of a request with its corrections, and what is to be joined for it."""
    # A sum of integers is numeric to PostgreSQL, and would be divided with a fraction.
    delta = cast(func.sum(_C.request_delta_pico), BigInteger).label("delta")
    since = select(_C.request_id, delta).group_by(_C.request_id).subquery()
    return func.coalesce(_R.cost_pico, 0) + func.coalesce(since.c.delta, 0), since


def _known() -> ColumnElement[bool]:
    return or_(_R.cost_pico.is_not(None), _R.id.in_(resolved()))


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
