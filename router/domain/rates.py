"""What each direction costs: one set of prices per token, and the exact cost of a usage at it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain.money import PicoUSD
from router.domain.units import Unit
from router.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Rates:
    """Pico-USD per token; per call for `Unit.SEARCH`. `cache_read` and `cache_write` None: as `input`.

    A unit of tokens without a price is billed as the direction it is part of.
    """

    input: PicoUSD
    output: PicoUSD
    cache_read: PicoUSD | None = None
    cache_write: PicoUSD | None = None
    units: Mapping[Unit, PicoUSD] = field(default_factory=dict)

    def directions(self) -> tuple[PicoUSD, PicoUSD, PicoUSD, PicoUSD]:
        """The prices in force: input, cache read, cache write, output."""
        cache_read = self.input if self.cache_read is None else self.cache_read
        cache_write = self.input if self.cache_write is None else self.cache_write
        return self.input, cache_read, cache_write, self.output

    def ceiling(self) -> tuple[int, int, int]:
        """The most that a token in, a token out and a web search cost."""
        *inward, outward = self.directions()
        out = [price for unit, price in self.units.items() if unit.part_of == DIRECTIONS[-1]]
        into = [price for unit, price in self.units.items() if unit.part_of in DIRECTIONS[:-1]]
        return max(*inward, *into), max(outward, *out, 0), self.units.get(Unit.SEARCH, PicoUSD(0))

    def of(self, unit: Unit) -> PicoUSD | None:
        """The price of a unit. None: it is no part of a direction, and nobody said what it costs."""
        own = self.units.get(unit)
        return self._direction(unit) if own is None else own

    def cost(self, usage: Usage) -> PicoUSD | None:
        """Exact cost of `usage`: a sum of integer products, no rounding anywhere. None: a unit that is used
        has no price."""
        uncached, cache_read, cache_write, output = self.directions()
        total = (
            usage.uncached_input * uncached
            + usage.cache_read * cache_read
            + usage.cache_write * cache_write
            + usage.output * output
        )
        for unit, quantity in usage.units:
            price = self.of(unit)
            if price is None:
                return None
            total += quantity * (price - (self._direction(unit) or 0))  # counted above with its direction
        return PicoUSD(total)

    def _direction(self, unit: Unit) -> PicoUSD | None:
        """The price of the direction that a unit is part of; None: of none."""
        if unit.part_of is None:
            return None
        return self.directions()[DIRECTIONS.index(unit.part_of)]


DIRECTIONS = ("uncached_input", "cache_read", "cache_write", "output")
"""The billed quantities of a `Usage`, in the order of `Rates.directions`."""
