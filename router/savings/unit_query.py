"""SQL of unit costs: of all requests, and of those verified, judged or reported; by group."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Subquery, cast, func, or_, select

from router.domain.outcomes import Accepted, Basis, UnitCost
from router.record.sums import halves, whole
from router.record.tables import corrections, requests
from router.savings.looks import looks
from router.savings.period import By, Period, grouped, resolved

_R, _C = requests.c, corrections.c


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
    found = looks(basis)
    query: Select[Any] = (
        select(group, func.count(), func.sum(found.c.good), *halves(cost))
        .join_from(requests, found, found.c.request_id == _R.id)
        .outerjoin(since, since.c.request_id == _R.id)
        .where(period.holds, _known(), found.c.good.is_not(None))
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
