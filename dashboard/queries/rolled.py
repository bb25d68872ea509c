"""What pages on the ledger's sums start with: whose sums there are, and how fresh they are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, distinct, func, select

from router.record.book_tables import outcomes_day, rollup_days, rollup_marks


@dataclass(frozen=True, slots=True)
class Fresh:
    """When sums were last made, Unix microseconds, and how many hours have changed since they were."""

    rolled_us: int
    waiting: int


def fresh(connection: Connection) -> Fresh | None:
    """None: no sums were ever made."""
    rolled: int | None = connection.scalar(select(func.max(rollup_days.c.rolled_us)))
    if rolled is None:
        return None
    waiting = connection.scalar(select(func.count(distinct(rollup_marks.c.hour_us))))
    return Fresh(rolled, waiting or 0)


def teams(connection: Connection) -> list[str]:
    """Every team with sums, in alphabetical order."""
    return list(connection.scalars(select(outcomes_day.c.team).distinct().order_by(outcomes_day.c.team)))
