"""How requests ended, and what they saved as booked, from the sums by the day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from dashboard.filters import Filters
from dashboard.palette import tier_name
from dashboard.queries.selection import where
from router.record.book_tables import outcomes_day

_O = outcomes_day.c


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requests of one answering tier ended in one way."""

    tier: str
    outcome: str
    requests: int


def tallies(connection: Connection, filters: Filters) -> list[Tally]:
    """Requests per answering tier and outcome."""
    query = select(_O.tier, _O.outcome, func.sum(_O.requests)).where(*where(filters, _O))
    rows = connection.execute(query.group_by(_O.tier, _O.outcome))
    return [Tally(tier_name(tier), outcome, int(number)) for tier, outcome, number in rows]
