"""What was saved against the declared baseline: as a band, gross and net, and measured where a holdout ran.

Pure: sums in, figures out; money in pico-USD. Screens and commands use the same functions, so that a saving
is one number wherever it stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

ENOUGH = 30
"""Own answers of the baseline model to a task, from which on their mean length is used."""
UNMEASURED = Fraction(3, 10)
"""How far the declared length may be off, either way, where it was not measured: an assumption, stated."""
Z95 = 1.959964
"""Two-sided 95% quantile of the normal distribution; groups have at least ENOUGH members."""


@dataclass(frozen=True, slots=True)
class Band:
    """An amount with what it may as well be, pico-USD; low <= middle <= high."""

    low: int
    middle: int
    high: int

    def minus(self, amount: int) -> Band:
        return Band(self.low - amount, self.middle - amount, self.high - amount)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Answers of a model to a task: how many, their output tokens, and the sum of the squares."""

    count: int
    total: int
    squares: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Requests with one baseline model and task: how many, what the baseline would have cost as booked, the
    part of that for its output, the output tokens it was expected to write, and its own answers' lengths."""

    requests: int
    baseline: int
    output_part: int
    expected: int
    lengths: Lengths | None

    @property
    def measured(self) -> bool:
        return self.lengths is not None and self.lengths.count >= ENOUGH and self.expected > 0

    def band(self) -> Band:
        """The baseline with the output length measured and its 95% interval, or declared and give or take."""
        fixed = self.baseline - self.output_part
        low, middle, high = self._ratios()
        return Band(*(fixed + round(self.output_part * ratio) for ratio in (low, middle, high)))

    def _ratios(self) -> tuple[Fraction, Fraction, Fraction]:
        """What is to be made of the declared output length."""
        if self.lengths is None or not self.measured:
            return 1 - UNMEASURED, Fraction(1), 1 + UNMEASURED
        n, expected = self.lengths.count, Fraction(self.expected, self.requests)
        mean = Fraction(self.lengths.total, n)
        variance = max(Fraction(0), (self.lengths.squares - n * mean * mean) / (n - 1))
        half = Fraction(Z95 * math.sqrt(variance / n))
        return max(Fraction(0), mean - half) / expected, mean / expected, (mean + half) / expected


@dataclass(frozen=True, slots=True)
class Spent:
    """What was paid, pico-USD. `answers` is for the answers that callers got, and is all that a gross saving
    counts; `retries` for attempts that gave none, `escalations` for answers bought and not given (checks
    turned them down, or another sample was chosen), `unanswered` for requests without a baseline, `judges`
    for judging, and `idle_gpu` for hours of self-hosted endpoints beyond their marginal cost (negative: the
    marginal price covers more than that)."""

    answers: int
    retries: int = 0
    escalations: int = 0
    unanswered: int = 0
    judges: int = 0
    idle_gpu: int = 0

    @property
    def overhead(self) -> int:
        return self.retries + self.escalations + self.unanswered + self.judges + self.idle_gpu


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a holdout: requests of known cost, the sum of their costs in pico-USD, and the sum of the
    squares of their costs in whole micro-dollars."""

    requests: int
    cost: int
    squares: int

    @property
    def mean(self) -> Fraction:
        return Fraction(self.cost, self.requests)

    @property
    def error(self) -> Fraction:
        """Squared standard error of the mean, in square micro-dollars."""
        mean = self.mean / MICRO
        return (
            max(Fraction(0), self.squares - self.requests * mean * mean) / (self.requests - 1) / self.requests
        )


MICRO = 10**6
"""Pico-dollars in a micro-dollar."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The saving as the holdout shows it: the difference of the mean costs, times the requests not held out;
    with its 95% interval by Welch."""

    held_out: int
    routed: int
    saving: Band


def measured(held_out: Arm, routed: Arm) -> Measured | None:
    """None: an arm has fewer than ENOUGH requests."""
    if min(held_out.requests, routed.requests) < ENOUGH:
        return None
    difference = held_out.mean - routed.mean
    half = Fraction(Z95 * math.sqrt(held_out.error + routed.error)) * MICRO
    ends = (round((difference + step) * routed.requests) for step in (-half, 0, half))
    return Measured(held_out.requests, routed.requests, Band(*ends))


@dataclass(frozen=True, slots=True)
class Savings:
    """Of some requests. `booked` is the baseline as the ledger's rows have it."""

    requests: int
    booked: int
    baseline: Band
    spent: Spent
    measured_lengths: int
    holdout: Measured | None

    @property
    def gross(self) -> Band:
        return self.baseline.minus(self.spent.answers)

    @property
    def net(self) -> Band:
        return self.gross.minus(self.spent.overhead)

    @property
    def method(self) -> str:
        """How the band was made, in one sentence."""
        share = self.measured_lengths / self.requests if self.requests else 0.0
        return (
            "The declared baseline model's price for the same input without cache discount and its own "
            f"output length: for {share:.0%} of requests the mean of its own answers to the task with its "
            f"95% interval, for the rest the catalog's declared length, give or take {float(UNMEASURED):.0%}."
        )


def savings(compared: Sequence[Compared], spent: Spent, holdout: Measured | None = None) -> Savings:
    """The whole of its parts. Bands are added end by end: errors of a length are the same for all requests
    of a task, so they do not cancel out."""
    bands = [part.band() for part in compared]
    return Savings(
        sum(part.requests for part in compared),
        sum(part.baseline for part in compared),
        Band(*(sum(getattr(band, end) for band in bands) for end in ("low", "middle", "high"))),
        spent,
        sum(part.requests for part in compared if part.measured),
        holdout,
    )
