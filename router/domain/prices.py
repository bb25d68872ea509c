"""Prices with their validity, and which one is in force for an endpoint at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from router.domain.gpu import GpuRates
from router.domain.rates import Rates
from router.domain.variants import Variants


@dataclass(frozen=True, slots=True)
class Price:
    """What is paid in each direction, in force in [valid_from, valid_to).

    `rates` is what was agreed with the seller, `listed` its price list, the same where nothing else was
    agreed. `endpoint` None: the price holds for every endpoint of the model that has none of its own.
    `variants` None: one price whatever the prompt's length, the service tier and the hour; a variant is a
    price itself, without variants, and its id tells what it holds for.
    """

    id: str
    model: str
    endpoint: str | None
    rates: Rates
    listed: Rates
    valid_from: datetime
    valid_to: datetime | None
    source: str
    variants: Variants | None = None
    ceiling: tuple[int, int, int] = field(init=False, repr=False, compare=False)
    """The most that a token in, a token out and a web search cost under any of the variants, pico-USD."""

    def __post_init__(self) -> None:
        steps = () if self.variants is None else self.variants.ladders.values()
        others = [price.ceiling for ladder in steps for _, price in ladder if price is not None]
        tops = zip(self.rates.ceiling(), *others, strict=True)
        object.__setattr__(self, "ceiling", tuple(max(top) for top in tops))

    def applied(self, input_tokens: int, at: datetime, service_tier: str | None = None) -> Price | None:
        """The price for a prompt of that length, sent at `at` and served in that tier (None: standard).
        None: that service tier has no price."""
        if self.variants is None:
            return self if service_tier is None else None
        ladder = self.variants.ladder(service_tier, at)
        if ladder is None:
            return None
        for above, price in ladder:
            if input_tokens > above:
                return self if price is None else price
        raise AssertionError("a ladder ends at its foot")

    def expected(self, input_tokens: int, at: datetime) -> Rates:
        """What a decision reckons with: the rates of the standard tier for that prompt at that time."""
        if self.variants is None:
            return self.rates
        found = self.applied(input_tokens, at)
        return self.rates if found is None else found.rates


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices. `rows[(model, endpoint or None)]` is ordered newest `valid_from` first, no overlap. `gpu`
    has the hourly rates of self-hosted endpoints, which reports go by and decisions do not."""

    version: str
    rows: Mapping[tuple[str, str | None], tuple[Price, ...]]
    gpu: GpuRates = field(default_factory=GpuRates)
    changes: tuple[datetime, ...] = field(init=False, repr=False, compare=False)
    """When a price comes into force or ends, in order: from each to before the next `find` finds the same."""

    def __post_init__(self) -> None:
        rows = [price for found in self.rows.values() for price in found]
        ends = {price.valid_to for price in rows if price.valid_to is not None}
        object.__setattr__(self, "changes", tuple(sorted(ends | {price.valid_from for price in rows})))

    def find(self, model: str, endpoint: str, at: datetime) -> Price | None:
        """The price in force: the endpoint's own row before the model's. None: unpriced."""
        for key in ((model, endpoint), (model, None)):
            for price in self.rows.get(key, ()):
                if price.valid_from <= at and (price.valid_to is None or at < price.valid_to):
                    return price
        return None
