"""The figures of a judge: known values, and biases that were put in are found."""

from __future__ import annotations

import random
from math import sqrt
from typing import Any

import numpy as np
import pytest

from router.domain.judgement import JudgeMode, JudgeOutcome, Preference, of_pair
from router.judge import agreement as figures
from router.judge.agreement import ENOUGH, Judged
from router.judge.rank import rank_correlation

ANSWER, OTHER = Preference.ANSWER, Preference.OTHER


def pairs(a: int, b: int, c: int, d: int) -> list[tuple[bool, bool]]:
    cells = ((True, True), (True, False), (False, True), (False, False))
    return [cell for cell, count in zip(cells, (a, b, c, d), strict=True) for _ in range(count)]


def judged(**changes: Any) -> Judged:
    fields: dict[str, Any] = {
        "judged_model": "m", "mode": JudgeMode.PAIRWISE, "outcome": JudgeOutcome.TIE, "first": None,
        "second": None, "score": None, "answer_chars": 100, "other_chars": 100, "verified": None,
        "reported": None,
    }  # fmt: skip
    return Judged(**{**fields, **changes})


def test_kappa_of_the_textbook() -> None:
    """Cohen's example has 0.4; agreement by chance alone has 0, perfect agreement 1."""
    found = figures.agreement(pairs(20, 5, 10, 15))
    assert (found.rate.value, found.kappa.value) == (0.7, pytest.approx(0.4))
    assert figures.agreement(pairs(36, 24, 24, 16)).kappa.value == pytest.approx(0.0)
    perfect = figures.agreement(pairs(60, 0, 0, 40)).kappa
    assert perfect.value == 1.0 and perfect.low is not None and 0.9 < perfect.low < 1.0
    assert figures.agreement(pairs(60, 0, 0, 0)).kappa.value is None  # all alike: chance cannot be told


def test_kappa_interval_covers() -> None:
    """About 95 of 100 samples from known odds have the true kappa in their interval."""
    odds = np.array([0.45, 0.15, 0.1, 0.3])
    chance = 0.6 * 0.55 + 0.4 * 0.45
    true = (0.75 - chance) / (1 - chance)
    rng = np.random.default_rng(5)
    hits = 0
    for counts in rng.multinomial(200, odds, size=400):
        found = figures.agreement(pairs(*map(int, counts))).kappa
        assert found.low is not None and found.high is not None
        hits += found.low <= true <= found.high
    assert 0.92 <= hits / 400 <= 0.98


def test_few_answers_say_nothing() -> None:
    """Below the stated n every figure is unknown, and its n is still told."""
    rows = [judged(first=ANSWER, second=OTHER, outcome=JudgeOutcome.INCONSISTENT)] * (ENOUGH - 1)
    for found in (figures.inconsistent(rows), figures.position(rows)):
        assert (found.n, found.value, found.low) == (ENOUGH - 1, None, None)
    assert figures.agreement(pairs(ENOUGH - 1, 0, 0, 0)).rate.value is None


def biased(share: float, rng: random.Random) -> Judged:
    """One pair by a judge that takes the first place in `share` of them, else decides by itself."""
    if rng.random() < share:
        first, second = ANSWER, OTHER
    else:
        first = second = rng.choice((ANSWER, OTHER))
    return judged(first=first, second=second, outcome=of_pair(first, second).outcome)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_position_bias_is_measured(share: float) -> None:
    """At its size, within the interval."""
    rng = random.Random(3)
    rows = [biased(share, rng) for _ in range(1_000)]
    net, lost = figures.position(rows), figures.inconsistent(rows)
    assert net.low is not None and net.high is not None and net.low <= share <= net.high
    assert lost.value == net.value  # nothing was lost to the second place


def test_a_length_bias_is_measured() -> None:
    """A judge that takes the longer text in four of five unequal pairs; equal lengths do not count."""
    rng = random.Random(4)
    rows = []
    for _ in range(500):
        longer = rng.random() < 0.5
        wins = longer if rng.random() < 0.8 else not longer
        outcome = JudgeOutcome.BETTER if wins else JudgeOutcome.WORSE
        rows.append(judged(outcome=outcome, answer_chars=200 if longer else 50))
    found = figures.longer_wins([*rows, *[judged(outcome=JudgeOutcome.BETTER, other_chars=105)] * 200])
    assert found.n == 500 and found.low is not None and found.high is not None
    assert found.low <= 0.8 <= found.high


def test_grades_that_grow_with_length() -> None:
    """Spearman's correlation, ties and all; lengths that are all alike have none."""
    assert rank_correlation([(1, 0.1), (2, 0.1), (3, 0.4)]) == pytest.approx(sqrt(3) / 2)
    rows = [judged(mode=JudgeMode.POINTWISE, score=(i % 5) / 4, answer_chars=10 * (i % 5)) for i in range(60)]
    assert figures.length_and_grade(rows).value == pytest.approx(1.0)
    assert figures.length_and_grade([judged(score=0.5)] * 60).value is None


def test_a_judge_that_prefers_its_own() -> None:
    """Overrating its own family by 30 points shows as such; an honest difference in quality does not."""
    rng = random.Random(5)
    rows = []
    for i in range(2_000):
        own = i % 2 == 0
        right = rng.random() < (0.5 if own else 0.8)
        good = right or (own and rng.random() < 0.6)
        outcome = JudgeOutcome.BETTER if good else JudgeOutcome.WORSE
        rows.append(judged(judged_model="qwen3-8b" if own else "llama-8b", outcome=outcome, verified=right))
    found = figures.self_preference("qwq-32b", rows)
    assert found.n == 1_000 and found.low is not None and found.high is not None
    assert found.low <= 0.3 <= found.high
    assert figures.self_preference("gpt-5", rows).value is None  # it judged none of its own
