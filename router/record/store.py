"""The latest requests as rows for people: the quick look of the command line. Never on a request's path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Engine, select

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


def recent(engine: Engine, limit: int) -> list[RecentRow]:
    """The last `limit` requests by start, oldest first."""
    query = select(*_RECENT).order_by(requests.c.started_us.desc(), requests.c.id.desc()).limit(limit)
    with engine.connect() as connection:
        return [RecentRow(*row) for row in connection.execute(query)][::-1]


def of_ids(engine: Engine, ids: Sequence[str]) -> list[RecentRow]:
    """Those requests by start, oldest first; at most some thousands of `ids`."""
    query = select(*_RECENT).where(requests.c.id.in_(ids)).order_by(requests.c.started_us, requests.c.id)
    with engine.connect() as connection:
        return [RecentRow(*row) for row in connection.execute(query)]


_RECENT = tuple(requests.c[field.name] for field in fields(RecentRow))
