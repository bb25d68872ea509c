"""SQL of what was paid and for what: answers, retries, escalations, judges, idle hours of GPUs; by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, case, cast, func, select

from router.domain.kinds import AttemptStatus
from router.domain.shares import shares
from router.gpu.loaded import loaded
from router.record.sums import halves, whole
from router.record.tables import attempts, corrections, judge_calls, requests
from router.savings.period import By, Period, grouped, is_compared, routed

_A, _C, _R, _J = attempts.c, corrections.c, requests.c, judge_calls.c


def spent(connection: Connection, by: By, period: Period) -> dict[str | None, dict[str, int]]:
    """Attempts, corrections included, by what they were for."""
    group = grouped(by)
    ok = _A.status == AttemptStatus.OK.value
    purpose = case(
        (~is_compared(), "unanswered"),
        (_A.n == _R.answered_n, "answers"),
        (ok, "escalations"),
        else_="retries",
    )
    since = (
        select(_C.request_id, _C.n, cast(func.sum(_C.delta_pico), BigInteger).label("delta"))
        .group_by(_C.request_id, _C.n)
        .subquery()
    )
    cost = func.coalesce(_A.cost_pico, 0) + func.coalesce(since.c.delta, 0)
    query: Select[Any] = (
        select(group, purpose.label("purpose"), *halves(cost))
        .join_from(attempts, requests, _A.request_id == _R.id)
        .outerjoin(since, and_(since.c.request_id == _A.request_id, since.c.n == _A.n))
        .where(period.holds, routed())
        .group_by(group, "purpose")
    )
    made: defaultdict[str | None, dict[str, int]] = defaultdict(dict)
    for name, what, high, low in connection.execute(query):
        made[name][what] = whole(high, low)
    return made


def judged(connection: Connection, by: By, period: Period) -> dict[str | None, int]:
    group = grouped(by)
    query: Select[Any] = (
        select(group, *halves(_J.cost_pico))
        .join_from(judge_calls, requests, _J.request_id == _R.id)
        .where(period.holds)
        .group_by(group)
    )
    return {name: whole(high, low) for name, high, low in connection.execute(query)}


def idle(connection: Connection, by: By, period: Period) -> dict[str | None, int]:
    """What billed hours cost beyond the marginal cost of their requests, in shares of that marginal cost."""
    rows = loaded(connection, period.first_us, period.end_us)
    total = {row.endpoint: row.requests + row.idle - row.marginal for row in rows}
    if not any(total.values()):
        return {}
    group = grouped(by)
    query: Select[Any] = (
        select(_A.endpoint, group, *halves(func.coalesce(_A.cost_pico, 0)))
        .join_from(attempts, requests, _A.request_id == _R.id)
        .where(period.holds, _A.endpoint.in_(list(total)))
        .group_by(_A.endpoint, group)
        .order_by(_A.endpoint, group)
    )
    users: defaultdict[str, list[tuple[str | None, int]]] = defaultdict(list)
    for endpoint, name, high, low in connection.execute(query):
        users[endpoint].append((name, whole(high, low)))
    made: defaultdict[str | None, int] = defaultdict(int)
    for endpoint, amount in total.items():
        for name, part in _divided(amount, users[endpoint]):
            made[name] += part
    return made


def _divided(amount: int, users: Sequence[tuple[str | None, int]]) -> list[tuple[str | None, int]]:
    """By marginal cost; what nobody used stands under no group. May be negative."""
    weights = [weight for _, weight in users]
    if not sum(weights):
        return [(None, amount)]
    sign = -1 if amount < 0 else 1
    return [(name, sign * part) for (name, _), part in zip(users, shares(abs(amount), weights), strict=True)]
