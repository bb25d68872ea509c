"""Spend and counts broken down: by day and tier, by team and tier, by outcome, and by who was paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from dashboard.filters import Filters
from dashboard.palette import tier_name
from dashboard.queries import corrected
from dashboard.queries.corrected import plus
from dashboard.queries.selection import where
from dashboard.queries.sums import summed, whole
from router.domain.kinds import AttemptStatus
from router.record.tables import attempts, requests

_R = requests.c


@dataclass(frozen=True, slots=True)
class Cell:
    """Spend of the requests of one (day or team) that one tier answered, with corrections; pico-USD."""

    name: str
    tier: str
    requests: int
    spend: int | None
    unknown_cost: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What the attempts at one model cost. `spend` adds up the attempts of known cost and their corrections;
    pico-USD."""

    tier: str
    model: str
    simulated: bool
    attempts: int
    failed: int
    input: int | None
    output: int | None
    spend: int | None
    unknown_cost: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requests share one value, by the tier that answered."""

    tier: str
    value: str | None
    requests: int


def day_cells(connection: Connection, filters: Filters) -> list[Cell]:
    """Spend per UTC day (of the request's start) and answering tier, oldest first."""
    return _cells(connection, filters, _R.day)


def team_cells(connection: Connection, filters: Filters) -> list[Cell]:
    """Spend per team and answering tier."""
    return _cells(connection, filters, _R.team)


def outcomes(connection: Connection, filters: Filters) -> list[Tally]:
    """Requests per answering tier and outcome."""
    return _tallies(connection, filters, _R.outcome)


def verdicts(connection: Connection, filters: Filters) -> list[Tally]:
    """Requests per answering tier and verdict on the final answer; None where no check ran."""
    return _tallies(connection, filters, _R.verdict)


def cost_states(connection: Connection, filters: Filters) -> list[Tally]:
    """Requests per answering tier and cost state."""
    return _tallies(connection, filters, _R.cost_state)


def paid_to(connection: Connection, filters: Filters) -> list[Paid]:
    """What the attempts of the filtered requests cost, per model that was called."""
    a = attempts.c
    query = (
        select(
            a.tier,
            a.model,
            a.simulated,
            func.count().label("attempts"),
            func.count().filter(a.status != AttemptStatus.OK.value).label("failed"),
            *summed("input", a.uncached_input + a.cache_read + a.cache_write),
            *summed("output", a.output),
            *summed("spend", a.cost_pico),
            func.count().filter(a.cost_pico.is_(None)).label("unknown_cost"),
        )
        .join_from(attempts, requests, a.request_id == _R.id)
        .where(*where(filters))
        .group_by(a.tier, a.model, a.simulated)
    )
    since = corrected.of_attempts(connection, filters, (a.tier, a.model, a.simulated))
    found = []
    for row in connection.execute(query):
        spend, sent, written, resolved = since.get((row.tier, row.model, row.simulated), (0, 0, 0, 0))
        found.append(
            Paid(
                tier=row.tier,
                model=row.model,
                simulated=row.simulated,
                attempts=row.attempts,
                failed=row.failed,
                input=plus(whole(row, "input"), sent),
                output=plus(whole(row, "output"), written),
                spend=plus(whole(row, "spend"), spend),
                unknown_cost=row.unknown_cost - resolved,
            )
        )
    return sorted(found, key=lambda paid: (-(paid.spend or 0), paid.model))


def _cells(connection: Connection, filters: Filters, column: ColumnElement[str]) -> list[Cell]:
    query: Select[Any] = (
        select(
            column.label("name"),
            _R.tier,
            func.count().label("requests"),
            *summed("spend", _R.cost_pico),
            func.count().filter(_R.cost_pico.is_(None)).label("unknown_cost"),
        )
        .where(*where(filters))
        .group_by(column, _R.tier)
        .order_by(column, _R.tier)
    )
    since = corrected.of_requests(connection, filters, (column, _R.tier))
    cells = []
    for row in connection.execute(query):
        part = since.get((row.name, row.tier), corrected.NOTHING)
        spend, unknown = plus(whole(row, "spend"), part.spend), row.unknown_cost - part.resolved
        cells.append(Cell(row.name, tier_name(row.tier), row.requests, spend, unknown))
    return cells


def _tallies(connection: Connection, filters: Filters, column: ColumnElement[str]) -> list[Tally]:
    query = (
        select(_R.tier, column.label("value"), func.count().label("requests"))
        .where(*where(filters))
        .group_by(_R.tier, column)
    )
    return [Tally(tier_name(row.tier), row.value, row.requests) for row in connection.execute(query)]
