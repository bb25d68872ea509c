"""The table of odd days, each with what made it so. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import links, text
from dashboard.html_tables import Cell, Column, html_table
from dashboard.spend_tables import NOT_ALLOCATED
from router.books.explain.change import Explained
from router.books.outlook.odd import Odd
from router.domain.teams import TeamNames


def table(found: Sequence[Odd], causes: Sequence[Explained], names: TeamNames) -> str:
    """A line per odd day, the newest first; the day leads to its hours and requests, the team to its week."""
    places = text.places_for(odd.anomaly.spent for odd in found)
    columns = [
        Column("Day (UTC)", False), Column("Team", False), Column("Spent"), Column("Usual"),
        Column("Beyond"), Column("Most of it", False, wrap=True),
    ]  # fmt: skip
    lines = [_line(odd, why, places, odd.called(names)) for odd, why in zip(found, causes, strict=True)]
    return html_table(columns, lines)


def _line(odd: Odd, why: Explained, places: int, team: str | None) -> list[Cell | str]:
    one = odd.anomaly
    day = {"day": one.day.isoformat(), "team": team, "by": "workload"}
    week = {"team": team, "week": f"{one.day:%G-W%V}"}
    return [
        Cell(f"{one.day:%a %-d %b %Y}", href=links.link("spend", day)),
        Cell(team or NOT_ALLOCATED, href=links.link("changes", week) if team else None),
        text.money(one.spent, places),
        text.money(one.usual, places),
        text.signed(one.beyond, places),
        _cause(odd, why),
    ]


def _cause(odd: Odd, why: Explained) -> str:
    like = f"{odd.anomaly.like:%-d %b}"
    if why.largest is None:
        return f"no change against {like}"
    row, effect = why.largest
    return f"{effect} {text.signed(row.effects[effect])}: {why.cause} (against {like})"
