"""P(success): bounds, monotony, and the anchors that the formula promises."""

from __future__ import annotations

from statistics import NormalDist, fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.ability import Abilities, Estimate, logit, sigmoid
from router.domain.kinds import Task
from router.domain.reading import Reading
from router.domain.success import USUAL_DIFFICULTY, Curve, chance, curve_of, curve_without_reading
from router.learn.panel import stretch_beyond

SHARES = st.floats(0, 1)
CURVES = st.builds(
    lambda *chances: curve_of(Reading({Task.MATH: 1.0}, *chances, 1.0, {})), SHARES, SHARES, SHARES, SHARES
) | st.builds(curve_without_reading, st.none() | st.sampled_from(Task), SHARES)
ESTIMATES = st.builds(Estimate, st.floats(-6.9, 6.9), st.floats(0.01, 3), st.just("x"))
ABILITIES = st.builds(Abilities, st.fixed_dictionaries(dict.fromkeys(Task, ESTIMATES)), ESTIMATES)
MIXES = st.lists(st.sampled_from(Task), max_size=3, unique=True).map(
    lambda tasks: tuple((task, 1.0 / len(tasks)) for task in tasks)
)


@given(CURVES, st.floats(-6.9, 6.9), st.floats(0, 5))
def test_a_more_able_model_is_never_less_likely_to_be_right(curve: Curve, theta: float, more: float) -> None:
    """P(success) never falls with ability, whatever was read."""
    assert curve.at(theta + more) >= curve.at(theta) - 1e-9


@given(ABILITIES, MIXES, CURVES, st.none() | SHARES)
def test_chances_are_chances(
    abilities: Abilities, mix: tuple[tuple[Task, float], ...], curve: Curve, head: float | None
) -> None:
    """P and its interval are within 0..1, in order, and say where they come from."""
    found = chance(abilities, mix, curve, head)
    assert 0.0 <= found.low <= found.expected + 1e-9 <= found.high + 2e-9 <= 1.0 + 2e-9
    assert found.provenance


@given(SHARES, SHARES, SHARES, SHARES)
def test_the_anchors_get_what_was_read_for_them(low: float, high: float, usual: float, more: float) -> None:
    """A model as able as a half of the panel is given that half's chance."""
    low, high = sorted((low, high))
    reading = Reading({Task.MATH: 1.0}, low, high, 0.05 + 0.4 * usual, 0.55 + 0.4 * more, 1.0, {})
    curve = curve_of(reading)
    assert curve.at(logit(reading.low_usual)) == pytest.approx(logit(low))
    assert curve.at(logit(reading.high_usual)) == pytest.approx(logit(high))


@given(st.floats(-6, 6), st.floats(0.2, 0.8))
def test_a_usual_request_is_answered_as_usual(theta: float, usual: float) -> None:
    """Where nothing is harder than usual, P(success) is the ability."""
    reading = Reading({Task.CODE: 1.0}, usual, usual + 0.15, usual, usual + 0.15, 1.0, {})
    assert curve_of(reading).at(theta) == pytest.approx(theta)
    for task, difficulty in USUAL_DIFFICULTY.items():
        assert curve_without_reading(task, difficulty).at(theta) == pytest.approx(theta)


def test_beyond_the_halves_a_model_is_moved_as_the_nearer_one() -> None:
    """lambda is bounded by 0 and 1; what lies beyond is stretched by k, and k is 1 where it is not known."""
    curve = Curve(anchor=0.0, span=1.0, low=-2.0, high=-1.0)
    assert curve.at(2.0) == pytest.approx(2.0 - 1.0)
    assert curve.at(-3.0) == pytest.approx(-3.0 - 2.0)
    wide = Curve(anchor=0.0, span=1.0, low=-2.0, high=-1.0, beyond=1.25)
    assert wide.at(0.5) == curve.at(0.5)
    assert wide.at(2.0) == pytest.approx(2.0 + 0.25 - 1.0)
    assert wide.at(-3.0) == pytest.approx(-3.0 - 0.75 - 2.0)


@pytest.mark.parametrize("ability", [0.05, 0.2, 0.45, 0.6, 0.8, 0.9, 0.97])
@pytest.mark.parametrize("sd", [0.3, 1.0, 1.5])
def test_the_mean_over_usual_requests_is_the_ability(ability: float, sd: float) -> None:
    """Whatever the requests' spread and however far the model is from the panel; 0.02 is left between
    the points where it is exact. Unstretched, a strong model would be read up to 0.08 too low."""
    shifts = [NormalDist(0.0, sd).inv_cdf((i + 0.5) / 400) for i in range(400)]
    lows, highs = ([sigmoid(middle + shift) for shift in shifts] for middle in (-1.2, 0.1))
    usual = fmean(lows), fmean(highs)
    beyond = stretch_beyond(np.array([lows, highs]).T)
    said = [
        sigmoid(curve_of(Reading({}, low, high, *usual, 1.0, {}, beyond=beyond)).at(logit(ability)))
        for low, high in zip(lows, highs, strict=True)
    ]
    assert fmean(said) == pytest.approx(ability, abs=0.02)


def test_halves_that_are_alike_count_alike() -> None:
    """A panel whose halves do not differ on usual requests moves every model by the mean."""
    curve = curve_of(Reading({Task.MATH: 1.0}, 0.3, 0.5, 0.6, 0.6, 1.0, {}))
    expected = (logit(0.3) + logit(0.5)) / 2 - logit(0.6)
    assert curve.at(-2.0) - -2.0 == pytest.approx(expected)
    assert curve.at(2.0) - 2.0 == pytest.approx(expected)


def test_a_mix_is_the_share_weighted_mean_of_logits_and_a_head_replaces_it() -> None:
    """0.75 of 2 and 0.25 of -2 is 1; the largest share gives the provenance; a head is taken at its word."""
    by_task = {task: Estimate(-2.0, 0.4, "rest") for task in Task}
    abilities = Abilities({**by_task, Task.MATH: Estimate(2.0, 0.2, "math")}, Estimate(0.0, 1.0, "default"))
    usual = Curve(0.0, 0.0, 0.0, 0.0)
    found = chance(abilities, ((Task.CODE, 0.25), (Task.MATH, 0.75)), usual, None)
    assert (found.theta, found.sd, found.provenance) == (1.0, pytest.approx(0.25), "math")
    assert found.expected == pytest.approx(sigmoid(1.0))
    assert chance(abilities, (), usual, None).provenance == "default"
    headed = chance(abilities, ((Task.MATH, 1.0),), usual, 0.3)
    assert headed.expected == pytest.approx(0.3)
    assert headed.low < 0.3 < headed.high
