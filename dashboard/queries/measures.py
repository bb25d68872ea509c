"""The measures of a set of requests: requests, spend, baseline, and how much of that is not a fact.

A request is the unit: its cost is that of all its attempts, retries and rejected answers included, and
counts for the tier that answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from dashboard.filters import Filters
from dashboard.palette import tier_name
from dashboard.queries import corrected
from dashboard.queries.corrected import Corrected, plus
from dashboard.queries.selection import where
from dashboard.queries.sums import summed, whole
from router.domain.kinds import CostState
from router.record.tables import requests

_R = requests.c
_COMPARED = and_(_R.cost_pico.is_not(None), _R.baseline_pico.is_not(None))


@dataclass(frozen=True, slots=True)
class Measures:
    """Sums over some requests. Money in pico-USD, None where no part of it is known.

    `spend` adds up the known costs, corrections included, of which `corrections` is what was added since;
    `unknown_cost` counts the requests that are in no sum of money.
    `simulated` counts the answers, `simulated_spend` the cost of all requests, that simulated upstreams had
    a part in. `compared` counts the requests with both a cost and a baseline; only those make a saving.
    """

    requests: int
    answered: int
    simulated: int
    spend: int | None
    simulated_spend: int | None
    unknown_cost: int
    estimated_cost: int
    compared: int
    compared_cost: int | None
    baseline: int | None
    corrections: int = 0

    @property
    def saving(self) -> int | None:
        """Gross: what the compared requests would have cost minus what they did cost."""
        if self.baseline is None or self.compared_cost is None:
            return None
        return self.baseline - self.compared_cost


@dataclass(frozen=True, slots=True)
class Group:
    """The measures of one team or one tier."""

    name: str
    measures: Measures


def totals(connection: Connection, filters: Filters) -> Measures:
    """The measures of all requests that `filters` leave."""
    row = connection.execute(select(*_measure_columns()).where(*where(filters))).one()
    return _measures(row, corrected.of_requests(connection, filters).get((), corrected.NOTHING))


def by_team(connection: Connection, filters: Filters) -> list[Group]:
    """The measures per team, largest known spend first."""
    groups = _groups(connection, filters, _R.team)
    return sorted(groups, key=lambda group: (-(group.measures.spend or 0), group.name))


def by_tier(connection: Connection, filters: Filters) -> list[Group]:
    """The measures per answering tier; `NO_ANSWER` where nothing answered."""
    return _groups(connection, filters, _R.tier)


def baseline_models(connection: Connection, filters: Filters) -> list[str]:
    """The comparison models that the compared requests declared, in alphabetical order."""
    query = select(_R.baseline_model).where(*where(filters), _COMPARED).distinct()
    return sorted(name for name in connection.scalars(query) if name is not None)


def _measure_columns() -> list[ColumnElement[Any]]:
    simulated = _R.simulated.is_(True)
    return [
        func.count().label("requests"),
        func.count(_R.tier).label("answered"),
        func.count(_R.tier).filter(simulated).label("simulated"),
        *summed("spend", _R.cost_pico),
        *summed("simulated_spend", _R.cost_pico, simulated),
        func.count().filter(_R.cost_pico.is_(None)).label("unknown_cost"),
        func.count().filter(_R.cost_state == CostState.ESTIMATED.value).label("estimated_cost"),
        func.count().filter(_COMPARED).label("compared"),
        *summed("compared_cost", _R.cost_pico, _COMPARED),
        *summed("baseline", _R.baseline_pico, _COMPARED),
    ]


def _measures(row: Row[Any], since: Corrected) -> Measures:
    return Measures(
        requests=row.requests,
        answered=row.answered,
        simulated=row.simulated,
        spend=plus(whole(row, "spend"), since.spend),
        simulated_spend=plus(whole(row, "simulated_spend"), since.simulated_spend),
        unknown_cost=row.unknown_cost - since.resolved,
        estimated_cost=row.estimated_cost,
        compared=row.compared + since.compared,
        compared_cost=plus(whole(row, "compared_cost"), since.compared_cost),
        baseline=plus(whole(row, "baseline"), since.baseline),
        corrections=since.spend,
    )


def _groups(connection: Connection, filters: Filters, column: ColumnElement[str]) -> list[Group]:
    query = select(column.label("name"), *_measure_columns()).where(*where(filters))
    rows = connection.execute(query.group_by(column))
    since = corrected.of_requests(connection, filters, (column,))
    return [
        Group(tier_name(row.name), _measures(row, since.get((row.name,), corrected.NOTHING))) for row in rows
    ]
