"""The tables of the Spend page, from the queries' rows to HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard import palette, text
from dashboard.queries.breakdowns import Paid, Tally
from dashboard.queries.measures import Group
from dashboard.tables import Cell, Column, alarm_count, html_table, tier_cell
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


def groups(title: str, found: Sequence[Group], *, tiers: bool = False) -> str:
    """Requests, spend, baseline and saving per team or per tier, with a total."""
    if tiers:
        found = sorted(found, key=lambda group: palette.tier_order(group.name))
    all_spend = _sum(group.measures.spend for group in found)
    places = text.places_for([all_spend])
    wide = text.places_for([_sum(group.measures.baseline for group in found)])
    columns = [Column(title, figure=False)] + [
        Column(name)
        for name in ("Requests", "Spend", "Share", "Baseline", "Saving", "Saved", "Cost unknown", "Simulated")
    ]
    lines = [
        [
            tier_cell(group.name) if tiers else group.name,
            text.count(group.measures.requests),
            _money(group.measures.spend, places),
            text.share(group.measures.spend, all_spend),
            _compared(group.measures.baseline, wide),
            _compared(group.measures.saving, wide),
            text.share(group.measures.saving, group.measures.baseline),
            alarm_count(group.measures.unknown_cost, text.count(group.measures.unknown_cost)),
            Cell(text.count(group.measures.simulated), quiet=group.measures.simulated == 0),
        ]
        for group in found
    ]
    return html_table(columns, lines, _total(found, places, wide))


def _total(found: Sequence[Group], places: int, wide: int) -> list[Cell | str]:
    measures = [group.measures for group in found]
    spend, baseline = _sum(m.spend for m in measures), _sum(m.baseline for m in measures)
    saving = _sum(m.saving for m in measures)
    unknown = sum(m.unknown_cost for m in measures)
    return [
        "Total",
        text.count(sum(m.requests for m in measures)),
        _money(spend, places),
        text.share(spend, spend),
        _compared(baseline, wide),
        _compared(saving, wide),
        text.share(saving, baseline),
        alarm_count(unknown, text.count(unknown)),
        text.count(sum(m.simulated for m in measures)),
    ]


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
    columns = [Column("Cost is", False), Column("Requests"), Column("Share"), Column("Which means", False)]
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
