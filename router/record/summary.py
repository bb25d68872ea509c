"""Requests, cost and saving in groups, for the command line. Never on a request's path.

Money is summed as integers; what is unknown is counted beside the sum, never added as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, case, func, select

from router.domain.kinds import CostState, Outcome
from router.record.sums import halves, whole
from router.record.tables import attempts, corrections, requests

By = Literal["tier", "team", "model", "day"]

_UNKNOWN = (CostState.UNPRICED.value, CostState.USAGE_MISSING.value)
_ANSWERED = (Outcome.ACCEPTED.value, Outcome.UNVERIFIED.value, Outcome.ESCALATED.value)
_Key = tuple[str | None, bool]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One group of a summary; money in pico-USD.

    `cost` sums the attempts whose cost is known, `unknown` counts those whose is not; `corrections` is what
    was added since, not in `cost`. `saving` is baseline minus cost and corrections over the `compared`
    requests where both are known. By tier and by model, attempts and cost are booked where they were spent,
    requests and saving under what answered (None: nothing).
    """

    group: str | None
    simulated: bool
    requests: int = 0
    answered: int = 0
    attempts: int = 0
    cost: int = 0
    unknown: int = 0
    compared: int = 0
    baseline: int = 0
    saving: int = 0
    corrections: int = 0


def summary(engine: Engine, by: By, since_us: int = 0) -> list[SummaryRow]:
    """Requests started at or after `since_us` in groups, the largest cost first (days: in order)."""
    with engine.connect() as connection:
        rows = _request_sums(connection, by, since_us)
        _add_attempts(connection, by, since_us, rows)
        _correct_costs(connection, by, since_us, rows)
        _correct_savings(connection, by, since_us, rows)
    if by == "day":
        return sorted(rows.values(), key=lambda row: (row.group or "", row.simulated))
    return sorted(rows.values(), key=lambda row: (-row.cost, row.group or "~", row.simulated))


def total(rows: Sequence[SummaryRow]) -> SummaryRow:
    """The sum of `rows`; simulated as soon as one row is, for then it is not money owed."""
    return SummaryRow(
        group="total",
        simulated=any(row.simulated for row in rows),
        requests=sum(row.requests for row in rows),
        answered=sum(row.answered for row in rows),
        attempts=sum(row.attempts for row in rows),
        cost=sum(row.cost for row in rows),
        unknown=sum(row.unknown for row in rows),
        compared=sum(row.compared for row in rows),
        baseline=sum(row.baseline for row in rows),
        saving=sum(row.saving for row in rows),
        corrections=sum(row.corrections for row in rows),
    )


def _request_sums(connection: Connection, by: By, since_us: int) -> dict[_Key, SummaryRow]:
    both = requests.c.baseline_pico.is_not(None) & requests.c.cost_pico.is_not(None)
    saving = requests.c.baseline_pico - requests.c.cost_pico
    key = (requests.c[by], requests.c.simulated)
    query = (
        select(
            *key,
            func.count(),
            _count(requests.c.outcome.in_(_ANSWERED)),
            _count(both),
            *halves(case((both, requests.c.baseline_pico), else_=0)),
            *halves(case((both, saving), else_=0)),
        )
        .where(requests.c.started_us >= since_us)
        .group_by(*key)
    )
    rows = {}
    for group, simulated, count, answered, compared, *money in connection.execute(query):
        rows[group, bool(simulated)] = SummaryRow(
            group=group,
            simulated=bool(simulated),
            requests=count,
            answered=int(answered),
            compared=int(compared),
            baseline=whole(*money[:2]),
            saving=whole(*money[2:]),
        )
    return rows


def _add_attempts(connection: Connection, by: By, since_us: int, rows: dict[_Key, SummaryRow]) -> None:
    key = _attempt_key(by)
    query = (
        select(
            *key,
            func.count(),
            _count(attempts.c.cost_state.in_(_UNKNOWN)),
            *halves(func.coalesce(attempts.c.cost_pico, 0)),
        )
        .join(requests, requests.c.id == attempts.c.request_id)
        .where(requests.c.started_us >= since_us)
        .group_by(*key)
    )
    for name, simulated, count, unknown, *money in connection.execute(query):
        row = rows.get((name, bool(simulated)), SummaryRow(name, bool(simulated)))
        rows[name, bool(simulated)] = replace(row, attempts=count, unknown=int(unknown), cost=whole(*money))


def _correct_costs(connection: Connection, by: By, since_us: int, rows: dict[_Key, SummaryRow]) -> None:
    """Corrections stand where the attempt's cost does."""
    key = _attempt_key(by)
    c = corrections.c
    query = (
        select(*key, _count(c.resolves), *halves(c.delta_pico))
        .join(attempts, (attempts.c.request_id == c.request_id) & (attempts.c.n == c.n))
        .join(requests, requests.c.id == c.request_id)
        .where(requests.c.started_us >= since_us)
        .group_by(*key)
    )
    for name, simulated, resolved, *money in connection.execute(query):
        row = rows[name, bool(simulated)]
        unknown = row.unknown - int(resolved)
        rows[name, bool(simulated)] = replace(row, unknown=unknown, corrections=whole(*money))


def _correct_savings(connection: Connection, by: By, since_us: int, rows: dict[_Key, SummaryRow]) -> None:
    """A cost that became known lets its request be compared; every other one moves its saving."""
    key = (requests.c[by], requests.c.simulated)
    c = corrections.c
    newly = case((c.request_resolves, requests.c.baseline_pico), else_=0)
    query = (
        select(*key, _count(c.request_resolves), *halves(newly), *halves(c.request_delta_pico))
        .join(requests, requests.c.id == c.request_id)
        .where(requests.c.started_us >= since_us, requests.c.baseline_pico.is_not(None))
        .group_by(*key)
    )
    for name, simulated, compared, *money in connection.execute(query):
        row, baseline = rows[name, bool(simulated)], whole(*money[:2])
        rows[name, bool(simulated)] = replace(
            row,
            compared=row.compared + int(compared),
            baseline=row.baseline + baseline,
            saving=row.saving + baseline - whole(*money[2:]),
        )


def _attempt_key(by: By) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """By tier and model money stands where it was spent, else under its request."""
    table = attempts if by in ("tier", "model") else requests
    return table.c[by], table.c.simulated


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
