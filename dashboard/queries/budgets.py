"""The budgets in force, how each stands in the period that holds a moment, and whom it alarmed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from dashboard.queries.sums import summed, whole
from router.domain.forecast import Series
from router.record.book_tables import charges_day
from router.record.budget_tables import budget_alerts, budget_periods, budgets

_B, _P, _A, _C = budgets.c, budget_periods.c, budget_alerts.c, charges_day.c


@dataclass(frozen=True, slots=True)
class Crossed:
    """A threshold that was crossed in the period: per cent, when, and when all were told (None: not yet)."""

    percent: int
    crossed_us: int
    sent_us: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget in its current period; pico-USD, Unix microseconds. What is None was never written: no
    gateway has counted this period yet. `match`: who it belongs to, by field; empty: everybody."""

    name: str
    match: dict[str, list[str]]
    kind: str
    time_zone: str
    limit: int
    enforcement: str
    when_spent: str
    thresholds: tuple[int, ...]
    period: str | None
    starts_us: int | None
    ends_us: int | None
    spent: int | None
    reserved: int | None
    forecast: int | None
    updated_us: int | None
    crossed: tuple[Crossed, ...] = ()

    @property
    def hard(self) -> bool:
        return self.enforcement == "hard"


_DEFINED = tuple(_B[name] for name in (
    "name", "match", "time_zone", "limit_pico", "enforcement", "when_spent", "thresholds",
))  # fmt: skip
_PERIOD = ("period", "starts_us", "ends_us", "spent_pico", "reserved_pico", "forecast_pico", "updated_us")


def standing(connection: Connection, now_us: int) -> list[Standing]:
    """Every budget in force, in the order of its document."""
    current = and_(_P.budget == _B.name, _P.starts_us <= now_us, _P.ends_us > now_us)
    query = (
        select(*_DEFINED, _B.period.label("kind"), *(_P[name] for name in _PERIOD))
        .outerjoin_from(budgets, budget_periods, current)
        .order_by(_B.position)
    )
    alerts = _alerts(connection)
    rows: Iterable[Row[Any]] = connection.execute(query)
    return [_standing(row, alerts.get((row.name, row.period), [])) for row in rows]


def _standing(row: Row[Any], crossed: list[Crossed]) -> Standing:
    period, starts, ends, spent, reserved, expected, updated = row[-len(_PERIOD) :]
    return Standing(
        name=row.name,
        match=json.loads(row.match),
        kind=row.kind,
        time_zone=row.time_zone,
        limit=row.limit_pico,
        enforcement=row.enforcement,
        when_spent=row.when_spent,
        thresholds=tuple(json.loads(row.thresholds)),
        period=period,
        starts_us=starts,
        ends_us=ends,
        spent=spent,
        reserved=reserved,
        forecast=expected,
        updated_us=updated,
        crossed=tuple(crossed),
    )


def daily(
    connection: Connection, match: Mapping[str, Sequence[str]], first: date, end: date
) -> Series | None:
    """What a budget's charges came to by UTC day in [first, end), from the first day with any. None: the
    books cannot tell, because they do not know keys."""
    if "key" in match:
        return None
    conditions = [_matches(_C[name], patterns) for name, patterns in match.items()]
    query = (
        select(_C.day, *summed("spend", _C.cost_pico))
        .where(_C.day >= first.isoformat(), _C.day < end.isoformat(), *conditions)
        .group_by(_C.day)
    )
    days = {date.fromisoformat(row.day): whole(row, "spend") or 0 for row in connection.execute(query)}
    began = min(days, default=end)
    amounts = (days.get(began + timedelta(days=n), 0) for n in range((end - began).days))
    return Series(began, tuple(amounts))


def _matches(column: ColumnElement[Any], patterns: Sequence[str]) -> ColumnElement[bool]:
    """Any of them may; one that ends in `*` matches by its start, as in the policy's documents."""
    return or_(
        *(
            column.startswith(pattern[:-1], autoescape=True) if pattern.endswith("*") else column == pattern
            for pattern in patterns
        )
    )


def _alerts(connection: Connection) -> dict[tuple[str, str], list[Crossed]]:
    """By budget and period."""
    columns = (_A.budget, _A.period, _A.percent, _A.crossed_us, _A.sent_us, _A.error)
    query = select(*columns).join_from(budget_alerts, budgets, _A.budget == _B.name).order_by(_A.percent)
    found: defaultdict[tuple[str, str], list[Crossed]] = defaultdict(list)
    for budget, period, percent, crossed_us, sent_us, error in connection.execute(query):
        found[budget, period].append(Crossed(percent, crossed_us, sent_us, error))
    return dict(found)
