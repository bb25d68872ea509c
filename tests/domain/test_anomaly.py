"""Odd days: found where they were planted, not where days are as usual or too little is known."""

from __future__ import annotations

import random
from datetime import date, timedelta

from router.domain.anomaly import FEWEST, WEEKS, anomalies
from router.domain.forecast import Series

FIRST = date(2026, 6, 1)


def noisy(weeks: int, seed: int = 3) -> list[int]:
    rng = random.Random(seed)
    return [round(rng.gauss(100_000, 4_000) * (0.3 if n % 7 > 4 else 1)) for n in range(7 * weeks)]


def test_a_planted_day_is_found_and_compared_with_the_most_usual_one() -> None:
    """Up or down; `usual` is the median of the same weekdays, `like` one of them that cost about as much."""
    for factor in (0.5, 1.6):
        days = noisy(10)
        days[65] = round(days[65] * factor)
        [found] = anomalies(Series(FIRST, tuple(days)), FIRST)
        same = sorted(days[65 - 7 * week] for week in range(1, WEEKS + 1))
        assert found.day == FIRST + timedelta(days=65) and found.weeks == WEEKS
        assert found.usual == round((same[3] + same[4]) / 2)
        assert found.beyond == days[65] - found.usual and (found.beyond > 0) == (factor > 1)
        assert found.like.weekday() == found.day.weekday()
        assert days[(found.like - FIRST).days] in (same[3], same[4])


def test_one_odd_day_does_not_hide_the_next() -> None:
    """The median and the deviation from it hardly move."""
    days = noisy(10)
    days[58] *= 20
    days[65] = round(days[65] * 1.6)
    assert [one.day for one in anomalies(Series(FIRST, tuple(days)), FIRST)] == [
        FIRST + timedelta(days=58), FIRST + timedelta(days=65)]  # fmt: skip


def test_quiet_weeks_make_no_fuss() -> None:
    """Days all alike have no spread: still, less than a tenth more is not odd, nor what is below `least`."""
    days = [1000] * 70
    days[-1] = 1099
    assert not anomalies(Series(FIRST, tuple(days)), FIRST)
    days[-1] = 1100
    assert len(anomalies(Series(FIRST, tuple(days)), FIRST)) == 1
    assert not anomalies(Series(FIRST, tuple(days)), FIRST, least=101)
    assert not anomalies(Series(FIRST, (0,) * 70), FIRST)


def test_too_few_weeks_say_nothing() -> None:
    """Nothing is odd before there are enough same weekdays, and only days asked for are looked at."""
    days = [1000] * (7 * FEWEST) + [5000]
    assert not anomalies(Series(FIRST, tuple(days[7:])), FIRST)
    assert len(anomalies(Series(FIRST, tuple(days)), FIRST)) == 1
    assert not anomalies(Series(FIRST, tuple(days)), FIRST + timedelta(days=len(days)))


def test_days_as_usual_are_seldom_odd() -> None:
    """Of normal days, few: the factor for small numbers is in the spread."""
    odd = tried = 0
    for seed in range(30):
        days = noisy(20, seed)
        odd += len(anomalies(Series(FIRST, tuple(days)), FIRST + timedelta(weeks=WEEKS)))
        tried += len(days) - 7 * WEEKS
    assert odd / tried < 0.02
