"""A day whose spend is not like that of the same weekday in the weeks before. Pure.

Robust: the median of up to eight same weekdays, and their median absolute deviation times 1.4826, which is
the standard deviation where days are normal (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993;
with their threshold of 3.5). The deviation of so few days comes out too small: it is corrected by the
factors of Croux and Rousseeuw (Time-Efficient Algorithms for Two Highly Robust Estimators of Scale, 1992).
One earlier odd day moves neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from router.domain.forecast import Series

WEEKS = 8
"""Same weekdays looked at."""
FEWEST = 4
"""Same weekdays needed: with fewer, nothing is said of a day."""
THRESHOLD = Fraction(35, 10)
"""Spreads from the median, from which on a day is odd."""
LEAST_SHARE = Fraction(1, 10)
"""Of the median: a smaller deviation is never odd, however quiet the weeks were."""
METHOD = (
    f"A day is odd {float(THRESHOLD):g} robust spreads (1.4826 x median absolute deviation) and "
    f"{float(LEAST_SHARE):.0%} or more from the median of the same weekday in the {FEWEST} to {WEEKS} weeks "
    "before."
)
_NORMAL = Fraction(14_826, 10_000)
_FEW = {n: Fraction(f, 1000) for n, f in {4: 1363, 5: 1206, 6: 1200, 7: 1140, 8: 1129}.items()}
"""By number of days."""
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One odd day; pico-USD. `usual` is the median of `weeks` same weekdays, `spread` their robust one, and
    `like` the one of them that cost nearest to it: what the day is to be explained against."""

    day: date
    spent: int
    usual: int
    spread: int
    weeks: int
    like: date

    @property
    def beyond(self) -> int:
        """What was spent beyond the usual; negative: less."""
        return self.spent - self.usual


def anomalies(series: Series, first: date, least: int = 0) -> list[Anomaly]:
    """The odd days of the series from `first` on, in order, where the deviation is at least `least`."""
    start = max(0, (first - series.first).days)
    found = (_anomaly(series, n, least) for n in range(start, len(series.amounts)))
    return [one for one in found if one is not None]


def _anomaly(series: Series, n: int, least: int) -> Anomaly | None:
    same = [n - _DAYS * week for week in range(1, WEEKS + 1) if n >= _DAYS * week]
    if len(same) < FEWEST:
        return None
    before = [series.amounts[place] for place in same]
    usual = _median(before)
    spread = _NORMAL * _FEW[len(same)] * _median([abs(Fraction(amount) - usual) for amount in before])
    spent = series.amounts[n]
    beyond = abs(spent - usual)
    if beyond < max(THRESHOLD * spread, LEAST_SHARE * usual, Fraction(least)) or not beyond:
        return None
    like = min(same, key=lambda place: abs(Fraction(series.amounts[place]) - usual))
    days = (series.first + timedelta(days=place) for place in (n, like))
    day, other = days
    return Anomaly(day, spent, round(usual), round(spread), len(same), other)


def _median(amounts: Sequence[int | Fraction]) -> Fraction:
    ordered, n = sorted(amounts), len(amounts)
    return Fraction(ordered[(n - 1) // 2] + ordered[n // 2]) / 2
