"""The figures and tables of budgets: who they belong to, how they stand, when they run out. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import text
from dashboard.budget_outlook import Outlook
from dashboard.html_tables import Cell, Column, html_table
from dashboard.queries.budgets import Standing
from dashboard.spend_words import Figure
from router.domain.forecast import RunOut

EVERYBODY = "everybody"


def headline(found: Sequence[Outlook]) -> list[Figure]:
    """How many budgets there are, how many are used up, and which runs out first."""
    over = [one.budget.name for one in found if one.over]
    risky = [one for one in found if one.at_risk]
    hard = sum(one.budget.hard for one in found)
    names = text.verbatim(", ".join(over[:2]) + (" …" if len(over) > 2 else ""))
    first = min(risky, key=_expected, default=None)
    return [
        Figure(
            "Budgets in force", text.count(len(found)), f"{hard} hard", "A hard budget is never exceeded."
        ),
        Figure(
            "Used up",
            text.count(len(over)),
            names or "none",
            "Spent and set aside reach the limit.",
            bool(over),
        ),
        Figure(
            "Will run out",
            text.count(len(risky)),
            "none before its period ends" if first is None else _soon(first),
            "Budgets whose limit the middle of their forecast reaches before the period ends.",
            bool(risky),
        ),
    ]


def _expected(one: Outlook) -> str:
    found = one.run_out
    return "" if found is None else str(found.expected)


def _soon(one: Outlook) -> str:
    found = one.run_out
    assert found is not None and found.expected is not None
    return text.verbatim(f"{one.budget.name}, about {found.expected:%-d %b}")


def table(found: Sequence[Outlook]) -> str:
    """A line per budget, in the order in which they are declared."""
    names = ("Limit", "Spent", "Set aside", "Used", "Forecast", "Low to high")
    columns = [
        Column("Budget", False, wrap=True), Column("Belongs to", False, wrap=True), Column("Period", False),
        *(Column(name) for name in names), Column("Runs out", False), Column("Told at", False),
    ]  # fmt: skip
    return html_table(columns, [_line(one) for one in found])


def _line(one: Outlook) -> list[Cell | str]:
    budget = one.budget
    places = text.places_for([budget.limit, budget.spent])
    zone = "" if budget.time_zone == "UTC" else f", {budget.time_zone}"
    return [
        f"{budget.name} ({budget.enforcement})",
        whose(budget),
        f"{budget.period or budget.kind}{zone}",
        text.money(budget.limit, places),
        Cell(text.money(budget.spent, places), quiet=budget.spent is None),
        Cell(text.money(budget.reserved, places), quiet=not budget.reserved),
        Cell(_percent(one.used), alarm=one.over, quiet=one.used is None),
        *_forecast(one, places),
        Cell(runs_out(one), alarm=one.over or one.at_risk),
        _thresholds(budget),
    ]


def whose(budget: Standing) -> str:
    """`team search, support · model gpt-5`; a budget without limits is everybody's."""
    parts = (f"{field} {', '.join(values)}" for field, values in budget.match.items())
    return " · ".join(parts) or EVERYBODY


def runs_out(one: Outlook) -> str:
    """When the limit is reached, in words."""
    if one.budget.spent is None:
        return "not counted yet"
    if one.over:
        return "used up"
    found = one.run_out
    if found is None:
        return "no forecast"
    return _reached(found)


def _reached(found: RunOut) -> str:
    if found.earliest is None:
        return "lasts"
    if found.expected is None:
        return f"maybe, from {found.earliest:%-d %b}"
    until = f"to {found.latest:%-d %b}" if found.latest else "on"
    return f"about {found.expected:%-d %b} ({found.earliest:%-d %b} {until})"


def _forecast(one: Outlook, places: int) -> list[Cell]:
    if one.forecast is None:
        return [Cell(text.NONE, quiet=True)] * 2
    total = one.forecast.total
    low, middle, high = (text.money(end, places) for end in (total.low, total.middle, total.high))
    return [Cell(middle, alarm=total.middle > one.budget.limit), Cell(f"{low} to {high}")]


def _thresholds(budget: Standing) -> Cell:
    """`50 %, 80 %*`: with a star those that were crossed; red where nobody could be told."""
    crossed = {one.percent: one for one in budget.crossed}
    shown = ", ".join(f"{percent} %{'*' if percent in crossed else ''}" for percent in budget.thresholds)
    failed = any(one.sent_us is None and one.error for one in budget.crossed)
    return Cell(shown or text.NONE, alarm=failed, quiet=not crossed)


def _percent(share: float | None) -> str:
    return text.NONE if share is None else f"{100 * share:.1f} %"
