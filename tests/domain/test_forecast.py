"""Forecasts: exact where nothing varies, honest where little is known, and bands that hold what they say."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain.forecast import NEEDED_DAYS, Forecast, Series, forecast

FIRST = date(2026, 6, 1)
"""A Monday."""
WEEK = (10, 11, 12, 11, 9, 3, 2)


def of(amounts: list[int], ahead: int = 10, today_spent: int = 0, before: int = 5) -> Forecast | None:
    """Of a span that began `before` days ago and ends `ahead` days from today on."""
    series = Series(FIRST, tuple(amounts))
    return forecast(
        series, series.end - timedelta(days=before), series.end + timedelta(days=ahead - 1), today_spent
    )


def test_a_week_that_repeats_is_known() -> None:
    """Weekdays are told apart; without any past error, the band is its middle."""
    found = of([1000 * amount for amount in WEEK * 8], ahead=7)
    assert found is not None and found.spent == 1000 * sum(WEEK[2:])
    assert [one.total.middle - found.spent for one in found.path] == [
        1000 * sum(WEEK[:n]) for n in range(1, 8)
    ]
    assert all(one.total.low == one.total.middle == one.total.high for one in found.path)


def test_growth_is_followed() -> None:
    """Spend that grows by 5% a week lags in a run rate; the median of past errors takes that out."""
    grown = [round(10**9 * amount * 1.05 ** (n / 7)) for n, amount in enumerate(WEEK * 12)]
    found = of(grown, ahead=28, before=0)
    come = sum(10**9 * WEEK[n % 7] * 1.05 ** (n / 7) for n in range(84, 112))
    assert found is not None
    assert abs(found.total.middle - come) / come < 0.01


@pytest.mark.parametrize("amounts", [[], [5] * (NEEDED_DAYS - 1), [5] * 40 + [0] * 14])
def test_too_little_is_no_forecast(amounts: list[int]) -> None:
    """Four weeks of history, and something spent in the last two."""
    assert of(amounts) is None


def test_a_span_without_today_is_refused() -> None:
    """It is over, or has not begun: there is nothing to forecast."""
    series = Series(FIRST, (1,) * 60)
    with pytest.raises(ValueError, match="does not hold 2026-07-31"):
        forecast(series, FIRST, series.end - timedelta(days=1), 0)
    with pytest.raises(ValueError, match="does not hold"):
        forecast(series, series.end + timedelta(days=1), series.end + timedelta(days=9), 0)


def test_what_was_spent_today_is_never_forgotten() -> None:
    """A day that already cost more than was expected of it raises every total."""
    found = of([10] * 60, ahead=3, today_spent=500)
    assert found is not None and found.spent == 550
    assert [one.total.low for one in found.path] == [550, 550, 550]


def test_run_out_is_a_day_of_each_end() -> None:
    """The upper end reaches an amount first; one that is used up already is used up today."""
    rng = random.Random(1)
    found = of([rng.randint(50, 150) for _ in range(90)], ahead=20)
    assert found is not None
    out = found.run_out(found.total.middle)
    assert out.earliest is not None and out.expected is not None and out.earliest <= out.expected
    assert out.latest is None
    assert found.run_out(found.spent).latest == found.path[0].day
    assert found.run_out(found.total.high + 1).earliest is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 10**13), min_size=NEEDED_DAYS, max_size=70),
    st.integers(1, 31),
    st.integers(0, 10**13),
)
def test_bands_are_in_order_and_never_fall(amounts: list[int], ahead: int, today_spent: int) -> None:
    """Low <= middle <= high, every day at least the day before, and nothing below what was spent."""
    found = of(amounts, ahead, today_spent)
    if found is None:
        return
    before = (found.spent,) * 3
    for one in found.path:
        total = (one.total.low, one.total.middle, one.total.high)
        assert total[0] <= total[1] <= total[2]
        assert all(now >= then for now, then in zip(total, before, strict=True))
        before = total


def test_the_band_holds_what_it_says() -> None:
    """Of independent noisy days, about eight in ten spans end within it: not all, and not half."""
    rng = random.Random(7)
    held = tried = 0
    for _ in range(25):
        days = [round(10**6 * WEEK[n % 7] * rng.lognormvariate(0, 0.3)) for n in range(140)]
        for today in range(70, 130, 10):
            found = of(days[:today], ahead=10, before=0)
            assert found is not None
            tried += 1
            held += found.total.low <= sum(days[today : today + 10]) <= found.total.high
    assert 0.68 < held / tried < 0.92
