"""Prices with their validity, and which one is in force for an endpoint at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from router.domain.money import PicoUSD
from router.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """Pico-USD per token in each direction, in force in [valid_from, valid_to).

    `endpoint` None: the price holds for every endpoint of the model that has none of its own.
    A cache price of None means that the direction is billed as plain input.
    """

    id: str
    model: str
    endpoint: str | None
    input: PicoUSD
    output: PicoUSD
    cache_read: PicoUSD | None
    cache_write: PicoUSD | None
    valid_from: datetime
    valid_to: datetime | None
    source: str

    def cost(self, usage: Usage) -> PicoUSD:
        """Exact cost of `usage`: a sum of integer products, no rounding anywhere."""
        cache_read = self.input if self.cache_read is None else self.cache_read
        cache_write = self.input if self.cache_write is None else self.cache_write
        return PicoUSD(
            usage.uncached_input * self.input
            + usage.cache_read * cache_read
            + usage.cache_write * cache_write
            + usage.output * self.output
        )

    def covers(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices. `rows[(model, endpoint or None)]` is ordered newest `valid_from` first, no overlap."""

    version: str
    rows: Mapping[tuple[str, str | None], tuple[Price, ...]]

    def find(self, model: str, endpoint: str, at: datetime) -> Price | None:
        """The price in force: the endpoint's own row before the model's. None: unpriced."""
        for key in ((model, endpoint), (model, None)):
            for price in self.rows.get(key, ()):
                # `covers`, written out: this is asked for every endpoint of every request.
                if price.valid_from <= at and (price.valid_to is None or at < price.valid_to):
                    return price
        return None
