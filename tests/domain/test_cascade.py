"""What a chain of answers and checks is expected to bring, against counting and against simulation."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.ability import logit, sigmoid
from router.domain.cascade import SHARED, Check, ascending, at_nodes, chained, selections, step

PERFECT = Check("code", 1.0, 0.0, 0.0)
USELESS = Check("code", 1.0, 1.0, 0.0)
CHANCES = st.floats(0.01, 0.99)
RATES = st.builds(Check, st.just("code"), st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.4))


@given(st.floats(0.001, 0.999), st.floats(0, 4))
def test_the_mean_over_hidden_difficulty_is_the_chance(p: float, shared: float) -> None:
    """Whatever is shared, one model alone is as good as before."""
    low, middle, high = at_nodes(p, shared)
    assert (low + 4 * middle + high) / 6 == pytest.approx(p, abs=1e-12)
    assert 0 <= low <= middle + 1e-12 <= high + 2e-12 <= 1 + 3e-12


@given(st.lists(st.tuples(CHANCES, st.integers(0, 10**9), RATES), min_size=1, max_size=5))
def test_the_formula_is_what_counting_every_course_of_events_gives(
    given_steps: list[tuple[float, int, Check]],
) -> None:
    """Right or wrong at each step, rejected or not, at each value of the hidden difficulty."""
    steps = [step(p, cost, 1.0, check) for p, cost, check in given_steps]
    right = cost = seconds = 0.0
    for node, weight in enumerate((1 / 6, 4 / 6, 1 / 6)):
        for outcome in product((True, False), repeat=len(steps)):
            chance = weight
            for one, good in zip(steps, outcome, strict=True):
                chance *= one.given[node] if good else 1 - one.given[node]
            asked = 1.0
            for at, (one, good) in enumerate(zip(steps, outcome, strict=True)):
                check = given_steps[at][2]
                cost += chance * asked * one.cost
                seconds += chance * asked
                turned = check.coverage * (check.false_reject if good else 1 - check.false_accept)
                right += chance * asked * (1 - turned) * good
                asked *= turned
            right += chance * asked * outcome[_last_most_promising(given_steps)]
    found = chained(steps)
    assert found.p_success == pytest.approx(right, abs=1e-9)
    assert found.cost == pytest.approx(cost, abs=0.51 + 1e-9 * cost)
    assert found.seconds == pytest.approx(seconds, abs=1e-9)


def _last_most_promising(steps: list[tuple[float, int, Check]]) -> int:
    return max(range(len(steps)), key=lambda at: (steps[at][0], at))


def test_three_points_are_close_to_a_simulation() -> None:
    """A million requests with a normal hidden difficulty, cheap 0.5 then strong 0.9, a check that errs."""
    rng, check = random.Random(1), Check("code", 0.9, 0.1, 0.05)
    scale = (1 + 0.346 * SHARED**2) ** 0.5
    right = asked = 0
    rounds = 200_000
    for _ in range(rounds):
        z = rng.gauss(0, 1)
        cheap, strong = (rng.random() < sigmoid(logit(p) * scale + SHARED * z) for p in (0.5, 0.9))
        rejected = rng.random() < check.coverage * (check.false_reject if cheap else 1 - check.false_accept)
        asked += rejected
        right += strong if rejected else cheap
    found = chained([step(0.5, 1, None, check), step(0.9, 10, None, None)])
    assert found.p_success == pytest.approx(right / rounds, abs=0.01)
    assert found.reached[1] == pytest.approx(asked / rounds, abs=0.01)
    assert (found.seconds, found.waited) == (None, 0.0)


def test_of_many_candidates_the_cheapest_and_the_most_promising_are_combined() -> None:
    """Whoever costs more and promises less is left out first."""
    points = [(1.0, 0.3), (5.0, 0.9), (2.0, 0.5), (3.0, 0.4), (4.0, 0.6), (4.5, 0.7)]
    assert ascending(points) == [0, 2, 4, 1]
    assert len(list(selections(ascending(points)))) == 15


@given(CHANCES, CHANCES)
def test_a_useless_check_changes_nothing(cheap: float, strong: float) -> None:
    """It never turns an answer down, so the chain is its first step; so is one without a check."""
    for check in (USELESS, None):
        found = chained([step(cheap, 7, 2.0, check), step(strong, 1000, 3.0, None)])
        assert (found.p_success, found.cost) == (pytest.approx(cheap), 7)
        assert found.seconds == pytest.approx(2.0)
    assert len(chained([step(cheap, 7, 2.0, None), step(strong, 1000, 3.0, None)]).reached) == 1


@given(CHANCES, CHANCES)
def test_a_perfect_check_never_loses_and_gains_less_than_independence_says(
    cheap: float, strong: float
) -> None:
    """At least as good as either model; less than two independent tries, because hard requests are shared."""
    found = chained([step(cheap, 1, None, PERFECT), step(strong, 10, None, None)])
    assert found.p_success >= max(cheap, strong) - 1e-9
    assert found.p_success <= 1 - (1 - cheap) * (1 - strong) + 1e-9
