"""The latest requests as rows for people: the quick look of the command line. Never on a request's path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from sqlalchemy import Connection, Engine, select

from router.record.quality import NOTHING_KNOWN, Quality, quality_of
from router.record.tables import requests


@dataclass(frozen=True, slots=True)
class RecentRow:
    """One request as `ledger tail` shows it."""

    id: str
    started_us: int
    team: str
    task: str | None
    difficulty: float | None
    rule: str | None
    tier: str | None
    model: str | None
    simulated: bool
    outcome: str
    verdict: str | None
    http_status: int
    error_code: str | None
    attempts: int
    cost_pico: int | None
    cost_state: str
    duration_us: int | None
    gateway_us: int | None
    quality: Quality = NOTHING_KNOWN


def recent(engine: Engine, limit: int) -> list[RecentRow]:
    """The last `limit` requests by start, oldest first."""
    query = select(*_RECENT).order_by(requests.c.started_us.desc(), requests.c.id.desc()).limit(limit)
    with engine.connect() as connection:
        return _with_quality(connection, [RecentRow(*row) for row in connection.execute(query)][::-1])


def of_ids(engine: Engine, ids: Sequence[str]) -> list[RecentRow]:
    """Those requests by start, oldest first; at most some thousands of `ids`."""
    query = select(*_RECENT).where(requests.c.id.in_(ids)).order_by(requests.c.started_us, requests.c.id)
    with engine.connect() as connection:
        return _with_quality(connection, [RecentRow(*row) for row in connection.execute(query)])


def _with_quality(connection: Connection, rows: Sequence[RecentRow]) -> list[RecentRow]:
    known = quality_of(connection, [row.id for row in rows])
    return [replace(row, quality=known[row.id]) for row in rows]


_RECENT = tuple(requests.c[field.name] for field in fields(RecentRow) if field.name != "quality")
