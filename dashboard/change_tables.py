"""The tables of the page on why a bill changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import links, text
from dashboard.filters import NOT_NAMED
from dashboard.html_tables import Cell, Column, html_table
from dashboard.weeks import Week
from router.books.explain.change import Change, Explained
from router.books.explain.effects import EFFECTS, Effect
from router.books.explain.words import UNNAMED

MEANS: dict[Effect, str] = {
    "volume": "more or fewer answers, at the old cost of one",
    "quality": "retries, rejected answers, escalations and judging, an answer",
    "mix": "other models answered, at the old cost of each",
    "length": "more or fewer tokens an answer, at the old prices",
    "price": "other prices for the same tokens, and corrections of costs",
}


def weeks(found: Sequence[Week], team: str, chosen: Week) -> str:
    """A line per week, newest first; its name opens its explanation."""
    places = text.places_for(amount for week in found for amount in (week.spend, week.before))
    names = ("Spend", "Week before", "Change", "Change, %")
    columns = [Column("Week", False), *(Column(name) for name in names), Column("Days (UTC)", False)]
    lines: list[list[Cell | str]] = [
        [
            Cell(week.name, href=links.link("changes", {"team": team, "week": week.name})),
            text.money(week.spend, places),
            text.money(week.before, places),
            text.signed(week.spend - week.before, places),
            text.change(week.spend, week.before),
            week.span if week.days == 7 else f"{week.span}, not over",
        ]
        for week in found
    ]
    return html_table(columns, lines, strong=found.index(chosen))


def effects(found: Explained) -> str:
    """Each effect over all workloads, and what it means; they add up to the change."""
    sums = found.effects
    places = text.places_for(sums.values())
    columns = [Column("Effect", False), Column("US$"), Column("Which means", False, wrap=True)]
    lines: list[list[Cell | str]] = [
        [effect, Cell(text.signed(sums[effect], places), quiet=not sums[effect]), MEANS[effect]]
        for effect in EFFECTS
    ]
    return html_table(columns, lines, ["Change", text.signed(sum(sums.values()), places), ""])


def workloads(found: Explained, team: str) -> str:
    """Each workload's change and the effects it is made of, the largest first; lines and columns add up."""
    places = text.places_for(one.amount for one in found.rows)
    columns = [Column("Project", False), Column("Workload", False)]
    columns += [Column("Change"), *(Column(name.capitalize()) for name in EFFECTS)]
    lines: list[list[Cell | str]] = [
        [one.project, _workload(one, team), *_cells(one.effects, places)] for one in found.rows
    ]
    return html_table(columns, lines, ["All", "", *_cells(found.effects, places)])


def _workload(one: Change, team: str) -> Cell:
    params = {
        "team": team, "project": one.project, "workload": one.workload or NOT_NAMED, "by": "model",
    }  # fmt: skip
    return Cell(one.workload or UNNAMED, href=links.link("spend", params))


def _cells(effects: Mapping[Effect, int], places: int) -> list[Cell]:
    amounts = [sum(effects.values()), *(effects[name] for name in EFFECTS)]
    return [Cell(text.signed(amount, places), quiet=not amount) for amount in amounts]
