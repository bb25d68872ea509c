"""An own GPU held against models that are paid by the token, at the volumes of the ledger. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from dashboard.queries.models import Work
from router.domain.catalog import Catalog, Model
from router.domain.gpu import GpuRate
from router.domain.kinds import Tier
from router.domain.prices import Price, PriceBook
from router.gpu.break_even import BreakEven, break_even

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Against:
    """A model that is paid by the token, its price in force, and the comparison."""

    model: str
    tier: str
    price: Price
    found: BreakEven

    @property
    def needed(self) -> Fraction | None:
        """How many times the volume makes the GPU as cheap, at the API model's own output length."""
        return self.found.volume_needed(self.found.own_length)

    @property
    def cheaper(self) -> bool:
        """Whether the own GPU is the cheaper one at this volume."""
        return self.found.bill < self.found.own_length


@dataclass(frozen=True, slots=True)
class Own:
    """A model with a GPU-hour rate: its endpoints' rates, the hours of the span, what those cost in pico-USD,
    and `room`, how many times the volume fits into full hours (None: no volume)."""

    model: str
    tier: str
    rates: tuple[GpuRate, ...]
    hours: Fraction
    bill: int
    work: Work
    room: Fraction | None
    against: tuple[Against, ...]

    def fits(self, needed: Fraction | None) -> bool:
        """Whether a volume of so many times this one can be served by these GPUs at all."""
        return needed is not None and self.room is not None and needed <= self.room


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be bought: the catalog, and every endpoint that it declares by model, used here or not."""

    catalog: Catalog
    endpoints: Mapping[str, tuple[str, ...]]


def own_gpus(
    offer: Offer, prices: PriceBook, work: Mapping[str, Work], span: tuple[datetime, datetime]
) -> list[Own]:
    """Every model of which an endpoint has a rate in force at the end of `span`, with every model of the
    frontier tier that is paid by the token then, the cheapest first."""
    first, end = span
    hours = Fraction(max(0, int((end - first).total_seconds())), _HOUR_S)
    rates = {model: _rates(prices, places, end) for model, places in offer.endpoints.items()}
    found = []
    for model in offer.catalog.models.values():
        own = rates[model.name]
        if own:
            done = work.get(model.name, Work(0, 0, 0, 0, ()))
            bill = int(sum(rate.per_hour for rate in own) * hours)
            others = [
                m for m in offer.catalog.models.values() if m.tier is Tier.FRONTIER and not rates[m.name]
            ]
            against = sorted(_against(others, prices, done, bill, end), key=_cost)
            room = _room(own, done, hours)
            found.append(Own(model.name, model.tier.value, own, hours, bill, done, room, tuple(against)))
    return found


def _rates(prices: PriceBook, endpoints: Sequence[str], at: datetime) -> tuple[GpuRate, ...]:
    found = (prices.gpu.find(endpoint, at) for endpoint in endpoints)
    return tuple(rate for rate in found if rate is not None)


def _cost(one: Against) -> int:
    return one.found.own_length


def _against(
    models: Sequence[Model], prices: PriceBook, work: Work, bill: int, at: datetime
) -> Iterator[Against]:
    for model in models:
        price = prices.find(model.name, "", at)
        if price is not None:
            compared = break_even(work.volumes, bill, model, price.rates)
            yield Against(model.name, model.tier.value, price, compared)


def _room(rates: tuple[GpuRate, ...], work: Work, hours: Fraction) -> Fraction | None:
    """Capacity over work; the work of mixed endpoints is reckoned by the first one's weights."""
    used = rates[0].work(work.input - work.cached, work.output)
    return sum(rate.capacity for rate in rates) * hours / used if used else None
