"""ISO weeks of daily charges, and what each is held against. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard import text
from dashboard.queries.charges import Cell
from dashboard.spend_words import Figure
from router.books.explain.change import Explained
from router.books.explain.words import UNNAMED

MOST = 13
"""Weeks that the page offers: a quarter."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday: its first `days` whole days (7 unless it is not over), and the cost in pico-USD
    of those and of the same weekdays of the week before."""

    monday: date
    days: int
    spend: int
    before: int

    @property
    def name(self) -> str:
        """`2026-W47`."""
        return f"{self.monday:%G-W%V}"

    @property
    def span(self) -> str:
        """`16 Nov 2026 to 22 Nov 2026`."""
        return text.day_range(self.monday, self.monday + timedelta(days=self.days - 1))


def first_day(today: date) -> date:
    """The first day that `weeks` needs to know of."""
    return _monday(today) - (MOST + 1) * _WEEK


def weeks(cells: Sequence[Cell], today: date) -> list[Week]:
    """The weeks from the first to the last with charges, newest first; of one that is not over, its whole
    days."""
    spent: dict[date, int] = {}
    for cell in cells:
        day = date.fromisoformat(str(cell.name))
        spent[day] = spent.get(day, 0) + cell.sums.spend
    if not spent:
        return []
    monday, oldest = _monday(max(spent)), max(_monday(min(spent)), first_day(today) + _WEEK)
    found = []
    while monday >= oldest:
        days = min(7, (today - monday).days)
        if days:
            now, then = (_sum(spent, start, days) for start in (monday, monday - _WEEK))
            found.append(Week(monday, days, now, then))
        monday -= _WEEK
    return found


def headline(week: Week, found: Explained) -> list[Figure]:
    """What the week cost, the week before, the difference, and the largest reason for it."""
    moved = week.spend - week.before
    figures = [
        Figure(week.name, text.money(week.spend), week.span, "US dollars, as booked with corrections."),
        Figure("The week before", text.money(week.before), "the same weekdays", "US dollars, as booked."),
        Figure("Change", text.signed(moved), text.change(week.spend, week.before), "US dollars."),
    ]
    if found.largest is not None:
        one, effect = found.largest
        amount = one.effects[effect]
        where = f"in {one.workload or UNNAMED}"
        if abs(amount) <= abs(moved):
            where += f", {text.share(abs(amount), abs(moved))} of the change"
        figures.append(
            Figure(f"Most of it: {effect}", text.signed(amount), where, "US dollars: the largest effect.")
        )
    return figures


def reason(week: Week, team: str, found: Explained) -> str:
    """The answer in a sentence or two, as Markdown."""
    moved = week.spend - week.before
    if found.largest is None:
        return f"**The bill of {text.verbatim(team)} did not change.**"
    one, effect = found.largest
    rose = "rose" if moved > 0 else "fell"
    by = text.verbatim(f"{text.money(abs(moved))} ({text.change(week.spend, week.before)})")
    of_it = text.verbatim(text.signed(one.effects[effect]))
    return (
        f"**The bill of {text.verbatim(team)} {rose} by {by}.** Most of it, {of_it}, is **{effect}**: "
        f"{text.verbatim(found.cause or '')}."
    )


def _sum(spent: dict[date, int], first: date, days: int) -> int:
    return sum(spent.get(first + timedelta(days=n), 0) for n in range(days))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
