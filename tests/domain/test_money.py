"""Money is exact: integers in, integers out, and nothing is rounded on the way to a bill."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.money import PicoUSD, as_usd, exact_usd, format_usd, price_per_million


@given(st.integers(0, 10**15), st.integers(0, 10**12))
def test_a_price_times_tokens_is_the_exact_product(micro_per_million: int, tokens: int) -> None:
    """A price with six decimals per million tokens costs exactly tokens x price / 1,000,000 dollars."""
    text = str(Decimal(micro_per_million).scaleb(-6))
    cost = PicoUSD(price_per_million(text) * tokens)
    assert as_usd(cost) == Decimal(text) * tokens / 1_000_000


@pytest.mark.parametrize("text", ["0.0000001", "-1", "NaN", "Infinity", "a", "", "1,5", "1e-7"])
def test_what_is_no_exact_price_is_refused(text: str) -> None:
    """A price that would need rounding, or is none, raises instead of becoming something near it."""
    with pytest.raises(ValueError):
        price_per_million(text)


@given(st.integers(-(10**20), 10**20))
def test_exact_text_reads_back_as_the_same_amount(amount: int) -> None:
    """Headers and exports carry every digit."""
    assert Decimal(exact_usd(PicoUSD(amount))).scaleb(12) == amount


def test_an_unknown_amount_is_never_shown_as_zero() -> None:
    """None is `unknown`."""
    assert format_usd(None) == "unknown"
    assert format_usd(PicoUSD(1_250_000_000)) == "$0.001250"
