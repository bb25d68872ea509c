"""Requests as the gateway books them, with attempts of every kind, and price books to rate them by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from router.clock import SystemClock
from router.corrections.amend import Stamp
from router.domain.corrections import CorrectionKind
from router.domain.decision import Candidate
from router.domain.kinds import AttemptStatus, CostState, Tier
from router.domain.money import PicoUSD
from router.domain.prices import Price, PriceBook
from router.domain.rates import Rates
from router.domain.records import AttemptRecord, RequestRecord
from router.domain.usage import Usage
from router.meter.bill import Bill, Ending
from router.meter.cost import total_charge
from tests.policy import build
from tests.record import rows

START_US = rows.STARTED_US
START = datetime.fromtimestamp(START_US / 1e6, UTC)
YEAR = timedelta(days=365)
MODELS = ("small", "big")
Made = tuple[RequestRecord, list[AttemptRecord]]


@dataclass(frozen=True)
class Try:
    """One attempt to be booked. `usage` None: the report never came; not `billable`: it was refused."""

    model: str
    usage: Usage | None
    billable: bool = True


def book(**prices: tuple[int, int, int]) -> PriceBook:
    """`model=(input, output, list input)` in pico-USD per token; a model left out has no price."""
    found = {}
    for model, (sent, written, listed) in prices.items():
        agreed = Rates(PicoUSD(sent), PicoUSD(written))
        at_list = Rates(PicoUSD(listed), PicoUSD(written))
        price_id = f"{model}@{sent}/{written}/{listed}"
        found[model, None] = (Price(price_id, model, None, agreed, at_list, START - YEAR, None, "test"),)
    return PriceBook("test", found)


def stamp(kind: CorrectionKind = CorrectionKind.RERATE, batch: str = "b1") -> Stamp:
    return Stamp(batch, kind, START_US + 10, "finance", "a test")


def request(tries: Sequence[Try], prices: PriceBook, number: int = 0) -> Made:
    """The rows of a request with these attempts, by the gateway's own bill."""
    request_id = rows.new_id()
    bill = Bill(request_id, SystemClock())
    for one in tries:
        model = build.model(one.model, Tier.SMALL if one.model == "small" else Tier.FRONTIER, 0.5)
        endpoint = model.endpoints[0]
        price = prices.find(one.model, endpoint.id, START)
        candidate = Candidate(model, endpoint, price, None, 1, PicoUSD(0), None, True)  # type: ignore[arg-type]
        attempt = bill.start(candidate)
        attempt.started_us = START_US + number
        bill.end(attempt, Ending(AttemptStatus.OK, 200, usage=one.usage, billable=one.billable))
    whole = total_charge(bill.charges)
    last = bill.attempts[-1] if bill.attempts else None
    made = rows.request(
        request_id,
        len(bill.attempts),
        started_us=START_US + number,
        team=f"team-{number % 2}",
        tier=last.tier if last else None,
        model=last.model if last else None,
        cost_pico=whole.cost,
        list_pico=whole.listed,
        cost_state=str(whole.state),
        baseline_pico=10**15 if number % 3 else None,
    )
    return made, bill.attempts


Usages = dict[tuple[str, int], Usage]
Costs = list[list[int | None]]
"""By request and attempt; None: unknown."""


def booked(made: Iterable[Made]) -> Costs:
    """As the gateway booked them."""
    return [[attempt.cost_pico for attempt in attempts] for _, attempts in made]


def rated(made: Sequence[Made], usages: Usages, prices: PriceBook, costs: Costs) -> Costs:
    """What a book makes of them: it leaves as it is what is free, without usage or not in it."""
    return [
        [_rated(attempt, usages, prices, cost) for attempt, cost in zip(attempts, before, strict=True)]
        for (_, attempts), before in zip(made, costs, strict=True)
    ]


def _rated(attempt: AttemptRecord, usages: Usages, prices: PriceBook, cost: int | None) -> int | None:
    usage = usages.get((attempt.request_id, attempt.n))
    price = prices.find(attempt.model, attempt.endpoint, START)
    if attempt.cost_state == CostState.FREE or usage is None or price is None:
        return cost
    return usage.input * price.rates.input + usage.output * price.rates.output
