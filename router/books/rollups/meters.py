"""Tokens and prices of attempts as one charge per metered quantity. Pure.

`quantity` x `price` is the charge, exactly. What a stored cost has beyond the sum of these products becomes a
charge of its own, `unexplained`, so that nothing is lost; there is none unless somebody altered a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from router.domain.kinds import CostState
from router.domain.rates import DIRECTIONS
from router.domain.units import Unit
from router.domain.value import value

ATTEMPTS, CORRECTION, UNEXPLAINED = "attempts", "correction", "unexplained"
KNOWN = (CostState.PRICED.value, CostState.ESTIMATED.value)
UNKNOWN = (CostState.UNPRICED.value, CostState.USAGE_MISSING.value)


@value
class Charge:
    """One metered quantity at its prices; pico-USD, None unknown."""

    meter: str
    price: int | None
    list_price: int | None
    quantity: int
    cost: int | None
    listed: int | None


def charges(
    state: str,
    count: int,
    tokens: Sequence[int | None],
    prices: Sequence[int | None],
    stored: tuple[int | None, int | None],
    units: str | None,
) -> Iterator[Charge]:
    """Of `count` attempts in one cost state at the same prices. `tokens`: their sums in the four directions;
    `prices`: four agreed, four listed; `stored`: the sums of cost and list cost in the ledger; `units` as in
    the ledger, of a single attempt."""
    yield Charge(ATTEMPTS, None, None, count, 0, 0)
    if state not in KNOWN and state != CostState.UNPRICED:
        return
    made = list(_products(tokens, prices, units, priced=state in KNOWN))
    yield from made
    if state in KNOWN:
        yield from _unexplained(made, *stored)


def _products(
    tokens: Sequence[int | None], prices: Sequence[int | None], units: str | None, *, priced: bool
) -> Iterator[Charge]:
    apart = json.loads(units) if units else {}
    for place, direction in enumerate(DIRECTIONS):
        within = sum(q for name, (q, *_) in apart.items() if Unit(name).part_of == direction)
        quantity = (tokens[place] or 0) - within
        if quantity:
            yield _charge(direction, quantity, prices[place], prices[place + 4], priced)
    for name, (quantity, price, list_price) in apart.items():
        yield _charge(name, quantity, price, list_price, priced)


def _charge(meter: str, quantity: int, price: int | None, list_price: int | None, priced: bool) -> Charge:
    cost = quantity * price if priced and price is not None else None
    listed = quantity * list_price if priced and list_price is not None else None
    return Charge(meter, price, list_price, quantity, cost, listed)


def _unexplained(made: Sequence[Charge], cost: int | None, listed: int | None) -> Iterator[Charge]:
    beyond = (cost or 0) - sum(charge.cost or 0 for charge in made)
    list_known = listed is not None
    list_beyond = (listed or 0) - sum(charge.listed or 0 for charge in made) if list_known else 0
    if beyond or list_beyond:
        yield Charge(UNEXPLAINED, None, None, 0, beyond, list_beyond)
