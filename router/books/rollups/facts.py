"""The three things the books sum up, by their keys and measures, and how sums are added. Pure.

Charges, one row per metered quantity of attempts. `kind`: usage (what an attempt cost), judge (what asking a
judge cost: overhead, in no request's cost) or correction. `served`: whether the attempt's answer was the one
returned; the rest are retries and rejected answers. `meter`: uncached_input, cache_read, cache_write, output,
a Unit, `attempts` (their number; costs nothing itself), `correction` (all that a correction changes of the
cost), or `unexplained` (stored cost that tokens x prices do not make). `price` and `list_price` are pico-USD
per unit; `cost_pico` = `quantity` x `price` exactly, `list_pico` likewise; None: unknown, see `cost_state`.

Outcomes, sums over requests by what answered, as corrections leave them. `verdict` is that of the returned
answer, from checks after the reply too: one that failed fails it. `cost_state` tells requests of known cost
from others; `cost_pico` adds up the former; `compared` counts those with a baseline as well,
`compared_cost_pico` and `baseline_pico` are theirs, and so are `baseline_output` (the tokens that the
baseline was expected to write) and `baseline_output_pico` (the part of the baseline for them). `timed`,
`duration_us`: requests with a duration, and its sum. `reported`, `reported_good`, `reported_cost_pico`:
requests that somebody reported on, those last reported to be good, and what all of them cost; `judged` the
same, by most judges. `answers_pico`, `retries_pico`, `escalations_pico`: what was paid for the attempts of
compared requests, by what they were for; `unanswered_pico` for all others'; `judges_pico` for judging.
`cost_squares` sums the squares of the costs in whole micro-dollars, of requests that take part in a holdout.

Lengths, by model, endpoint and task: `answers`, their `output` tokens, and the sum of the squares of these;
`attempts` of known tokens, whatever became of them, and their tokens in and out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from router.record import book_tables as tables

Key = tuple[Any, ...]
Sums = dict[Key, list[int | None]]
"""Measures by key. Keys that add up to nothing are left out when they are stored."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Whole hours in a row, [first_us, end_us), Unix microseconds."""

    first_us: int
    end_us: int

    @property
    def bounds(self) -> dict[str, int]:
        """As parameters of the queries of requests that started within."""
        return {"start": self.first_us, "end": self.end_us}


def in_a_row(hours: Iterable[int]) -> list[Hours]:
    """Hours, in order, as those that follow each other without a gap."""
    found: list[Hours] = []
    for hour in hours:
        if found and found[-1].end_us == hour:
            found[-1] = Hours(found[-1].first_us, hour + tables.HOUR_US)
        else:
            found.append(Hours(hour, hour + tables.HOUR_US))
    return found


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of sums: its tables and the columns of both."""

    hour: Table
    day: Table
    keys: tuple[str, ...]
    measures: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys, then measures."""
        return self.keys + self.measures


def _fact(hour: Table, day: Table, measures: Sequence[str]) -> Fact:
    names = [column.name for column in day.columns if column.name != "day"]
    return Fact(hour, day, tuple(n for n in names if n not in measures), tuple(measures))


CHARGES = _fact(tables.charges_hour, tables.charges_day, ("quantity", "cost_pico", "list_pico"))
OUTCOMES = _fact(tables.outcomes_hour, tables.outcomes_day, tables.OUTCOME_MEASURES)
LENGTHS = _fact(tables.lengths_hour, tables.lengths_day, tables.LENGTH_MEASURES)


def add(sums: Sums, key: Key, measures: Iterable[int | None], sign: int = 1) -> None:
    """Adds to the sums of `key`; what is unknown in one part is unknown in the sum."""
    there = sums.get(key)
    if there is None:
        sums[key] = [None if m is None else sign * m for m in measures]
        return
    for place, measure in enumerate(measures):
        known = there[place]
        there[place] = None if known is None or measure is None else known + sign * measure


def nothing(measures: Sequence[int | None]) -> bool:
    """Whether a row of such sums says nothing."""
    return all(measure in (0, None) for measure in measures)


def stored(sums: Sums) -> Iterable[tuple[Any, ...]]:
    """Keys and measures as rows to store, in an order of their own that is always the same."""
    rows = (key + tuple(measures) for key, measures in sums.items() if not nothing(measures))
    return sorted(rows, key=lambda row: [(value is not None, value) for value in row])
