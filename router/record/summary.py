"""Requests, cost and saving in groups, for the command line. Never on a request's path.

Money is summed as integers; what is unknown is counted beside the sum, never added as zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, case, func, select

from router.domain.kinds import CostState, Outcome
from router.domain.teams import Team, TeamNames
from router.record.sums import halves, whole
from router.record.tables import attempts, corrections, requests

By = Literal["tier", "team", "model", "day"]

_UNKNOWN = (CostState.UNPRICED.value, CostState.USAGE_MISSING.value)
_ANSWERED = (Outcome.ACCEPTED.value, Outcome.UNVERIFIED.value, Outcome.ESCALATED.value)
_Key = tuple[str | Team | None, bool]
"""What a row is of, and whether its upstreams were simulated; a team is one organisation's."""
_Rows = dict[_Key, "SummaryRow"]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One group of a summary; money in pico-USD.

    `cost` sums the attempts whose cost is known, `unknown` counts those whose is not; `corrections` is what
    was added since, not in `cost`. `saving` is baseline minus cost and corrections over the `compared`
    requests where both are known. By tier and by model, attempts and cost are booked where they were spent,
    requests and saving under what answered (None: nothing). A team is named with its organisation,
    `acme/search`, where another organisation's in the summary has the same name.
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
        found = _request_sums(connection, by, since_us)
        _add_attempts(connection, by, since_us, found)
        _correct_costs(connection, by, since_us, found)
        _correct_savings(connection, by, since_us, found)
    rows = _named(found)
    if by == "day":
        return sorted(rows, key=lambda row: (row.group or "", row.simulated))
    return sorted(rows, key=lambda row: (-row.cost, row.group or "~", row.simulated))


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


def _named(found: _Rows) -> list[SummaryRow]:
    names = TeamNames(group for group, _ in found if isinstance(group, Team))
    return [
        replace(row, group=names.name(group) if isinstance(group, Team) else group)
        for (group, _), row in found.items()
    ]


def _request_sums(connection: Connection, by: By, since_us: int) -> _Rows:
    both = requests.c.baseline_pico.is_not(None) & requests.c.cost_pico.is_not(None)
    saving = requests.c.baseline_pico - requests.c.cost_pico
    query = select(
        func.count(),
        _count(requests.c.outcome.in_(_ANSWERED)),
        _count(both),
        *halves(case((both, requests.c.baseline_pico), else_=0)),
        *halves(case((both, saving), else_=0)),
    ).where(requests.c.started_us >= since_us)
    rows = {}
    for key, (count, answered, compared, *money) in _grouped(connection, query, by, requests):
        rows[key] = SummaryRow(
            group=None,
            simulated=key[1],
            requests=count,
            answered=int(answered),
            compared=int(compared),
            baseline=whole(*money[:2]),
            saving=whole(*money[2:]),
        )
    return rows


def _add_attempts(connection: Connection, by: By, since_us: int, rows: _Rows) -> None:
    query = (
        select(
            func.count(),
            _count(attempts.c.cost_state.in_(_UNKNOWN)),
            *halves(func.coalesce(attempts.c.cost_pico, 0)),
        )
        .join_from(attempts, requests, requests.c.id == attempts.c.request_id)
        .where(requests.c.started_us >= since_us)
    )
    for key, (count, unknown, *money) in _grouped(connection, query, by, _spent_in(by)):
        row = rows.get(key, SummaryRow(None, key[1]))
        rows[key] = replace(row, attempts=count, unknown=int(unknown), cost=whole(*money))


def _correct_costs(connection: Connection, by: By, since_us: int, rows: _Rows) -> None:
    """Corrections stand where the attempt's cost does."""
    c = corrections.c
    query = (
        select(_count(c.resolves), *halves(c.delta_pico))
        .join_from(corrections, attempts, (attempts.c.request_id == c.request_id) & (attempts.c.n == c.n))
        .join(requests, requests.c.id == c.request_id)
        .where(requests.c.started_us >= since_us)
    )
    for key, (resolved, *money) in _grouped(connection, query, by, _spent_in(by)):
        row = rows[key]
        rows[key] = replace(row, unknown=row.unknown - int(resolved), corrections=whole(*money))


def _correct_savings(connection: Connection, by: By, since_us: int, rows: _Rows) -> None:
    """A cost that became known lets its request be compared; every other one moves its saving."""
    c = corrections.c
    newly = case((c.request_resolves, requests.c.baseline_pico), else_=0)
    query = (
        select(_count(c.request_resolves), *halves(newly), *halves(c.request_delta_pico))
        .join_from(corrections, requests, requests.c.id == c.request_id)
        .where(requests.c.started_us >= since_us, requests.c.baseline_pico.is_not(None))
    )
    for key, (compared, *money) in _grouped(connection, query, by, requests):
        row, baseline = rows[key], whole(*money[:2])
        rows[key] = replace(
            row,
            compared=row.compared + int(compared),
            baseline=row.baseline + baseline,
            saving=row.saving + baseline - whole(*money[2:]),
        )


def _spent_in(by: By) -> Table:
    """By tier and model money stands where it was spent, else under its request."""
    return attempts if by in ("tier", "model") else requests


def _grouped(
    connection: Connection, query: Select[Any], by: By, table: Table
) -> Iterator[tuple[_Key, Sequence[Any]]]:
    """The sums that `query` selects, by what `table` says a row is of."""
    names = ("organisation", "team") if by == "team" else (by,)
    columns = [*(table.c[name] for name in names), table.c.simulated]
    for row in connection.execute(query.add_columns(*columns).group_by(*columns)):
        sums, (*named, simulated) = row[: -len(columns)], row[-len(columns) :]
        yield (Team(*named) if by == "team" else named[0], bool(simulated)), sums


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
