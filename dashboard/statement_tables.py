"""The tables and headline figures of the Close & exports page. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from dashboard import text
from dashboard.html_tables import Cell, Column, alarm_count, html_table
from dashboard.spend_words import Figure
from router.books.months import name
from router.books.periods.calendar import Calendar, Closing
from router.books.rollups.gpu import NO_TEAM
from router.books.statement.build import Line, Statement, listed_cents
from router.books.statement.cents import in_dollars
from router.domain.teams import Team

OF_NO_TEAM = "no team: own GPUs, idle or used beside the gateway"
_SHORT = 12
_WHY = "Reopened because"
_NOTHING = Cell(text.NONE, quiet=True)


def months(known: Calendar, shown: Sequence[date]) -> str:
    """One line per month, the newest first; below a month every earlier closing of it that was undone."""
    titles = ["Month", "State", "Closed", "By", "Digest"]
    if any(closing.reopened_us is not None for closing in known.closings):
        titles.append(_WHY)
    columns = [Column(title, figure=False, wrap=title == _WHY) for title in titles]
    lines: list[list[Cell | str]] = []
    for month in sorted(shown, reverse=True):
        closing = known.closing_of(month)
        lines.append(_open(name(month)) if closing is None else _closing(closing))
        undone = [c for c in known.closings if c.period == name(month) and c.reopened_us is not None]
        lines += [_closing(one) for one in reversed(undone)]
    return html_table(columns, [line[: len(titles)] for line in lines])


def _open(month: str) -> list[Cell | str]:
    return [month, "open: figures may change", *(_NOTHING for _ in range(4))]


def _closing(one: Closing) -> list[Cell | str]:
    closed = [text.instant(one.closed_us), one.closed_by, f"{one.digest[:_SHORT]}…"]
    if one.reopened_us is None:
        return [one.period, f"closed, version {one.version}", *closed, _NOTHING]
    why = f"{one.reopened_because} ({one.reopened_by}, {text.instant(one.reopened_us)})"
    cells = ("", f"version {one.version}, not in force", *closed, why)
    return [Cell(cell, quiet=True) for cell in cells]


def findings(closing: Closing) -> str:
    """What was found when the month was closed, and what of it somebody accepted."""
    columns = [
        Column("Finding", figure=False), Column("What was found", figure=False, wrap=True),
        Column("Accepted", figure=False),
    ]  # fmt: skip
    lines: list[list[Cell | str]] = [
        [
            found["name"].replace("_", " "),
            found["text"],
            Cell("by hand", alarm=True) if found["accepted"] else Cell(text.NONE, quiet=True),
        ]
        for found in json.loads(closing.checks)
    ]
    return html_table(columns, lines)


def headline(made: Statement, team: Team | None) -> list[Figure]:
    """What is to be paid, what it is made of, and what is in no total."""
    lines, _ = made.of(team)
    usage, adjusted = (sum(line.printed for line in part) for part in _parts(made, lines))
    unknown = sum(line.unknown_attempts for line in lines)
    simulated = sum(line.printed for line in lines if line.simulated)
    total = sum(line.printed for line in lines)
    return [
        Figure(
            "To pay",
            f"${in_dollars(total)}",
            "all teams" if team is None else text.verbatim(str(team)),
            "US dollars, as booked. Exact inside; the total is rounded to a cent, and its cents are divided "
            "so that lines add up to teams and teams to the total.",
        ),
        Figure(
            "Usage of the month",
            f"${in_dollars(usage)}",
            text.attempts(sum(line.attempts for line in lines)),
            "US dollars: what requests that started in the month cost, judging included.",
        ),
        Figure(
            "Adjustments",
            f"${in_dollars(adjusted)}",
            "of months closed before",
            "US dollars: what came late for closed months, and corrections of them.",
        ),
        Figure(
            "Cost unknown",
            text.attempts(unknown),
            "in no total",
            "Attempts without a price in force or without a usage report.",
            alarm=unknown > 0,
        ),
        Figure(
            "Simulated",
            f"${in_dollars(simulated)}",
            "no real money" if simulated else "none",
            "US dollars of the total that simulated upstreams made: on no invoice.",
            alarm=simulated > 0,
        ),
    ]


def teams(made: Statement, team: Team | None) -> str:
    """One line per team, the largest first; the total is the printed one."""
    lines, _ = made.of(team)
    owners = {(line.organisation, line.team) for line in lines}
    several = len({organisation for organisation, team in owners if team != NO_TEAM}) > 1
    parts = [[line for line in lines if (line.organisation, line.team) == owner] for owner in owners]
    parts.sort(key=lambda part: (-sum(line.printed for line in part), part[0].team))
    names = ("To pay, US$", "Adjustments", "List price", "Not allocated", "Attempts", "Cost unknown")
    columns = [Column("Team", figure=False, wrap=True), *(Column(title) for title in names)]
    rows: list[list[Cell | str]] = []
    for part in parts:
        owner = f"{part[0].organisation}/{part[0].team}" if several else part[0].team
        nobodys = part[0].team == NO_TEAM
        rows.append([Cell(OF_NO_TEAM, quiet=True) if nobodys else owner, *_figures(made, part)])
    return html_table(columns, rows, ["Total", *_figures(made, lines)])


def _figures(made: Statement, part: Sequence[Line]) -> list[Cell | str]:
    _, adjusted = (sum(line.printed for line in some) for some in _parts(made, part))
    unallocated = sum(line.printed for line in part if line.workload is None)
    unknown = sum(line.unknown_attempts for line in part)
    listed = listed_cents(part)
    return [
        in_dollars(sum(line.printed for line in part)),
        Cell(in_dollars(adjusted), quiet=not adjusted),
        Cell("unknown" if listed is None else in_dollars(listed), alarm=listed is None),
        Cell(in_dollars(unallocated), quiet=not unallocated),
        text.count(sum(line.attempts for line in part)),
        alarm_count(unknown, text.count(unknown)),
    ]


def _parts(made: Statement, lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Usage of the month itself, and adjustments of months closed before it."""
    month = name(made.month)
    return (
        [line for line in lines if line.usage_month == month],
        [line for line in lines if line.usage_month != month],
    )
