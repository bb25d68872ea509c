"""The counting tables of the Spend page: outcomes, verdicts, and how sure the costs are. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import palette, text
from dashboard.html_tables import Cell, Column, html_table
from dashboard.queries.breakdowns import Tally
from router.domain.kinds import CostState, Outcome, Verdict

_NO_CHECK = "no check ran"
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
    return _matrix("Outcome", found, [outcome.value for outcome in Outcome])


def verdicts(found: Sequence[Tally]) -> str:
    """Requests by verdict (down) and answering tier (across)."""
    return _matrix("Verdict", found, [*(verdict.value for verdict in Verdict), None])


def cost_states(found: Sequence[Tally], requests: int) -> str:
    """Requests per cost state, and what the state means; the states that are no facts in red."""
    counts: dict[str | None, int] = {}
    for tally in found:
        counts[tally.value] = counts.get(tally.value, 0) + tally.requests
    columns = [
        Column("Cost is", False),
        Column("Requests"),
        Column("Share"),
        Column("Which means", False, wrap=True),
    ]
    lines: list[list[Cell | str]] = []
    for state, meaning in _STATES.items():
        number = counts.get(state.value, 0)
        alarm = state not in _FACTS and number > 0
        shown = Cell(text.count(number), alarm=alarm, quiet=number == 0)
        name = Cell(state.value.replace("_", " "), alarm=alarm, quiet=number == 0)
        lines.append([name, shown, text.share(number, requests), Cell(meaning, quiet=number == 0)])
    return html_table(columns, lines)


def _matrix(title: str, found: Sequence[Tally], values: Sequence[str | None]) -> str:
    counts = {(tally.value, tally.tier): tally.requests for tally in found}
    tiers = sorted({tally.tier for tally in found}, key=palette.tier_order)
    shown = [*values, *sorted({tally.value for tally in found} - set(values), key=str)]
    columns = [Column(title, figure=False), *(Column(tier) for tier in tiers), Column("All")]
    lines = []
    for value in shown:
        row = [counts.get((value, tier), 0) for tier in tiers]
        cells = [Cell(text.count(number), quiet=number == 0) for number in [*row, sum(row)]]
        lines.append([Cell(value or _NO_CHECK, quiet=sum(row) == 0), *cells])
    sums = [sum(tally.requests for tally in found if tally.tier == tier) for tier in tiers]
    total = ["Total", *(text.count(number) for number in [*sums, sum(sums)])]
    return html_table(columns, lines, total)
