"""Usage x price book -> cost and its state; the baseline that spend is compared with. Pure and exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from router.domain.catalog import Catalog
from router.domain.kinds import CostState, Task
from router.domain.money import PicoUSD
from router.domain.prices import Price, PriceBook
from router.domain.usage import Usage


def price_usage(usage: Usage | None, price: Price | None) -> tuple[PicoUSD | None, CostState]:
    """Cost of one attempt that reached its upstream. Unknown is None with a state saying why."""
    if usage is None:
        return None, CostState.USAGE_MISSING
    if price is None:
        return None, CostState.UNPRICED
    return price.cost(usage), CostState.ESTIMATED if usage.estimated else CostState.PRICED


_WORST_FIRST = (CostState.USAGE_MISSING, CostState.UNPRICED, CostState.ESTIMATED, CostState.PRICED)


def total_cost(parts: Sequence[tuple[PicoUSD | None, CostState]]) -> tuple[PicoUSD | None, CostState]:
    """Cost of a request from its attempts: the exact sum, or None as soon as one part is unknown."""
    if len(parts) == 1:
        return parts[0]
    total: int | None = 0
    states = set()
    for cost, state in parts:
        states.add(state)
        total = None if cost is None or total is None else total + cost
    worst = next((state for state in _WORST_FIRST if state in states), CostState.FREE)
    return (None if total is None else PicoUSD(total)), worst


def baseline_cost(
    baseline: str,
    catalog: Catalog,
    prices: PriceBook,
    at: datetime,
    task: Task | None,
    usage: Usage,
    answered_by: str,
    max_output: int | None,
) -> PicoUSD | None:
    """What the declared baseline model would have cost for a request that `answered_by` served.

    Assumption, stated wherever the number is shown: the same input without any cache, and the baseline
    model's own expected output length on the task (its true output where it did answer). None: no price.
    """
    model = catalog.models[baseline]
    for endpoint in model.endpoints:
        price = prices.find(baseline, endpoint.id, at)
        if price is not None:
            break
    else:
        price = prices.find(baseline, "", at)
    if price is None:
        return None
    output = usage.output if answered_by == baseline else model.output_for(task)
    if max_output is not None:
        output = min(output, max_output)
    return PicoUSD(usage.input * price.input + output * price.output)
