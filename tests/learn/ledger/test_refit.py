"""Outcomes to evidence: exact where requests are usual, right where they are not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.ability import Evidence, logit, sigmoid
from router.domain.kinds import Task
from router.domain.reading import Reading
from router.domain.success import FLAT, Curve, curve_of, curve_without_reading
from router.learn.ledger_evidence import Checked, is_held_back
from router.learn.refit import Gathered, Outcomes, fitted


def outcome(curve: Curve, right: bool, started_us: int = 0) -> Checked:
    return Checked("r", started_us, "m", Task.MATH, ((Task.MATH, 1.0),), curve, right)


def fit(curves: list[Curve], rights: list[bool]) -> Evidence:
    outcomes = Outcomes()
    for curve, right in zip(curves, rights, strict=True):
        outcomes.add(outcome(curve, right), 1.0)
    return fitted(outcomes)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_requests_of_usual_difficulty_give_back_the_counts(rights: list[bool]) -> None:
    """All right, all wrong and anything between: `right` of `n`, as a plain count would say."""
    evidence = fit([FLAT] * len(rights), rights)
    assert evidence.right == pytest.approx(sum(rights), abs=2e-3)
    assert evidence.n == pytest.approx(len(rights), abs=2e-3)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans(), st.floats(0.0, 1.0)), min_size=1, max_size=30))
def test_evidence_never_says_more_than_the_outcomes_do(rows: list[tuple[float, bool, float]]) -> None:
    """Whatever the difficulties, ages and results: counts that a document may hold, n up to their weight."""
    outcomes = Outcomes()
    for difficulty, right, weight in rows:
        outcomes.add(outcome(curve_without_reading(Task.MATH, difficulty), right), weight)
    evidence = fitted(outcomes)
    assert 0.0 <= evidence.right <= evidence.n <= sum(weight for _, _, weight in rows) + 1e-3


def test_what_is_too_old_to_count_is_no_evidence() -> None:
    """A document with n = 0 would be refused by the gateway."""
    gathered = Gathered(now_us=10**15, half_life_days=0.001)
    gathered.add(outcome(FLAT, True, 0))
    assert gathered.evidence(frozenset({"m"})) == {}


def drawn(curves: list[Curve], ability: float) -> list[bool]:
    rng = random.Random(5)
    return [rng.random() < sigmoid(curve.at(logit(ability))) for curve in curves]


@pytest.mark.parametrize("ability", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("difficulty", [0.05, 0.7])
def test_difficulty_is_taken_out(ability: float, difficulty: float) -> None:
    """A model that got only hard requests is not thought weak, nor one that got easy ones strong."""
    curves = [curve_without_reading(Task.MATH, difficulty)] * 4_000
    rights = drawn(curves, ability)
    evidence = fit(curves, rights)
    assert abs(sum(rights) / len(rights) - ability) > 0.04, "the raw share is off, or this shows nothing"
    assert evidence.right / evidence.n == pytest.approx(ability, abs=0.035)
    assert 0.0 < evidence.n <= len(rights) + 1e-6


def test_readings_are_used_too() -> None:
    """Where a request was read, its two anchors move the model as the gateway moves it."""
    rng = random.Random(1)
    curves = []
    for _ in range(4_000):
        low = rng.uniform(0.05, 0.5)
        reading = Reading({Task.MATH: 1.0}, low, min(0.95, low + 0.35), 0.4, 0.8, 1.0, {})
        curves.append(curve_of(reading))
    evidence = fit(curves, drawn(curves, 0.7))
    assert evidence.right / evidence.n == pytest.approx(0.7, abs=0.03)


def test_old_outcomes_count_less() -> None:
    """At a half-life of ten days, an outcome of ten days ago counts half of today's."""
    day = 86_400_000_000
    gathered = Gathered(now_us=10 * day, half_life_days=10.0)
    gathered.add(outcome(FLAT, True, 10 * day))
    gathered.add(outcome(FLAT, False, 0))
    evidence = gathered.evidence(frozenset({"m"}))["m", Task.MATH]
    assert evidence.n == pytest.approx(1.5, abs=2e-3)
    assert evidence.right == pytest.approx(1.0, abs=2e-3)
    assert gathered.count("m") == 2


def test_the_same_requests_are_held_back_in_every_run() -> None:
    """By their id alone, in about the share asked for, and a larger share keeps those of a smaller one."""
    ids = [f"request-{i}" for i in range(4_000)]
    fifth = {i for i in ids if is_held_back(i, 0.2)}
    assert len(fifth) == pytest.approx(800, abs=100)
    assert fifth < {i for i in ids if is_held_back(i, 0.5)}
