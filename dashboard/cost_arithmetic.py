"""The cost of a request recomputed from its own rows, and every place where the ledger disagrees. Pure.

The gateway stores a cost; this multiplies and adds again what is stored beside it: tokens, and the prices
per token they were billed at. It must not correct anything: a difference is shown, not mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard import text
from router.domain.kinds import CostState
from router.domain.records import AttemptRecord, RequestRecord


@dataclass(frozen=True, slots=True)
class Product:
    """One direction of an attempt: `tokens` times `price`, pico-USD per token; None is unknown."""

    direction: str
    tokens: int | None
    price: int | None

    @property
    def amount(self) -> int | None:
        """The exact product in pico-USD. No token costs nothing, whatever its price."""
        if self.tokens == 0:
            return 0
        return None if self.tokens is None or self.price is None else self.tokens * self.price


def products(attempt: AttemptRecord) -> tuple[Product, ...]:
    """The four directions that are billed. Reasoning tokens are part of the output."""
    return (
        Product("input", attempt.uncached_input, attempt.input_price),
        Product("cache read", attempt.cache_read, attempt.cache_read_price),
        Product("cache write", attempt.cache_write, attempt.cache_write_price),
        Product("output", attempt.output, attempt.output_price),
    )


def attempt_cost(attempt: AttemptRecord) -> int | None:
    """What the attempt's cost ought to be, from its tokens and prices alone; None where one is unknown."""
    if attempt.cost_state == CostState.FREE:
        return 0
    if attempt.price_id is None:
        return None
    return added(product.amount for product in products(attempt))


def added(amounts: Iterable[int | None]) -> int | None:
    """The exact sum; None as soon as one part is unknown."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def disagreements(request: RequestRecord, attempts: Sequence[AttemptRecord]) -> list[str]:
    """In words, every stored cost that is not what the rows below it make; none in a sound ledger."""
    found = []
    if request.attempts != len(attempts):
        found.append(
            f"The request's row counts {text.attempts(request.attempts)}, and the ledger holds "
            f"{text.count(len(attempts))}."
        )
    for attempt in attempts:
        computed = attempt_cost(attempt)
        if computed != attempt.cost_pico:
            found.append(
                f"Attempt {attempt.n}: the stored cost is {text.exact(attempt.cost_pico)}, and its tokens "
                f"and prices {_make(computed)}."
            )
    total = added(attempt.cost_pico for attempt in attempts)
    if total != request.cost_pico:
        found.append(
            f"The request: the stored cost is {text.exact(request.cost_pico)}, and its attempts "
            f"{_make(total)}."
        )
    return found


def _make(amount: int | None) -> str:
    return "do not say what it is" if amount is None else f"make {text.exact(amount)}"
