"""Cost is the exact sum of quantity x price, and an unknown part makes the whole unknown."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import CostState
from router.domain.money import PicoUSD
from router.domain.prices import Price, PriceBook
from router.domain.rates import Rates
from router.domain.units import Unit
from router.domain.usage import Usage
from router.meter.cost import Charge, charge, total_charge

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)
JULY_US = int(JULY.timestamp()) * 1_000_000
COUNT = st.integers(0, 10**9)


def price(
    *,
    endpoint: str | None = None,
    start: datetime = JANUARY,
    end: datetime | None = None,
    input_price: int = 1_250_000,
) -> Price:
    rates = Rates(PicoUSD(input_price), PicoUSD(10_000_000), PicoUSD(125_000))
    return Price(f"m/{endpoint}/{start:%Y-%m}", "m", endpoint, rates, rates, start, end, "test")


@given(COUNT, COUNT, COUNT, COUNT)
def test_every_direction_is_billed_at_its_own_price(fresh: int, read: int, written: int, output: int) -> None:
    """A cache direction without a price of its own is billed as plain input, never free."""
    cost = price().rates.cost(Usage(fresh, read, written, output))
    assert cost == (fresh + written) * 1_250_000 + read * 125_000 + output * 10_000_000


@given(COUNT, COUNT, COUNT)
def test_what_has_a_price_of_its_own_is_billed_at_it_and_not_twice(text: int, audio: int, image: int) -> None:
    """Audio is part of the input and pays its own price; images without one pay the input's."""
    rates = Rates(PicoUSD(5), PicoUSD(7), units={Unit.AUDIO_INPUT: PicoUSD(40)})
    units = ((Unit.AUDIO_INPUT, audio), (Unit.IMAGE_INPUT, image))
    assert rates.cost(Usage(text + audio + image, 0, 0, 0, units=units)) == (text + image) * 5 + audio * 40


def test_a_call_without_a_price_leaves_the_cost_unknown() -> None:
    """A search is part of no direction: nobody said what it costs, so it is not free either."""
    usage = Usage(1, 0, 0, 1, units=((Unit.SEARCH, 2),))
    assert charge(usage, price(), JULY_US) == Charge(None, None, CostState.UNPRICED, price())
    priced = Rates(PicoUSD(1), PicoUSD(1), units={Unit.SEARCH: PicoUSD(10**10)})
    assert priced.cost(usage) == 2 + 2 * 10**10


def test_a_service_tier_without_a_price_is_unpriced() -> None:
    """What the provider served in a tier that the book does not know is not billed at the standard price."""
    assert charge(Usage(1, 0, 0, 1, service_tier="priority"), price(), JULY_US).state is CostState.UNPRICED


def test_a_price_holds_from_its_first_moment_until_just_before_its_last() -> None:
    """At the very moment of a change the new price is in force, and before the first there is none."""
    old, new = price(end=JULY), price(start=JULY, input_price=1)
    book = PriceBook("v", {("m", None): (new, old)})
    assert book.find("m", "e", JULY) is new
    assert book.find("m", "e", datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)) is old
    assert book.find("m", "e", datetime(2025, 12, 31, tzinfo=UTC)) is None


def test_an_endpoints_own_price_comes_before_its_models() -> None:
    """Hosts of one model have prices of their own."""
    general, own = price(), price(endpoint="e")
    book = PriceBook("v", {("m", None): (general,), ("m", "e"): (own,)})
    assert book.find("m", "e", JULY) is own
    assert book.find("m", "other", JULY) is general


@pytest.mark.parametrize(
    ("usage", "known_price", "state"),
    [
        (None, True, CostState.USAGE_MISSING),
        (Usage(1, 0, 0, 1), False, CostState.UNPRICED),
        (Usage(1, 0, 0, 1, estimated=True), True, CostState.ESTIMATED),
        (Usage(1, 0, 0, 1), True, CostState.PRICED),
    ],
)
def test_the_state_says_whether_the_cost_is_a_fact(
    usage: Usage | None, known_price: bool, state: CostState
) -> None:
    """Unknown usage and unknown price give None with the reason, never zero."""
    found = charge(usage, price() if known_price else None, JULY_US)
    assert found.state is state
    assert (found.cost is None) == (state in (CostState.USAGE_MISSING, CostState.UNPRICED))


def _charge(cost: int | None, listed: int | None, state: CostState) -> Charge:
    return Charge(
        None if cost is None else PicoUSD(cost), None if listed is None else PicoUSD(listed), state, None
    )


def test_one_unknown_attempt_makes_the_requests_cost_unknown() -> None:
    """Both sums are exact over known parts, and None with the worst reason otherwise."""
    priced, estimated = _charge(5, 6, CostState.PRICED), _charge(7, 9, CostState.ESTIMATED)
    free, missing = _charge(0, 0, CostState.FREE), _charge(None, None, CostState.USAGE_MISSING)
    assert total_charge([]) == _charge(0, 0, CostState.FREE)
    assert total_charge([priced, free]) == _charge(5, 6, CostState.PRICED)
    assert total_charge([priced, estimated]) == _charge(12, 15, CostState.ESTIMATED)
    assert total_charge([missing, priced]) == _charge(None, None, CostState.USAGE_MISSING)
