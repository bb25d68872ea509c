"""The counting tables: how requests ended, and how sure costs are. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import palette, text
from dashboard.html_tables import Cell, Column, html_table
from dashboard.queries.outcomes import Tally
from router.domain.kinds import CostState, Outcome

_STATES = {
    CostState.PRICED: "usage reported by the upstream × a price in force",
    CostState.FREE: "nothing was consumed: refused, or the upstream was never reached",
    CostState.ESTIMATED: "usage counted by the gateway, because the upstream's report never came",
    CostState.UNPRICED: "usage is known, but no price was in force: add one to the price book",
    CostState.USAGE_MISSING: "the upstream may have billed, and nothing says how much",
}
_FACTS = (CostState.PRICED, CostState.FREE)


def outcomes(found: Sequence[Tally]) -> str:
    """Requests by outcome (down) and answering tier (across)."""
    counts = {(tally.outcome, tally.tier): tally.requests for tally in found}
    tiers = sorted({tally.tier for tally in found}, key=palette.tier_order)
    known = [outcome.value for outcome in Outcome]
    shown = [*known, *sorted({tally.outcome for tally in found} - set(known))]
    columns = [Column("Outcome", figure=False), *(Column(tier) for tier in tiers), Column("All")]
    lines = []
    for outcome in shown:
        row = [counts.get((outcome, tier), 0) for tier in tiers]
        cells = [Cell(text.count(number), quiet=number == 0) for number in [*row, sum(row)]]
        lines.append([Cell(outcome, quiet=sum(row) == 0), *cells])
    sums = [sum(tally.requests for tally in found if tally.tier == tier) for tier in tiers]
    total = ["Total", *(text.count(number) for number in [*sums, sum(sums)])]
    return html_table(columns, lines, total)


def cost_states(found: Mapping[str, int]) -> str:
    """Attempts per cost state, and what the state means; the states that are no facts in red."""
    columns = [
        Column("Cost is", False),
        Column("Attempts"),
        Column("Share"),
        Column("Which means", False, wrap=True),
    ]
    whole = sum(found.values())
    lines: list[list[Cell | str]] = []
    for state, meaning in _STATES.items():
        number = found.get(state.value, 0)
        alarm = state not in _FACTS and number > 0
        shown = Cell(text.count(number), alarm=alarm, quiet=number == 0)
        name = Cell(state.value.replace("_", " "), alarm=alarm, quiet=number == 0)
        lines.append([name, shown, text.share(number, whole), Cell(meaning, quiet=number == 0)])
    return html_table(columns, lines)
