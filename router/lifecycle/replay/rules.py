"""Which rule each request meets: what profiles decide is asked once a profile, the rest once an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time

import numpy as np

from router.domain.facts import Facts
from router.domain.match import Match, Span, TimeWindow, compile_match
from router.domain.policy import Policy, Rule
from router.lifecycle.replay.columns import Bools, Columns, Floats, Ints

DAY_US = 86_400_000_000
_THURSDAY = 3
"""1970-01-01, counted from Monday as 0."""


class RuleTable:
    """The rules of a policy over the profiles of some columns, as `facts` has them under the policy."""

    def __init__(self, policy: Policy, facts: Sequence[Facts]) -> None:
        self._rules = policy.rules
        self._plain = [self._by_profile(rule, facts) for rule in policy.rules]

    @staticmethod
    def _by_profile(rule: Rule, facts: Sequence[Facts]) -> Bools:
        test = compile_match(
            replace(rule.match, difficulty=None, confidence=None, input_tokens=None, time=None)
        )
        return np.fromiter((test(one) for one in facts), np.bool_, len(facts))

    def met(self, columns: Columns, profile: Ints) -> Ints:
        """The index of the first rule that holds for each request; every policy ends in one that does."""
        found = np.full(len(columns), -1, np.int64)
        for index, rule in enumerate(self._rules):
            holds = self._plain[index][profile] & (found < 0)
            if holds.any():
                found[holds & _numbers(rule.match, columns)] = index
        return found


def _numbers(match: Match, columns: Columns) -> Bools:
    held = np.ones(len(columns), np.bool_)
    for span, column in (
        (match.difficulty, columns.difficulty),
        (match.confidence, columns.confidence),
        (match.input_tokens, columns.input_tokens),
    ):
        if span is not None:
            held &= _inside(span, column)
    return held if match.time is None else held & _within(match.time, columns.now_us)


def _inside(span: Span, column: Floats | Ints) -> Bools:
    """NaN, which stands for unknown, is in no range."""
    held: Bools = column == column
    if span.at_least is not None:
        held &= column >= span.at_least
    if span.below is not None:
        held &= column < span.below
    return held


def _within(window: TimeWindow, now_us: Ints) -> Bools:
    """As `domain/match.within`."""
    day, clock = np.divmod(now_us, DAY_US)
    start, end = _microseconds(window.start), _microseconds(window.end)
    today = _weekday_in(window, day)
    if start <= end:
        return today & (clock >= start) & (clock < end)
    late: Bools = np.where(clock >= start, today, (clock < end) & _weekday_in(window, day - 1))
    return late


def _weekday_in(window: TimeWindow, day: Ints) -> Bools:
    inside: Bools = np.array([n + 1 in window.weekdays for n in range(7)])
    return inside[(day + _THURSDAY) % 7]


def _microseconds(clock: time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond
