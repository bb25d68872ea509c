"""Cost is the exact sum of quantity x price, and an unknown part makes the whole unknown."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import CostState
from router.domain.money import PicoUSD
from router.domain.prices import Price, PriceBook
from router.domain.usage import Usage
from router.meter.cost import price_usage, total_cost

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)
COUNT = st.integers(0, 10**9)


def price(
    *,
    endpoint: str | None = None,
    start: datetime = JANUARY,
    end: datetime | None = None,
    input_price: int = 1_250_000,
) -> Price:
    return Price(
        f"m/{endpoint}/{start:%Y-%m}",
        "m",
        endpoint,
        PicoUSD(input_price),
        PicoUSD(10_000_000),
        PicoUSD(125_000),
        None,
        start,
        end,
        "test",
    )


@given(COUNT, COUNT, COUNT, COUNT)
def test_every_direction_is_billed_at_its_own_price(fresh: int, read: int, written: int, output: int) -> None:
    """A cache direction without a price of its own is billed as plain input, never free."""
    cost = price().cost(Usage(fresh, read, written, output))
    assert cost == (fresh + written) * 1_250_000 + read * 125_000 + output * 10_000_000


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
    cost, found = price_usage(usage, price() if known_price else None)
    assert found is state
    assert (cost is None) == (state in (CostState.USAGE_MISSING, CostState.UNPRICED))


def test_one_unknown_attempt_makes_the_requests_cost_unknown() -> None:
    """The sum is exact over known parts, and None with the worst reason otherwise."""
    assert total_cost([]) == (0, CostState.FREE)
    assert total_cost([(5, CostState.PRICED), (0, CostState.FREE)]) == (5, CostState.PRICED)
    assert total_cost([(5, CostState.PRICED), (7, CostState.ESTIMATED)]) == (12, CostState.ESTIMATED)
    assert total_cost([(None, CostState.USAGE_MISSING), (5, CostState.PRICED)]) == (
        None,
        CostState.USAGE_MISSING,
    )
