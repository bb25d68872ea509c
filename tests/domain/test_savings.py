"""A band of savings: its ends, what net takes off gross, and what a holdout measures."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.savings import (
    ENOUGH,
    MICRO,
    Arm,
    Band,
    Compared,
    Lengths,
    Savings,
    Spent,
    measured,
    savings,
)

MONEY = st.integers(0, 10**15)


def lengths(values: list[int]) -> Lengths:
    return Lengths(len(values), sum(values), sum(value * value for value in values))


def test_a_declared_length_is_give_or_take() -> None:
    """Input 100, output 200 as declared: 30% of the output part either way."""
    part = Compared(10, 300, 200, 50, None)
    assert part.band() == Band(240, 300, 360)


def test_a_measured_length_takes_its_place() -> None:
    """The model's own answers are twice as long as declared, and all alike: no width."""
    part = Compared(10, 300, 200, 50, lengths([10] * ENOUGH))
    assert part.band() == Band(500, 500, 500)
    assert Compared(10, 300, 200, 50, lengths([10] * (ENOUGH - 1))).band() == Band(240, 300, 360)


def test_the_interval_holds_the_true_length() -> None:
    """In about 95 of 100 draws of 40 answers."""
    dice = random.Random(7)
    hits = 0
    for _ in range(400):
        drawn = [round(dice.gauss(500, 200)) for _ in range(40)]
        band = Compared(1, 500, 500, 500, lengths(drawn)).band()
        hits += band.low <= 500 <= band.high
    assert 365 <= hits <= 395


@given(
    st.lists(st.tuples(st.integers(1, 1_000), MONEY, MONEY), max_size=4),
    st.tuples(*[MONEY] * 5),
    st.integers(-(10**12), 10**12),
)
def test_net_is_gross_less_the_overhead(
    parts: list[tuple[int, int, int]], paid: tuple[int, ...], idle: int
) -> None:
    """At every end of the band, to the pico-dollar; the ends are in order and hold the middle."""
    compared = [Compared(n, fixed + output, output, n * 100, None) for n, fixed, output in parts]
    found = savings(compared, Spent(*paid, idle_gpu=idle))
    for end in ("low", "middle", "high"):
        gross, net = getattr(found.gross, end), getattr(found.net, end)
        assert gross == getattr(found.baseline, end) - paid[0]
        assert net == gross - sum(paid[1:]) - idle
    assert found.baseline.low <= found.baseline.middle <= found.baseline.high
    assert found.booked == found.baseline.middle


def arm(costs: list[int]) -> Arm:
    """Costs in micro-dollars."""
    return Arm(len(costs), sum(costs) * MICRO, sum(cost * cost for cost in costs))


def test_a_holdout_measures_the_difference() -> None:
    """40 held out at 900 micro-dollars, 60 routed at 100: 60 x 800 saved, and no spread, no width."""
    found = measured(arm([900] * 40), arm([100] * 60))
    assert found is not None
    assert found.saving == Band(*[60 * 800 * MICRO] * 3)
    assert (found.held_out, found.routed) == (40, 60)


def test_a_small_holdout_says_nothing() -> None:
    """Fewer than 30 in an arm: no figure rather than a wild one."""
    assert measured(arm([900] * 29), arm([100] * 600)) is None


def test_the_measured_interval_holds_the_truth() -> None:
    """In about 95 of 100 experiments, by Welch, with unequal spreads."""
    dice = random.Random(11)
    hits = 0
    for _ in range(400):
        held = arm([max(0, round(dice.gauss(1_000, 300))) for _ in range(60)])
        routed = arm([max(0, round(dice.gauss(400, 100))) for _ in range(200)])
        found = measured(held, routed)
        assert found is not None
        hits += found.saving.low <= 200 * 600 * MICRO <= found.saving.high
    assert 365 <= hits <= 395


@pytest.mark.parametrize(
    ("measured_lengths", "said"), [(0, "for 0% of requests"), (5, "for 50% of requests")]
)
def test_the_method_is_one_sentence(measured_lengths: int, said: str) -> None:
    """It says which part of the band is measured and which is assumed."""
    nothing = Band(0, 0, 0)
    method = Savings(10, 0, nothing, Spent(0), measured_lengths, None).method
    assert said in method and method.count(". ") == 0 and method.endswith("give or take 30%.")
