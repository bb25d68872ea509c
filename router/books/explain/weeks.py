"""A team's spans of days, read from the daily charges: by project and workload."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import Connection, select

from router.books.explain.effects import Answers, Span
from router.books.rollups.charges import USAGE
from router.books.rollups.meters import ATTEMPTS, CORRECTION
from router.record.book_tables import charges_day

Spans = dict[tuple[str, str | None], Span]
"""By project and workload."""


def parse_week(text: str) -> date:
    """The Monday of `2026-W47` (ISO 8601). Raises ValueError saying what a week looks like."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    if not found:
        raise ValueError(f"{text!r} is not a week: give it as 2026-W47")
    return date.fromisocalendar(int(found[1]), int(found[2]), 1)


def spans(connection: Connection, team: str, first: date, days: int) -> Spans:
    """What the team's requests of these days cost, as far as it is known."""
    c = charges_day.c
    found: defaultdict[tuple[str, str | None], Span] = defaultdict(Span)
    end = first + timedelta(days=days)
    query = select(c.project, c.workload, c.model, c.kind, c.served, c.meter, c.quantity, c.cost_pico).where(
        c.team == team, c.day >= first.isoformat(), c.day < end.isoformat()
    )
    for project, workload, model, kind, served, meter, quantity, cost in connection.execute(query):
        span = found[project, workload]
        if meter == CORRECTION:
            span.corrections += cost or 0
        elif kind != USAGE or not served:
            span.overhead += cost or 0
        elif meter == ATTEMPTS:
            span.models.setdefault(model, Answers()).count += quantity
        else:
            answers = span.models.setdefault(model, Answers())
            answers.tokens[meter] = answers.tokens.get(meter, 0) + quantity
            answers.cost[meter] = answers.cost.get(meter, 0) + (cost or 0)
    return dict(found)


def teams(connection: Connection) -> list[str]:
    """All that have charges."""
    return sorted(connection.execute(select(charges_day.c.team).distinct()).scalars())
