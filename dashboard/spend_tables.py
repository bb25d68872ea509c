"""The money tables of the Spend page, from the queries' rows to HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard import palette, text
from dashboard.html_tables import Cell, Column, alarm_count, html_table, tier_cell
from dashboard.queries.breakdowns import Paid
from dashboard.queries.measures import Group, Measures


def groups(title: str, found: Sequence[Group], total: Measures, *, tiers: bool = False) -> str:
    """Requests, spend, baseline and saving per team or per tier; `total` is the last line.

    The column of simulated answers is there only when there are some.
    """
    if tiers:
        found = sorted(found, key=lambda group: palette.tier_order(group.name))
    names = ["Requests", "Spend", "Share", "Baseline", "Saving", "Saved", "Cost unknown"]
    if total.simulated:
        names.append("Simulated answers")
    columns = [Column(title, figure=False), *(Column(name) for name in names)]
    lines: list[list[Cell | str]] = [
        [tier_cell(group.name) if tiers else group.name, *_figures(group.measures, total)] for group in found
    ]
    return html_table(columns, lines, ["Total", *_figures(total, total)])


def _figures(part: Measures, total: Measures) -> list[Cell | str]:
    places, wide = text.places_for([total.spend]), text.places_for([total.baseline])
    figures: list[Cell | str] = [
        text.count(part.requests),
        _money(part.spend, places),
        text.share(part.spend, total.spend),
        _compared(part.baseline, wide),
        _compared(part.saving, wide),
        text.share(part.saving, part.baseline),
        alarm_count(part.unknown_cost, text.count(part.unknown_cost)),
    ]
    if total.simulated:
        figures.append(Cell(text.count(part.simulated), quiet=part.simulated == 0))
    return figures


def paid(found: Sequence[Paid]) -> str:
    """Attempts, tokens and spend per model that was called, with a total of the known spend."""
    places = text.places_for([_sum(row.spend for row in found)])
    columns = [Column("Tier", figure=False), Column("Model", figure=False)] + [
        Column(name) for name in ("Attempts", "Not OK", "Tokens in", "Tokens out", "Spend", "Cost unknown")
    ]
    lines: list[list[Cell | str]] = [
        [
            tier_cell(row.tier),
            f"{row.model} (simulated)" if row.simulated else row.model,
            text.count(row.attempts),
            Cell(text.count(row.failed), quiet=row.failed == 0),
            text.count(row.input),
            text.count(row.output),
            _money(row.spend, places),
            alarm_count(row.unknown_cost, text.count(row.unknown_cost)),
        ]
        for row in found
    ]
    unknown = sum(row.unknown_cost for row in found)
    total: list[Cell | str] = [
        "Total",
        "",
        text.count(sum(row.attempts for row in found)),
        text.count(sum(row.failed for row in found)),
        text.count(_sum(row.input for row in found)),
        text.count(_sum(row.output for row in found)),
        _money(_sum(row.spend for row in found), places),
        alarm_count(unknown, text.count(unknown)),
    ]
    return html_table(columns, lines, total)


def _money(amount: int | None, places: int) -> Cell:
    return Cell(text.money(amount, places), alarm=amount is None)


def _compared(amount: int | None, places: int) -> Cell:
    """An amount that exists only where something could be compared."""
    if amount is None:
        return Cell(text.NONE, quiet=True)
    return Cell(text.money(amount, places))


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
