"""The headline figures of the Spend page, and the sentences that say what they mean. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import text
from dashboard.queries.charges import Sums


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure; `alarm` when its note is an error state."""

    label: str
    value: str
    note: str | None
    help: str | None = None
    alarm: bool = False


def headline(sums: Sums, before: Sums | None, unnamed: int) -> list[Figure]:
    """The KPI row, left to right; `unnamed` is what no workload was named for, in pico-USD."""
    return [
        spend(sums, before),
        Figure(
            "Not allocated",
            text.share(unnamed, sums.spend),
            f"{text.money(unnamed)} without a workload".replace("$", r"\$"),
            "Share of the spend whose app named no workload: it can be allocated to a project, not below.",
        ),
        Figure(
            "Beside answers",
            text.share(sums.beside, sums.spend),
            f"{text.money(sums.beside)} of the spend".replace("$", r"\$"),
            "US dollars paid for what callers did not get: retries, rejected answers, escalations, judging.",
        ),
        _listed(sums),
        Figure(
            "Cost unknown",
            text.attempts(sums.unknown),
            f"of {text.count(sums.attempts)}, in no sum",
            "Attempts without a price in force or without a usage report. They are in no sum of money.",
            alarm=sums.unknown > 0,
        ),
    ]


def spend(sums: Sums, before: Sums | None) -> Figure:
    """What was spent, and how that differs from the span before."""
    note = f"at least: {text.attempts(sums.unknown)} unknown" if sums.unknown else "all costs known"
    if before is not None and before.spend:
        note = f"{text.change(sums.spend, before.spend)} on the span before"
    return Figure(
        "Spend",
        text.money(sums.known),
        note,
        "US dollars, as booked: tokens × price in force of every attempt, failed ones included, judging, and "
        f"corrections booked since ({text.signed(sums.corrections)}). The same as on statements.",
        alarm=sums.known is None,
    )


def _listed(sums: Sums) -> Figure:
    meaning = "US dollars: the same attempts at the providers' list prices."
    if sums.listed is None:
        return Figure("At list price", text.NONE, "not known for all", meaning)
    discount = sums.listed - sums.spend
    note = f"{text.share(discount, sums.listed)} less was paid" if discount > 0 else "no discount"
    return Figure("At list price", text.money(sums.listed), note, meaning)


def simulated_warning(sums: Sums) -> str | None:
    """A warning when money on the page was never billed by anybody."""
    if sums.simulated == 0:
        return None
    spent = text.money(sums.simulated).replace("$", r"\$")
    return f"**Simulated:** {spent} of this spend is of simulated upstreams and will be on no invoice."
