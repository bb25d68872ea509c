"""The headline figures of the Spend page, and the sentences that say what they mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import text
from dashboard.queries.measures import Measures


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure; `alarm` when its note is an error state."""

    label: str
    value: str
    note: str | None
    help: str | None = None
    alarm: bool = False


def headline(sums: Measures) -> list[Figure]:
    """The KPI row, left to right."""
    return [
        _spend(sums),
        Figure(
            "Baseline",
            text.money(sums.baseline),
            f"{text.requests(sums.compared)} compared",
            "What the compared requests would have cost at the declared comparison model.",
        ),
        Figure(
            "Saving, gross",
            text.money(sums.saving),
            f"{text.share(sums.saving, sums.baseline)} of baseline" if sums.saving is not None else None,
            "Baseline minus cost, over the compared requests. Running the gateway is not deducted.",
        ),
        Figure(
            "Requests",
            text.count(sums.requests),
            f"{text.count(sums.answered)} answered",
            "All requests that reached the gateway with a valid key, refused ones included.",
        ),
        _unknown(sums),
        Figure(
            "Simulated",
            text.share(sums.simulated, sums.answered),
            f"{text.count(sums.simulated)} of {text.count(sums.answered)} answers",
            "Share of answers that came from simulated upstreams: nobody is billed for those.",
            alarm=sums.simulated > 0,
        ),
    ]


def _spend(sums: Measures) -> Figure:
    note = "all costs known"
    if sums.unknown_cost:
        note = f"at least: {text.count(sums.unknown_cost)} unknown"
    elif sums.corrections:
        note = f"{text.signed(sums.corrections)} of it corrections"
    return Figure(
        "Spend",
        text.money(sums.spend),
        note,
        "Sum of all known costs: tokens × price in force, for every attempt, failed ones included; and of "
        f"corrections booked since: {text.signed(sums.corrections)}.",
    )


def _unknown(sums: Measures) -> Figure:
    return Figure(
        "Cost unknown",
        text.share(sums.unknown_cost, sums.requests),
        text.requests(sums.unknown_cost),
        "Requests without a price in force or without a usage report. They are in no sum of money.",
        alarm=sums.unknown_cost > 0,
    )


def saving_method(sums: Measures, models: Sequence[str]) -> str:
    """The saving's method in one sentence with the arithmetic, and what it assumes."""
    if sums.saving is None:
        return "Saving: unknown, because no request here has both a known cost and a baseline."
    baseline, cost, saving = (
        # A dollar sign opens a formula in Markdown. Exact, so that the reader can check the subtraction.
        text.exact(amount).replace("$", r"\$")
        for amount in (sums.baseline, sums.compared_cost, sums.saving)
    )
    return (
        f"Saving = baseline {baseline} − cost {cost} = {saving}, over the {text.requests(sums.compared)} "
        f"with both. Baseline: had {_named(models)} answered each of them, with the same input, no cache "
        "discount, and that model's usual output length for the task. Left out, being unanswered or of "
        f"unknown cost: {text.requests(sums.requests - sums.compared)}."
    )


def simulated_warning(sums: Measures) -> str | None:
    """A warning when money on the page was never billed by anybody."""
    if sums.simulated == 0:
        return None
    spend = text.money(sums.simulated_spend).replace("$", r"\$")
    return (
        f"**Simulated:** {text.count(sums.simulated)} of {text.count(sums.answered)} answers came from "
        f"simulated upstreams. Their cost of {spend} will be on no invoice."
    )


def _named(models: Sequence[str]) -> str:
    names = [f"`{name.replace('`', '')}`" for name in models]
    return ", ".join(names) if names else "the declared comparison model"
