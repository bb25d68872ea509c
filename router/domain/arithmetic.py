"""The cost of an attempt multiplied and added again from its own row: tokens x price, at both prices. Pure.

What the gateway stored and what this makes must be one number; whoever audits the ledger needs nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from router.domain.kinds import CostState
from router.domain.records import AttemptRecord
from router.domain.units import Unit


@dataclass(frozen=True, slots=True)
class Product:
    """One billed quantity of an attempt: `tokens` (calls, for searches) times `price` as agreed or
    `list_price`, pico-USD each; None is unknown."""

    direction: str
    tokens: int | None
    price: int | None
    list_price: int | None

    @property
    def amount(self) -> int | None:
        """The exact product as agreed, in pico-USD. No token costs nothing, whatever its price."""
        return _times(self.tokens, self.price)

    @property
    def list_amount(self) -> int | None:
        """The exact product at list price, in pico-USD."""
        return _times(self.tokens, self.list_price)


def products(attempt: AttemptRecord) -> tuple[Product, ...]:
    """The four directions without what is billed apart, then that. Reasoning is part of the output."""
    apart = tuple(_apart(attempt.units))
    a = attempt
    four = (
        ("input", "uncached_input", a.uncached_input, a.input_price, a.input_list_price),
        ("cache read", "cache_read", a.cache_read, a.cache_read_price, a.cache_read_list_price),
        ("cache write", "cache_write", a.cache_write, a.cache_write_price, a.cache_write_list_price),
        ("output", "output", a.output, a.output_price, a.output_list_price),
    )
    rest = tuple(
        Product(shown, None if tokens is None else tokens - _within(apart, name), price, list_price)
        for shown, name, tokens, price, list_price in four
    )
    return rest + tuple(
        Product(unit.replace("_", " "), quantity, price, list_price)
        for unit, quantity, price, list_price in apart
    )


def attempt_cost(attempt: AttemptRecord) -> int | None:
    """What the attempt's cost ought to be, from its own columns alone; None where one is unknown."""
    if attempt.cost_state == CostState.FREE:
        return 0
    if attempt.price_id is None:
        return None
    return added(product.amount for product in products(attempt))


def attempt_list_cost(attempt: AttemptRecord) -> int | None:
    """The same at list prices."""
    if attempt.cost_state == CostState.FREE:
        return 0
    if attempt.price_id is None:
        return None
    return added(product.list_amount for product in products(attempt))


def added(amounts: Iterable[int | None]) -> int | None:
    """The exact sum; None as soon as one part is unknown."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


Apart = tuple[Unit, int, int | None, int | None]


def _apart(units: str | None) -> Iterable[Apart]:
    for name, (quantity, price, list_price) in json.loads(units or "{}").items():
        yield Unit(name), quantity, price, list_price


def _within(apart: Iterable[Apart], direction: str) -> int:
    return sum(quantity for unit, quantity, *_ in apart if unit.part_of == direction)


def _times(tokens: int | None, price: int | None) -> int | None:
    if tokens == 0:
        return 0
    return None if tokens is None or price is None else tokens * price
