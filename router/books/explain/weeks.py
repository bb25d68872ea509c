"""Spans of days, read from the daily charges by workload, and held against each other."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import Connection, select

from router.books.explain.change import Explained, Key, explained
from router.books.explain.effects import Answers, Span
from router.books.rollups.charges import USAGE
from router.books.rollups.meters import ATTEMPTS, CORRECTION
from router.domain.teams import Team, TeamNames
from router.record.book_tables import charges_day

_WEEK = timedelta(days=7)


def parse_week(text: str) -> date:
    """The Monday of `2026-W47` (ISO 8601). Raises ValueError saying what a week looks like."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    if not found:
        raise ValueError(f"{text!r} is not a week: give it as 2026-W47")
    return date.fromisocalendar(int(found[1]), int(found[2]), 1)


def explain_week(connection: Connection, team: Team | None, monday: date) -> Explained:
    """The week from `monday` on against the week before; team None: of all teams."""
    return explain_days(connection, team, (monday, monday - _WEEK), 7)


def explain_days(
    connection: Connection, team: Team | None, firsts: tuple[date, date], days: int = 1
) -> Explained:
    """`days` days from the first of `firsts` on, against as many from the second one on."""
    new, old = (spans(connection, team, first, days) for first in firsts)
    return explained(old, new)


def spans(connection: Connection, team: Team | None, first: date, days: int) -> dict[Key, Span]:
    """What the requests of these days cost, as far as it is known; team None: of all teams."""
    c = charges_day.c
    found: defaultdict[Key, Span] = defaultdict(Span)
    end = first + timedelta(days=days)
    keys = (c.team, c.project, c.workload)
    query = select(*keys, c.model, c.kind, c.served, c.meter, c.quantity, c.cost_pico).where(
        c.day >= first.isoformat(), c.day < end.isoformat()
    )
    if team is not None:
        query = query.where(c.organisation == team.organisation, c.team == team.name)
    for *key, model, kind, served, meter, quantity, cost in connection.execute(query):
        span = found[key[0], key[1], key[2]]
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


def teams(connection: Connection) -> TeamNames:
    """All that have charges."""
    c = charges_day.c
    return TeamNames(Team(*row) for row in connection.execute(select(c.organisation, c.team).distinct()))
