"""Usage x price book -> cost and its state; the baseline that spend is compared with. Pure and exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from router.clock import utc
from router.domain.catalog import Catalog
from router.domain.kinds import CostState, Task
from router.domain.money import PicoUSD
from router.domain.prices import Price, PriceBook
from router.domain.usage import Usage
from router.domain.value import value


@value
class Charge:
    """What one attempt costs: `cost` as agreed, `listed` at list prices, and the price that was applied, a
    variant of the row where one held. Unknown is None, with `state` saying why."""

    cost: PicoUSD | None
    listed: PicoUSD | None
    state: CostState
    price: Price | None


def charge(usage: Usage | None, price: Price | None, started_us: int) -> Charge:
    """The charge for an attempt that reached its upstream. `price`: the row in force. `started_us`: when it
    was sent, Unix microseconds; hours of the day go by it."""
    if usage is None:
        return Charge(None, None, CostState.USAGE_MISSING, price)
    applied = price
    if price is not None and (price.variants is not None or usage.service_tier is not None):
        applied = price.applied(usage.input, utc(started_us), usage.service_tier)
    cost = None if applied is None else applied.rates.cost(usage)
    if applied is None or cost is None:
        return Charge(None, None, CostState.UNPRICED, applied)
    listed = cost if applied.listed is applied.rates else applied.listed.cost(usage)
    return Charge(cost, listed, CostState.ESTIMATED if usage.estimated else CostState.PRICED, applied)


_WORST_FIRST = (CostState.USAGE_MISSING, CostState.UNPRICED, CostState.ESTIMATED, CostState.PRICED)


def total_charge(parts: Sequence[Charge]) -> Charge:
    """What a request costs, from its attempts: the exact sums, or None as soon as one part is unknown."""
    if len(parts) == 1:
        return parts[0]
    states = {part.state for part in parts}
    worst = next((state for state in _WORST_FIRST if state in states), CostState.FREE)
    return Charge(_sum([part.cost for part in parts]), _sum([part.listed for part in parts]), worst, None)


def _sum(amounts: Sequence[PicoUSD | None]) -> PicoUSD | None:
    known = [amount for amount in amounts if amount is not None]
    return PicoUSD(sum(known)) if len(known) == len(amounts) else None


@value
class Baseline:
    """What the declared comparison model would have cost: its input price x all input tokens + its output
    price x `output`, the tokens it is expected to write. Prices in pico-USD per token."""

    cost: PicoUSD
    output: int
    input_price: PicoUSD
    output_price: PicoUSD


def baseline_cost(
    baseline: str,
    catalog: Catalog,
    prices: PriceBook,
    at: datetime,
    task: Task | None,
    usage: Usage,
    answered_by: str,
    max_output: int | None,
) -> Baseline | None:
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
    rates = price.expected(usage.input, at)
    cost = PicoUSD(usage.input * rates.input + output * rates.output)
    return Baseline(cost, output, rates.input, rates.output)
