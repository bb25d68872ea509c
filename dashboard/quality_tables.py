"""The tables and headline figures of the Quality page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dashboard import palette, text
from dashboard.html_tables import Cell, Column, html_table, tier_cell
from dashboard.queries.quality import By, Group
from dashboard.spend_words import Figure
from router.domain.outcomes import Accepted, Basis, UnitCost

GOOD = {
    Basis.VERIFIED: "Passed",
    Basis.JUDGED: "Judged good",
    Basis.REPORTED: "Reported good",
}


def table(found: Sequence[Group], by: By, basis: Basis) -> str:
    """One line per group, those that nobody looked at included; all of them last."""
    whole = total(found, basis)
    places = text.places_for([_rounded(group.accepted[basis].cost_each) for group in found])
    columns = [
        Column(by.value.capitalize(), figure=False),
        *(
            Column(name)
            for name in (
                "US$ per accepted", "Good", "95% interval", GOOD[basis], "n", "n of answers",
            )
        ),
    ]  # fmt: skip
    lines = [[_name(group, by), *_figures(group.accepted[basis], group.answered, places)] for group in found]
    answered = sum(group.answered for group in found)
    return html_table(columns, lines, ["All", *_figures(whole, answered, places)])


def total(found: Sequence[Group], basis: Basis) -> Accepted:
    """All groups together: each request is in one."""
    parts = [group.accepted[basis] for group in found]
    return Accepted(
        basis, sum(p.looked_at for p in parts), sum(p.good for p in parts), sum(p.cost for p in parts)
    )


def headline(found: Sequence[Group]) -> list[Figure]:
    """What an accepted outcome costs, a card for each basis; beside it a request and a million tokens."""
    return [*(_accepted(total(found, basis)) for basis in Basis), *_plain(found)]


def _accepted(whole: Accepted) -> Figure:
    basis, n = whole.basis.value, text.requests(whole.looked_at)
    return Figure(
        f"Per {basis} outcome",
        text.money(_rounded(whole.cost_each)) if whole.good else text.NONE,
        f"{share(whole)} good, n = {text.count(whole.looked_at)}" if whole.looked_at else "n = 0",
        f"US dollars, as booked with corrections: the cost of the {n} {basis}, bad ones included, over the "
        f"{text.count(whole.good)} good ones.",
    )


def _plain(found: Sequence[Group]) -> list[Figure]:
    requests = sum(group.answered - group.unknown_cost for group in found)
    unit = UnitCost(requests, sum(g.cost for g in found), sum(g.tokens for g in found), ())
    return [
        Figure(
            "Per request",
            text.money(_rounded(unit.per_request)) if unit.requests else text.NONE,
            f"{text.count(requests)} of known cost",
            "US dollars, as booked with corrections: mean cost of an answered request, retries included.",
        ),
        Figure(
            "Per million tokens",
            text.money(_rounded(unit.per_million_tokens)) if unit.tokens else text.NONE,
            f"{text.tokens(unit.tokens)}",
            "US dollars, as booked with corrections, over tokens in and out of the same requests.",
        ),
    ]


def simulated_warning(found: Sequence[Group]) -> str | None:
    """A warning when part of what is shown was never answered, or billed, by anybody."""
    simulated = sum(group.simulated for group in found)
    if not simulated:
        return None
    answered = text.count(sum(group.answered for group in found))
    return (
        f"**Simulated:** {text.count(simulated)} of {answered} answers came from simulated upstreams. Their "
        "quality and cost say nothing of real ones."
    )


def share(part: Accepted) -> str:
    """`93.1 %`; a dash where nobody looked."""
    return text.share(part.good, part.looked_at)


def interval(part: Accepted) -> str:
    """`91.4 to 94.5 %`, by Wilson."""
    if part.share is None:
        return text.NONE
    low, _, high = part.share
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def _figures(part: Accepted, answered: int, places: int) -> list[Cell | str]:
    nobody = part.looked_at == 0
    each = text.money(_rounded(part.cost_each), places) if part.good else text.NONE
    return [
        Cell(each, quiet=not part.good),
        Cell(share(part), quiet=nobody),
        Cell(interval(part), quiet=nobody),
        Cell(text.count(part.good), quiet=nobody),
        Cell(text.count(part.looked_at), quiet=nobody),
        text.share(part.looked_at, answered),
    ]


def _rounded(amount: Fraction | None) -> int | None:
    return None if amount is None else round(amount)


def _name(group: Group, by: By) -> Cell | str:
    if by is By.TIER:
        return tier_cell(group.name)
    if group.tier is None:
        return group.name
    return Cell(group.name, colour=palette.TIER_COLOURS.get(group.tier))
