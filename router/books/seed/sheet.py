"""The models and prices a seeded ledger is made of: those of the policy folder, as arrays to index.

A slot is a place in a workload's mix: frontier, second frontier, reasoning, small. Where the catalog has no
model for one, the next one takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from router.domain.catalog import Catalog, Model
from router.domain.kinds import Tier
from router.domain.prices import Price, PriceBook

Ints = NDArray[np.int64]
_TIERS = (Tier.FRONTIER, Tier.FRONTIER, Tier.REASONING, Tier.SMALL)


class NothingPriced(ValueError):
    """The catalog has no model with a price: there is nothing to seed a ledger with."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What answers in that place of a mix."""

    model: str
    tier: str
    endpoint: str


def slots(catalog: Catalog, prices: PriceBook) -> tuple[Slot, ...]:
    """Four of them. Raises NothingPriced."""
    priced = {model for model, _ in prices.rows}
    known = [model for model in catalog.models.values() if model.name in priced]
    if not known:
        raise NothingPriced("no model of the catalog has a price: add one to the price book first")
    return tuple(_slot(known, place) for place in range(len(_TIERS)))


def _slot(known: Sequence[Model], place: int) -> Slot:
    tier = _TIERS[place]
    same = [model for model in known if model.tier is tier]
    if not same:
        same = sorted(known, key=lambda model: abs(model.tier.rank - tier.rank))
    model = same[min(place, len(same) - 1)] if tier is Tier.FRONTIER else same[0]
    return Slot(model.name, str(model.tier), f"{model.name}-seeded")


class PriceSheet:
    """Finds the price of many attempts at once; rows of `table` are eight prices, agreed then list."""

    def __init__(self, book: PriceBook, places: Sequence[Slot]) -> None:
        self._book = book
        self._places = places
        self._index: dict[str, int] = {}
        self.ids: list[str | None] = [None]
        self._rows: list[tuple[int, ...]] = [(0,) * 8]

    @property
    def table(self) -> Ints:
        """By index of `find`; row 0 is no price."""
        return np.array(self._rows, dtype=np.int64)

    def find(self, slot: int, at: datetime, sent: Ints) -> Ints:
        """Indices into `ids` and `table` for prompts of `sent` tokens to that slot at `at`."""
        place = self._places[slot]
        price = self._book.find(place.model, place.endpoint, at)
        found = np.zeros(len(sent), dtype=np.int64)
        if price is None:
            return found
        ladder = ((-1, price),) if price.variants is None else price.variants.ladder(None, at) or ()
        for above, step in reversed(ladder):  # the shortest prompts first
            found[sent > above] = self._place(step or price)
        return found

    def _place(self, price: Price) -> int:
        if price.id not in self._index:
            self._index[price.id] = len(self.ids)
            self.ids.append(price.id)
            self._rows.append((*price.rates.directions(), *price.listed.directions()))
        return self._index[price.id]
