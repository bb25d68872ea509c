"""What the filters stand for in SQL, and the fact every page starts with: the time of the newest request."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from dashboard.filters import NOT_NAMED, CostFilter, Filters, Source
from dashboard.palette import NO_ANSWER
from router.domain.kinds import CostState
from router.record.book_tables import outcomes_day
from router.record.tables import requests

_R, _O = requests.c, outcomes_day.c


def where(filters: Filters, columns: Any = _R) -> list[ColumnElement[bool]]:
    """The conditions that `filters` stand for, on the columns of `requests` or of sums by the day, which
    know the same names; the kind of cost is one of single requests only."""
    conditions: list[ColumnElement[bool]] = []
    if filters.first_day is not None:
        conditions.append(columns.day >= filters.first_day.isoformat())
    if filters.last_day is not None:
        conditions.append(columns.day <= filters.last_day.isoformat())
    if filters.team is not None:
        conditions.append(columns.organisation == filters.team.organisation)
        conditions.append(columns.team == filters.team.name)
    if filters.project is not None:
        conditions.append(columns.project == filters.project)
    if filters.workload == NOT_NAMED:
        conditions.append(columns.workload.is_(None))
    elif filters.workload is not None:
        conditions.append(columns.workload == filters.workload)
    if filters.model is not None:
        conditions.append(columns.model == filters.model)
    if filters.tier == NO_ANSWER:
        conditions.append(columns.tier.is_(None))
    elif filters.tier is not None:
        conditions.append(columns.tier == filters.tier)
    if filters.source is not None:
        conditions.append(columns.simulated.is_(filters.source is Source.SIMULATED))
    if filters.outcome is not None:
        conditions.append(columns.outcome == filters.outcome)
    if filters.cost is not None:
        conditions.append(_cost_condition(filters.cost))
    return conditions


def _cost_condition(cost: CostFilter) -> ColumnElement[bool]:
    match cost:
        case CostFilter.KNOWN:
            return _R.cost_pico.is_not(None)
        case CostFilter.ESTIMATED:
            return _R.cost_state == CostState.ESTIMATED.value
        case CostFilter.UNKNOWN:
            return _R.cost_pico.is_(None)


def oldest_day(connection: Connection) -> str | None:
    """The first UTC day with a request, as YYYY-MM-DD; None in an empty ledger."""
    found: str | None = connection.scalar(select(func.min(_R.day)))
    return found


def newest(connection: Connection) -> int | None:
    """When the newest request of the ledger started, Unix microseconds; None in an empty ledger."""
    found: int | None = connection.scalar(select(func.max(_R.started_us)))
    return found


def baseline_models(connection: Connection, filters: Filters) -> list[str]:
    """The comparison models that requests with a cost and a baseline declared, in alphabetical order; from
    the sums by the day, which the savings are made of too."""
    query = select(_O.baseline_model).where(*where(filters, _O), _O.compared > 0).distinct()
    return sorted(name for name in connection.scalars(query) if name is not None)
