"""The most that a call can cost: never less than any usage that keeps to the limits comes to."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from router.domain.budget_bound import SEARCHES, Demand, dearest, most
from router.domain.catalog import ServingProfile
from router.domain.kinds import Tier
from router.domain.money import PicoUSD
from router.domain.prices import Price
from router.domain.rates import Rates
from router.domain.units import Unit
from router.domain.usage import Usage
from router.domain.variants import Variants, Window
from tests.policy.build import START, endpoint, model

MONEY = st.integers(0, 10**8).map(PicoUSD)
RATES = st.builds(
    Rates,
    MONEY,
    MONEY,
    st.none() | MONEY,
    st.none() | MONEY,
    st.dictionaries(st.sampled_from([unit for unit in Unit if unit is not Unit.SEARCH]), MONEY),
)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
NIGHT = Window(0, 360)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """With prices for long prompts, a service tier and the night."""

    def price(variants: Variants | None = None) -> Price:
        rates = draw(RATES)
        return Price("p", "m", None, rates, rates, START, None, "made up", variants)

    variants = Variants(
        {
            (None, None): ((1000, price()), (-1, None)),
            ("priority", None): ((-1, price()),),
            (None, NIGHT): ((-1, price()),),
        },
        (NIGHT,),
    )
    return price(variants)


@given(prices(), st.data())
def test_no_call_costs_more(price: Price, data: st.DataObject) -> None:
    """Any split of at most the input into directions, any output up to the limit for every choice, audio and
    the like among them, in any service tier at any hour."""
    context = data.draw(st.integers(1, 5000))
    bought = model("m", Tier.SMALL, 0.5, endpoint("e", "m", context=context),
                   max_output=data.draw(st.none() | st.integers(1, 4000)))  # fmt: skip
    demand = Demand(
        data.draw(st.none() | st.integers(0, 6000)),
        data.draw(st.none() | st.integers(1, 6000)),
        data.draw(st.integers(1, 4)),
    )
    sent = min(context, demand.input if demand.input is not None else context)
    limits = [limit for limit in (context, demand.output, bought.max_output) if limit is not None]
    written = min(limits)
    uncached = data.draw(st.integers(0, sent))
    read = data.draw(st.integers(0, sent - uncached))
    output = data.draw(st.integers(0, written * demand.choices))
    units = tuple(
        (unit, data.draw(st.integers(0, part)))
        for unit, part in (
            (Unit.AUDIO_INPUT, uncached),
            (Unit.CACHE_WRITE_1H, sent - uncached - read),
            (Unit.AUDIO_OUTPUT, output),
        )
    )
    usage = Usage(uncached, read, sent - uncached - read, output, units=tuple(u for u in units if u[1]))
    at = NOON.replace(hour=data.draw(st.integers(0, 23)))
    applied = price.applied(usage.input, at, data.draw(st.sampled_from([None, "priority"])))
    assert applied is not None
    cost = applied.rates.cost(usage)
    bound = most(demand, bought, bought.endpoints[0], price)
    assert cost is not None and cost <= bound
    assert bound <= dearest([bought], [price]).most(demand)


def test_searches_are_in_the_bound() -> None:
    """They have a price of their own."""
    rates = Rates(PicoUSD(1), PicoUSD(2), units={Unit.SEARCH: PicoUSD(10**10)})
    price = Price("p", "m", None, rates, rates, START, None, "made up")
    bought = model("m", Tier.SMALL, 0.5)
    demand = Demand(10, 10, searches=SEARCHES)
    assert most(demand, bought, bought.endpoints[0], price) == 10 + 20 + SEARCHES * 10**10


def test_a_limit_that_is_left_out_is_no_limit() -> None:
    """A serving profile that drops `max_tokens` lets the model write as much as it can."""
    profile = ServingProfile("deaf", {}, drop=frozenset({"max_tokens"}))
    rates = Rates(PicoUSD(1), PicoUSD(1))
    price = Price("p", "m", None, rates, rates, START, None, "made up")
    bought = model("m", Tier.SMALL, 0.5, max_output=700, profile=profile)
    for limits, output in ((("max_tokens",), 700), (("max_completion_tokens",), 5)):
        demand = Demand(0, 5, limits=limits)
        assert most(demand, bought, bought.endpoints[0], price) == output
        assert dearest([bought], [price]).most(demand) >= output
