"""SQL of savings: what was compared with a baseline, and both arms of a holdout; by group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, cast, func, or_, select

from router.domain.kinds import AttemptStatus
from router.domain.savings import MICRO, Arm, Compared, Lengths, Measured, Savings, Spent, measured, savings
from router.record.sums import halves, whole
from router.record.tables import attempts, corrections, requests
from router.savings.period import By, Period, grouped, is_compared, resolved, routed
from router.savings.spent import idle, judged, spent

_A, _C, _R = attempts.c, corrections.c, requests.c


@dataclass(frozen=True, slots=True)
class Found:
    """A group with its savings, and how many of its requests simulated upstreams had a part in."""

    group: str | None
    simulated: int
    savings: Savings


def found(connection: Connection, by: By, period: Period) -> list[Found]:
    """Savings by group, the largest net one first. What is held out is an arm of the measurement only."""
    compared = _compared(connection, by, period)
    paid = spent(connection, by, period)
    arms = _arms(connection, by, period)
    judges, gpus = judged(connection, by, period), idle(connection, by, period)
    simulated = _simulated(connection, by, period)
    made = []
    for group in dict.fromkeys([*compared, *paid, *judges, *gpus]):
        overhead = {"judges": judges.get(group, 0), "idle_gpu": gpus.get(group, 0)}
        cost = Spent(**{"answers": 0, **paid.get(group, {}), **overhead})
        whole_of = savings(compared.get(group, []), cost, _measured(arms.get(group)))
        made.append(Found(group, simulated.get(group, 0), whole_of))
    return sorted(made, key=lambda one: (-one.savings.net.middle, one.group or ""))


def _measured(arms: dict[bool, Arm] | None) -> Measured | None:
    if arms is None or len(arms) < 2:
        return None
    return measured(arms[True], arms[False])


def _compared(connection: Connection, by: By, period: Period) -> dict[str | None, list[Compared]]:
    group = grouped(by)
    output = func.coalesce(_R.baseline_output * _R.baseline_output_price, _R.baseline_pico)
    query: Select[Any] = (
        select(
            group, _R.baseline_model, _R.task, func.count(), *halves(_R.baseline_pico), *halves(output),
            *halves(func.coalesce(_R.baseline_output, 0)),
        )
        .where(period.holds, is_compared(), routed())
        .group_by(group, _R.baseline_model, _R.task)
    )  # fmt: skip
    lengths = _lengths(connection, period)
    made: defaultdict[str | None, list[Compared]] = defaultdict(list)
    for name, model, task, count, *sums in connection.execute(query):
        baseline, part, expected = (whole(*sums[n : n + 2]) for n in (0, 2, 4))
        own = lengths.get((model, task))
        made[name].append(Compared(count, baseline, part, expected, own))
    return made


def _lengths(connection: Connection, period: Period) -> dict[tuple[str, str | None], Lengths]:
    """Of all answers of the period, whoever asked: a model's length is its own."""
    query: Select[Any] = (
        select(_A.model, _R.task, func.count(), *halves(_A.output), *halves(_A.output * _A.output))
        .join_from(attempts, requests, _A.request_id == _R.id)
        .where(period.holds, _A.status == AttemptStatus.OK.value, _A.output.is_not(None))
        .group_by(_A.model, _R.task)
    )
    return {
        (model, task): Lengths(count, whole(*sums[:2]), whole(*sums[2:]))
        for model, task, count, *sums in connection.execute(query)
    }


def _arms(connection: Connection, by: By, period: Period) -> dict[str | None, dict[bool, Arm]]:
    group = grouped(by)
    # A sum of integers is numeric to PostgreSQL, and would be divided with a fraction.
    delta = cast(func.sum(_C.request_delta_pico), BigInteger).label("delta")
    since = select(_C.request_id, delta).group_by(_C.request_id).subquery()
    cost = func.coalesce(_R.cost_pico, 0) + func.coalesce(since.c.delta, 0)
    micro = cost // MICRO
    query: Select[Any] = (
        select(group, _R.holdout, func.count(), *halves(cost), *halves(micro * micro))
        .join_from(requests, since, since.c.request_id == _R.id, isouter=True)
        .where(period.holds, _R.holdout.is_not(None), or_(_R.cost_pico.is_not(None), _R.id.in_(resolved())))
        .group_by(group, _R.holdout)
    )
    made: defaultdict[str | None, dict[bool, Arm]] = defaultdict(dict)
    for name, held_out, count, *sums in connection.execute(query):
        made[name][bool(held_out)] = Arm(count, whole(*sums[:2]), whole(*sums[2:]))
    return made


def _simulated(connection: Connection, by: By, period: Period) -> dict[str | None, int]:
    group = grouped(by)
    query: Select[Any] = (
        select(group, func.count()).where(period.holds, _R.simulated.is_(True)).group_by(group)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
