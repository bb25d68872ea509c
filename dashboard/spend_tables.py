"""The breakdown of the Spend page, from the queries' cells to HTML. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboard import links, palette, text
from dashboard.html_tables import Cell, Column, alarm_count, html_table, tier_cell
from dashboard.queries import charges
from dashboard.queries.charges import Sums

NOT_ALLOCATED = "not allocated"
_MOST_MOVERS = 6
Opened = Callable[[str | None], str | None]
"""The address that a part's name leads to."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a breakdown. `tier` where all of it is of one; `before`: the same of the span before."""

    name: str | None
    tier: str | None
    sums: Sums
    before: Sums


def parts(cells: Sequence[charges.Cell], before: Sequence[charges.Cell]) -> list[Part]:
    """Largest first, what is not allocated last; parts that are gone are there with nothing."""
    now, then = _by_name(cells), _by_name(before)
    tiers: dict[str | None, set[str]] = {}
    for cell in (*cells, *before):
        tiers.setdefault(cell.name, set()).add(cell.tier)
    made = [
        Part(
            name,
            min(tiers[name]) if len(tiers[name]) == 1 else None,
            now.get(name, Sums()),
            then.get(name, Sums()),
        )
        for name in {**now, **then}
    ]
    return sorted(made, key=lambda part: (part.name is None, -part.sums.spend, part.name or ""))


def table(title: str, found: Sequence[Part], opened: Opened, *, compared: bool) -> str:
    """Spend, share, change and what is not a fact, a line per part; the shares add up to 100.0 %."""
    columns = [Column(title.capitalize(), figure=False), Column("Spend"), Column("Share")]
    if compared:
        columns += [Column("Before"), Column("Change"), Column("Change, %")]
    columns += [Column(name) for name in ("Beside answers", "Attempts", "Cost unknown")]
    total, earlier = Sums(), Sums()
    for part in found:
        total, earlier = total.plus(part.sums), earlier.plus(part.before)
    places = text.places_for([total.spend, earlier.spend])
    shares = text.shares([part.sums.spend for part in found])
    lines: list[list[Cell | str]] = []
    for part, share in zip(found, shares, strict=True):
        name = _name(title, part, opened)
        why = links.link("changes", {"team": part.name}) if title == "team" and part.name else None
        lines.append([name, *_figures(part.sums, part.before, share, places, compared, why)])
    last = _figures(total, earlier, "100 %" if total.spend else text.NONE, places, compared)
    return html_table(columns, lines, ["Total", *last])


def movers(found: Sequence[Part]) -> str:
    """The parts whose spend changed most, up or down; the change leads to why."""
    order = sorted(found, key=lambda part: -abs(part.sums.spend - part.before.spend))[:_MOST_MOVERS]
    places = text.places_for(amount for part in order for amount in (part.sums.spend, part.before.spend))
    columns = [Column("Team", False), *(Column(name) for name in ("Spend", "Before", "Change", "Change, %"))]
    lines: list[list[Cell | str]] = [
        [
            Cell(part.name or NOT_ALLOCATED, href=_of_team("spend", part.name, by="workload")),
            text.money(part.sums.known, places),
            text.money(part.before.spend, places),
            text.signed(part.sums.spend - part.before.spend, places),
            Cell(
                text.change(part.sums.spend, part.before.spend),
                href=_of_team("changes", part.name),
            ),
        ]
        for part in order
    ]
    return html_table(columns, lines)


def _of_team(page: str, team: str | None, **also: str) -> str | None:
    """No page is about what is of no team: GPU time that was idle, or used beside the gateway."""
    return None if team is None else links.link(page, {"team": team, **also})


def _figures(
    sums: Sums, before: Sums, share: str, places: int, compared: bool, why: str | None = None
) -> list[Cell | str]:
    cells: list[Cell | str] = [Cell(text.money(sums.known, places), alarm=sums.known is None), share]
    if compared:
        moved = sums.spend - before.spend
        cells += [
            text.money(before.spend, places),
            Cell(text.signed(moved, places), quiet=not moved),
            Cell(text.change(sums.spend, before.spend), quiet=not moved, href=why),
        ]
    return [
        *cells,
        Cell(text.money(sums.beside, places), quiet=not sums.beside),
        text.count(sums.attempts),
        alarm_count(sums.unknown, text.count(sums.unknown)),
    ]


def _name(by: str, part: Part, opened: Opened) -> Cell:
    if by == "tier" and part.name is not None:
        plain = tier_cell(part.name)
        return Cell(plain.text, colour=plain.colour, href=opened(part.name))
    colour = palette.TIER_COLOURS.get(part.tier or "") if by == "model" else None
    if part.name is None:
        return Cell(NOT_ALLOCATED, quiet=True, href=opened(None))
    return Cell(part.name, colour=colour, href=opened(part.name))


def _by_name(cells: Sequence[charges.Cell]) -> Mapping[str | None, Sums]:
    made: dict[str | None, Sums] = {}
    for cell in cells:
        made[cell.name] = made.get(cell.name, Sums()).plus(cell.sums)
    return made


def unnamed(cells: Sequence[charges.Cell]) -> int:
    """What no name was given for, in pico-USD."""
    return sum(cell.sums.spend for cell in cells if cell.name is None)
