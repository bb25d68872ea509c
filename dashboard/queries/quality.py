"""How many answers were found good, and what a good one costs: verified, judged and reported apart.

Read from the sums by the day. Money counts requests of known cost only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from dashboard.filters import Filters
from dashboard.palette import tier_order
from dashboard.queries.selection import where
from dashboard.queries.sums import summed, whole
from router.domain.kinds import CostState, Verdict
from router.domain.outcomes import Accepted, Basis
from router.record.book_tables import outcomes_day

_O = outcomes_day.c
_UNKNOWN = (CostState.UNPRICED.value, CostState.USAGE_MISSING.value)
_DECIDED = (Verdict.PASSED.value, Verdict.FAILED.value)
Key = tuple[str | None, ...]


class By(StrEnum):
    """What quality is shown by; the values are what the URL and the screen show."""

    TIER = "tier"
    MODEL = "model"
    TASK = "task"


_COLUMNS = {By.TIER: ("tier",), By.MODEL: ("tier", "model"), By.TASK: ("task",)}


@dataclass(frozen=True, slots=True)
class Group:
    """The answered requests of a tier, model or task. `tier` None: of several tiers. `simulated` of them were
    answered by simulated upstreams; `unknown_cost` are of unknown cost, and `cost`, `tokens` and `accepted`
    are about the others."""

    name: str
    tier: str | None
    answered: int
    simulated: int
    unknown_cost: int
    cost: int
    tokens: int
    accepted: dict[Basis, Accepted]


def groups(connection: Connection, filters: Filters, by: By) -> list[Group]:
    """Every group that the filters leave answers of, cheapest tier first, then the largest."""
    names = _COLUMNS[by]
    found = {
        Basis.VERIFIED: _verified(connection, filters, names),
        Basis.JUDGED: _looked_at(connection, filters, names, Basis.JUDGED),
        Basis.REPORTED: _looked_at(connection, filters, names, Basis.REPORTED),
    }
    keys = [_O[name] for name in names]
    query = select(*keys, *_answers()).where(*where(filters, _O), _O.tier.is_not(None)).group_by(*keys)
    made = []
    for row in connection.execute(query):
        key = tuple(row[: len(names)])
        made.append(
            Group(
                name=key[-1] or "unknown",
                tier=None if by is By.TASK else key[0],
                answered=int(row.answered),
                simulated=int(row.simulated or 0),
                unknown_cost=int(row.unknown or 0),
                cost=whole(row, "cost") or 0,
                tokens=int(row.tokens or 0),
                accepted={basis: part.get(key, Accepted(basis, 0, 0, 0)) for basis, part in found.items()},
            )
        )
    return sorted(made, key=lambda group: (tier_order(group.tier or ""), -group.answered, group.name))


def verified(connection: Connection, filters: Filters) -> Accepted:
    """All answers that a check decided, and what they cost."""
    parts = _verified(connection, filters, ("tier",)).values()
    looked_at, good, cost = (sum(getattr(p, name) for p in parts) for name in ("looked_at", "good", "cost"))
    return Accepted(Basis.VERIFIED, looked_at, good, cost)


def _answers() -> list[ColumnElement[Any]]:
    known = ~_O.cost_state.in_(_UNKNOWN)
    return [
        func.sum(_O.requests).label("answered"),
        func.sum(_O.requests).filter(_O.simulated.is_(True)).label("simulated"),
        func.sum(_O.requests).filter(~known).label("unknown"),
        *summed("cost", _O.cost_pico, known),
        func.sum(_O.input_tokens + _O.output_tokens).filter(known).label("tokens"),
    ]


def _verified(connection: Connection, filters: Filters, names: tuple[str, ...]) -> dict[Key, Accepted]:
    keys = [_O[name] for name in names]
    passed = func.sum(_O.requests).filter(_O.verdict == Verdict.PASSED.value)
    query: Select[Any] = (
        select(*keys, func.sum(_O.requests).label("n"), passed.label("good"), *summed("cost", _O.cost_pico))
        .where(
            *where(filters, _O), _O.tier.is_not(None), _O.verdict.in_(_DECIDED), ~_O.cost_state.in_(_UNKNOWN)
        )
        .group_by(*keys)
    )
    return _accepted(connection, query, len(names), Basis.VERIFIED)


def _looked_at(
    connection: Connection, filters: Filters, names: tuple[str, ...], basis: Basis
) -> dict[Key, Accepted]:
    """Judged or reported: sums carry the names of the two."""
    keys = [_O[name] for name in names]
    count, good, cost = (_O[name] for name in (basis, f"{basis}_good", f"{basis}_cost_pico"))
    query: Select[Any] = (
        select(*keys, func.sum(count).label("n"), func.sum(good).label("good"), *summed("cost", cost))
        .where(*where(filters, _O), _O.tier.is_not(None), count > 0, ~_O.cost_state.in_(_UNKNOWN))
        .group_by(*keys)
    )
    return _accepted(connection, query, len(names), basis)


def _accepted(connection: Connection, query: Select[Any], width: int, basis: Basis) -> dict[Key, Accepted]:
    return {
        tuple(row[:width]): Accepted(basis, int(row.n), int(row.good or 0), whole(row, "cost") or 0)
        for row in connection.execute(query)
    }
