"""The tables of the Models page: unit costs, and published beside own evidence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from dashboard import palette, quality_tables, text
from dashboard.html_tables import Cell, Column, html_table
from dashboard.queries.quality import Group
from dashboard.scorecards import Evidence, Score
from router.domain.outcomes import Basis
from router.domain.prices import PriceBook

_MILLION = 10**6
Lines = list[list[Cell | str]]


def unit_costs(
    found: Sequence[Group], vain: Mapping[str, tuple[int, int]], prices: PriceBook | None, at: datetime
) -> str:
    """What an accepted answer of each model costs, a request and a million tokens; and its price in force."""
    titles = (
        "US$ per accepted", "Accepted", "95% interval", "n", "US$ per request", "US$ per 1M tokens",
        "Answered", "In vain",
    )  # fmt: skip
    columns = [Column("Model", False), *(Column(title) for title in titles)]
    if prices is not None:
        columns.append(Column("Price in / out, per 1M"))
    lines: Lines = []
    for group in found:
        good = group.accepted[Basis.VERIFIED]
        known = group.answered - group.unknown_cost
        lost, tried = vain.get(group.name, (0, 0))
        line: list[Cell | str] = [
            Cell(group.name, colour=palette.TIER_COLOURS.get(group.tier or "")),
            _each(good.cost, good.good),
            Cell(quality_tables.share(good), quiet=not good.looked_at),
            Cell(quality_tables.interval(good), quiet=not good.looked_at),
            Cell(text.count(good.looked_at), quiet=not good.looked_at),
            _each(group.cost, known),
            _each(group.cost * _MILLION, group.tokens),
            text.count(group.answered),
            Cell(text.share(lost, tried), quiet=not lost),
        ]
        if prices is not None:
            line.append(_price(prices, group.name, at))
        lines.append(line)
    return html_table(columns, lines)


def evidence(found: Sequence[Evidence]) -> str:
    """A line per published score, the model's own verdicts on the task beside the first; each with its
    interval, n and source."""
    columns = [
        Column("Task", False), Column("Published on", False), Column("Score"), Column("95% interval"),
        Column("n"), Column("Own"), Column("95% interval"), Column("n"), Column("Source", False),
    ]  # fmt: skip
    lines: Lines = []
    for one in found:
        for n, score in enumerate(one.published or (None,)):
            own = one.own if n == 0 else None
            lines.append(
                [
                    one.task.value.replace("_", " ") if n == 0 else "",
                    Cell(score.name) if score else Cell("nothing published", quiet=True),
                    *_figures(score, said=score is not None),
                    *_figures(own, said=n == 0),
                    score.source if score else "",
                ]
            )
    return html_table(columns, lines)


def _figures(score: Score | None, *, said: bool) -> list[Cell]:
    """Share, interval and n; dashes where nothing is known, blanks where nothing is to be said."""
    if score is None:
        return [Cell(text.NONE if said else "", quiet=True) for _ in range(3)]
    low, share, high = score.share
    return [
        Cell(f"{100 * share:.1f} %"),
        Cell(f"{100 * low:.1f} to {100 * high:.1f} %"),
        Cell(text.count(score.n)),
    ]


def _each(cost: int, number: int) -> Cell:
    if not number:
        return Cell(text.NONE, quiet=True)
    return Cell(text.money(round(Fraction(cost, number))))


def _price(prices: PriceBook, model: str, at: datetime) -> Cell:
    price = prices.find(model, "", at)
    if price is None:
        return Cell("none in force", quiet=True)
    rates = price.rates
    return Cell(" / ".join(text.money(rate * _MILLION, 2) for rate in (rates.input, rates.output)))
