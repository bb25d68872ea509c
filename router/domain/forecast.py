"""What a span of days will have cost at its end: weekday run rate, with a band from its past errors. Pure.

Middle: the mean day of the last two whole weeks, times the share of each weekday in up to eight whole weeks,
times the median of what the same rule was off in the past, day by day of the horizon. Band: quantiles of
those past errors, of forecasts made with nothing but the days before them (split conformal: Vovk et al.,
Algorithmic Learning in a Random World, 2005). A horizon with too few of them takes the longest one that has
enough, its errors widened by the square root of the lengths, as those of independent days grow.

Money in pico-USD. What was spent is exact; what is to come is an estimate, exact fractions rounded once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, isqrt

from router.domain.savings import Band

LEVEL = Fraction(8, 10)
"""Share of spans that are meant to end within the band: one in ten above it, one in ten below."""
NEEDED_DAYS = 28
"""Whole days of history below which there is no forecast."""
METHOD = (
    "An estimate: the mean day of the last two weeks with the weekday pattern of up to eight, corrected by "
    "the median of what this rule was off in the past; in the band end 8 in 10 spans, by those past errors."
)
_WEEK = 7
_LEVEL_DAYS = 14
_PATTERN_WEEKS = 8
_ENOUGH_ERRORS = 9
"""Fewest past errors whose extremes bound a tenth on each side: ceil((n + 1) x 0.9) <= n."""
_ERRORS_OF_DAYS = 180
"""How far back errors are looked for."""


@dataclass(frozen=True, slots=True)
class Series:
    """Spend of consecutive whole days, the first one given; a day without any is 0."""

    first: date
    amounts: tuple[int, ...]

    @property
    def end(self) -> date:
        """The first day that is not in it: today, where it ends with yesterday."""
        return self.first + timedelta(days=len(self.amounts))


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come, and what the span will have cost at its end."""

    day: date
    total: Band


@dataclass(frozen=True, slots=True)
class RunOut:
    """The day on which an amount is used up; None: not within the span. `earliest` goes by the band's upper
    end, `latest` by its lower one."""

    earliest: date | None
    expected: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`spent`: exact, in the span until now. `path`: every day from today to the last one; `history`: whole
    days it is made from."""

    spent: int
    path: tuple[Ahead, ...]
    history: int

    @property
    def total(self) -> Band:
        """Of the whole span, at its end."""
        return self.path[-1].total

    @property
    def method(self) -> str:
        """How it was made, in one sentence."""
        return METHOD

    def run_out(self, amount: int) -> RunOut:
        """When the span's spend reaches `amount`. What is used up already is used up today."""
        return RunOut(*(self._reached(amount, end) for end in ("high", "middle", "low")))

    def _reached(self, amount: int, end: str) -> date | None:
        return next((one.day for one in self.path if getattr(one.total, end) >= amount), None)


def forecast(series: Series, first: date, last: date, today_spent: int) -> Forecast | None:
    """Spend of [first, last], both days included. `series` ends with yesterday, `today_spent` is since.

    None: fewer than NEEDED_DAYS, or two weeks without any spend: there is nothing to go by. Raises
    ValueError unless `first` <= today <= `last`.
    """
    today = series.end
    if not first <= today <= last:
        raise ValueError(f"{first} to {last} does not hold {today}, the day after the history")
    days = (last - today).days + 1
    history = series.amounts
    if len(history) < NEEDED_DAYS or not any(history[-_LEVEL_DAYS:]):
        return None
    past = sum(history[max(0, len(history) - (today - first).days) :]) if today > first else 0
    spent = past + today_spent
    errors = _errors(history, days)
    path, floor = [], Band(spent, spent, spent)
    for n, raw in enumerate(_ahead(history, days), 1):
        floor = _at_least(floor, past, [raw * factor for factor in _factors(errors, n)])
        path.append(Ahead(today + timedelta(days=n - 1), floor))
    return Forecast(spent, tuple(path), len(history))


def _at_least(floor: Band, past: int, ahead: Sequence[Fraction]) -> Band:
    """Totals never fall from one day to the next, and never below what was spent."""
    low, middle, high = (past + round(amount) for amount in ahead)
    return Band(max(floor.low, low), max(floor.middle, middle), max(floor.high, high))


def _ahead(history: Sequence[int], days: int) -> Iterator[Fraction]:
    """The sum of the next 1, 2, ... `days` days by the rule alone."""
    weeks = min(_PATTERN_WEEKS, len(history) // _WEEK)
    pattern = [sum(history[-weeks * _WEEK + n :: _WEEK]) for n in range(_WEEK)]
    level = Fraction(sum(history[-_LEVEL_DAYS:]), _LEVEL_DAYS) * _WEEK / max(1, sum(pattern))
    total = 0
    for n in range(days):
        total += pattern[n % _WEEK]
        yield level * total


def _errors(history: Sequence[int], days: int) -> list[list[Fraction]]:
    """By horizon, from 1 day on: what came over what the rule said, ascending."""
    found: list[list[Fraction]] = [[] for _ in range(days)]
    for origin in range(max(_LEVEL_DAYS, len(history) - _ERRORS_OF_DAYS), len(history)):
        came = 0
        said = _ahead(history[:origin], min(days, len(history) - origin))
        for n, rule in enumerate(said):
            came += history[origin + n]
            if rule:
                found[n].append(came / rule)
    return [sorted(one) for one in found]


def _factors(errors: Sequence[Sequence[Fraction]], days: int) -> tuple[Fraction, Fraction, Fraction]:
    """What the rule's sum of `days` is to be multiplied with: low, middle, high."""
    known = next(n for n in range(days, 0, -1) if len(errors[n - 1]) >= _ENOUGH_ERRORS or n == 1)
    found = errors[known - 1]
    if not found:
        return Fraction(1), Fraction(1), Fraction(1)
    n = len(found)
    middle = (found[(n - 1) // 2] + found[n // 2]) / 2
    place = min(n, ceil((n + 1) * (1 + LEVEL) / 2))
    wider = Fraction(isqrt(10**6 * days // known), 10**3)
    low, high = found[n - place], found[place - 1]
    return max(Fraction(0), middle - (middle - low) * wider), middle, middle + (high - middle) * wider
