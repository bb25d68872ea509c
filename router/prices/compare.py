"""What of a price book is no longer what the source says: old and new price, and by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from router.domain.money import PicoUSD
from router.policy.price_document import PricePart
from router.prices.book import FIELDS, listed
from router.prices.match import Matched
from router.prices.offer import Holds, Rates


@dataclass(frozen=True, slots=True)
class Change:
    """One price that differs. `old` None: the book has none; pico-USD per token."""

    model: str
    holds: Holds
    field: str
    old: PicoUSD | None
    new: PicoUSD

    @property
    def percent(self) -> str:
        """`+25.0%`; a new price and one that was 0 have no share."""
        if not self.old:
            return "new"
        return f"{Decimal(self.new - self.old) / Decimal(self.old) * 100:+.1f}%"


def changes(matched: Matched, row: PricePart | None) -> list[Change]:
    """What the source says otherwise than the list price of `row`; all of it where there is no row.

    What the source does not state is left as it is: its silence is no price. A negotiated row has the
    variants that were negotiated and no others.
    """
    known: Rates = {} if row is None else listed(row)
    found = _changes(matched, known)
    if row is not None and row.listed is not None:
        return [change for change in found if change.holds in known]
    return list(found)


def _changes(matched: Matched, known: Rates) -> Iterator[Change]:
    for holds, fields in sorted(matched.offer.rates.items()):
        have = known.get(holds, {})
        for name in FIELDS:
            new = fields.get(name)
            if new is not None and new != have.get(name):
                yield Change(matched.model, holds, name, have.get(name), new)


def merged(known: Rates, found: Sequence[Change]) -> Rates:
    """The list prices after the changes."""
    new = {holds: dict(fields) for holds, fields in known.items()}
    for change in found:
        new.setdefault(change.holds, {})[change.field] = change.new
    return new
