"""Tables and words on own GPUs: how busy, what idle time costs, where an API would be as cheap. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dashboard import text
from dashboard.html_tables import Cell, Column, html_table, tier_cell
from dashboard.procurement import Against, Own
from dashboard.queries.gpus import GpuDay

_MILLION = 10**6
Lines = list[list[Cell | str]]


def endpoints(found: Sequence[GpuDay]) -> list[GpuDay]:
    """The days of each endpoint together, by name."""
    made: dict[str, GpuDay] = {}
    for day in found:
        made[day.endpoint] = made[day.endpoint].plus(day) if day.endpoint in made else day
    return list(made.values())


def hours(found: Sequence[GpuDay]) -> str:
    """The billed hours of each endpoint: bill, what of it was used, by others, idle."""
    whole = endpoints(found)
    places = text.places_for(one.bill for one in whole)
    names = ("Hours billed", "Bill", "For requests and judging", "Other clients", "Idle", "Idle share",
             "Utilisation", "Hours with counters")  # fmt: skip
    columns = [Column("Endpoint", False), *(Column(name) for name in names)]
    lines: Lines = [
        [
            one.endpoint,
            text.count(one.hours),
            text.money(one.bill, places),
            text.money(one.bill - one.idle - one.outside, places),
            Cell(text.money(one.outside, places), quiet=not one.outside),
            text.money(one.idle, places),
            text.share(one.idle, one.bill),
            f"{100 * one.utilisation:.1f} %",
            text.share(one.counted, one.hours),
        ]
        for one in whole
    ]
    return html_table(columns, lines)


def break_even(own: Own) -> str:
    """Each model that is paid by the token at the own model's volume, and the volume at which both cost the
    same."""
    amounts = [own.bill, *(one.found.own_length for one in own.against)]
    places = text.places_for(amounts)
    names = ("Price in / out, per 1M", "Same tokens", "Own output length", "GPU bill", "Cheaper now",
             "Even at")  # fmt: skip
    columns = [Column("Instead of the GPU", False), *(Column(name) for name in names)]
    lines: Lines = [
        [
            Cell(one.model, colour=tier_cell(one.tier).colour),
            _rates(one),
            text.money(one.found.same_tokens, places),
            text.money(one.found.own_length, places),
            text.money(own.bill, places),
            "own GPU" if one.cheaper else one.model,
            even(own, one),
        ]
        for one in own.against
    ]
    return html_table(columns, lines)


def even(own: Own, one: Against) -> Cell:
    """`3.4 times this volume`, or that no volume does it."""
    needed = one.needed
    if needed is None:
        return Cell("no volume yet", quiet=True)
    shown = f"{_times(needed)} × this volume"
    if own.fits(needed):
        return Cell(shown)
    return Cell(f"{shown}: more than the GPU can do", alarm=True)


def said(own: Own) -> str:
    """What is compared, in a sentence or two of Markdown."""
    rates = ", ".join(
        f"{rate.endpoint}: {text.money(rate.per_hour, 2)} an hour ({text.count(rate.gpus)} GPU)"
        for rate in own.rates
    )
    room = "" if own.room is None else f" It has room for {_times(own.room)} times this volume."
    return text.verbatim(
        f"{own.model}, {text.attempts(own.work.attempts)}, {text.tokens(own.work.input + own.work.output)} "
        f"in {float(own.hours):,.0f} hours, on whatever endpoint. {rates}; the bill is that of all hours, "
        f"busy or idle.{room}"
    )


def _rates(one: Against) -> str:
    rates = one.price.rates
    return " / ".join(text.money(rate * _MILLION, 2) for rate in (rates.input, rates.output))


def _times(factor: Fraction) -> str:
    value = float(factor)
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
