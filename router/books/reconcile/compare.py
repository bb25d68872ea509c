"""Ledger and invoice side by side: what differs, and why. Pure; amounts in pico-USD.

For a day and model that both know, variance = invoice - ledger. Where both count tokens, it is volume (the
tokens by which they differ, at the ledger's price of the direction) plus price (the rest: the invoice's own
tokens at another price). A rest that rounding of printed lines can make is called rounding. Without tokens on
the invoice, what rounding cannot make is unexplained: it is named, never spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from router.books.reconcile.formats import DIRECTIONS
from router.books.reconcile.invoice import Side, Sides

CAUSES = ("price", "volume", "missing_in_ledger", "missing_in_invoice", "rounding", "unexplained")
_LINE_ROUNDING = 5 * 10**9
"""Half a cent: what one printed line may be off."""


@dataclass(frozen=True, slots=True)
class Variance:
    """One day and model. `causes` add up to `invoice - ledger`, zeros left out. `tokens`: invoice minus
    ledger by direction; empty where the invoice counts none. `invoice` None: the file has no money, and
    its tokens are rated at the ledger's prices."""

    day: str
    model: str
    ledger: int
    invoice: int | None
    causes: Mapping[str, int]
    tokens: Mapping[str, int]

    @property
    def amount(self) -> int:
        return sum(self.causes.values())


def compare(
    ledger: Sides, invoice: Sides, costs: Mapping[tuple[str, str], Mapping[str, int]]
) -> list[Variance]:
    """Every day and model of either, in order. `costs`: of the ledger, by direction."""
    return [
        _one(day, model, ledger.get((day, model)), invoice.get((day, model)), costs.get((day, model), {}))
        for day, model in sorted({*ledger, *invoice})
    ]


def _one(day: str, model: str, ours: Side | None, theirs: Side | None, costs: Mapping[str, int]) -> Variance:
    booked = (ours.amount or 0) if ours else 0
    if theirs is None:
        return Variance(day, model, booked, None, _kept(missing_in_invoice=-booked), {})
    if ours is None:
        return Variance(
            day, model, 0, theirs.amount, _kept(missing_in_ledger=theirs.amount or 0), theirs.tokens
        )
    beyond = {}
    if theirs.tokens:
        beyond = {d: theirs.tokens.get(d, 0) - ours.tokens.get(d, 0) for d in DIRECTIONS}
    volume = sum(_rated(count, costs.get(d, 0), ours.tokens.get(d, 0)) for d, count in beyond.items())
    if theirs.amount is None:
        return Variance(day, model, booked, None, _kept(volume=round(volume)), beyond)
    rest = theirs.amount - booked - round(volume)
    small = abs(rest) <= _LINE_ROUNDING * theirs.lines
    cause = "rounding" if small else "price" if beyond else "unexplained"
    return Variance(day, model, booked, theirs.amount, _kept(volume=round(volume), **{cause: rest}), beyond)


def _rated(count: int, cost: int, tokens: int) -> Fraction:
    return Fraction(count * cost, tokens) if tokens else Fraction(0)


def _kept(**causes: int) -> dict[str, int]:
    return {name: amount for name, amount in causes.items() if amount}


def by_cause(found: list[Variance]) -> dict[str, int]:
    """The sums over all days and models, every cause named."""
    return {cause: sum(one.causes.get(cause, 0) for one in found) for cause in CAUSES}
