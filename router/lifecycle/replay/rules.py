"""Which rule each request meets: what profiles decide is asked once a profile, the rest once an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time

import numpy as np

from router.domain.facts import Facts
from router.domain.match import Match, Span, TimeWindow, compile_match
from router.domain.policy import Policy, Rule
from router.domain.rollout import FIRST, SECOND, RuleMode, Sticky, unit_of
from router.lifecycle.replay.columns import Bools, Columns, Floats, Ints, Units

DAY_US = 86_400_000_000
_COLUMNS = frozenset({"difficulty", "confidence", "input_tokens", "max_output_tokens", "hour", "weekday"})
"""Names in expressions that differ with every request; all others are a profile's."""
_THURSDAY = 3
"""1970-01-01, counted from Monday as 0."""


class RuleTable:
    """The rules of a policy over some columns; `facts` are those of its profiles as the policy takes them."""

    def __init__(self, policy: Policy, columns: Columns, facts: Sequence[Facts]) -> None:
        self._policy, self._columns, self._facts = policy, columns, facts

    def met(self) -> Ints:
        """The index of the first rule that holds for each request; every policy ends in one that does."""
        columns = self._columns
        found = np.full(len(columns), -1, np.int64)
        for index, rule in enumerate(self._policy.rules):
            if rule.rollout.mode is RuleMode.SHADOW:
                continue
            holds = self._by_profile(rule)[columns.profile] & (found < 0)
            if holds.any():
                holds &= _numbers(rule.match, columns)
                holds = self._in_canary(rule, holds)
                found[self._when(rule, holds)] = index
        return found

    def _by_profile(self, rule: Rule) -> Bools:
        match = replace(rule.match, difficulty=None, confidence=None, input_tokens=None, time=None)
        test, when = compile_match(match), rule.when
        if when is not None and not when.names & _COLUMNS:
            plain, holds = test, when.holds
            test = lambda facts: plain(facts) and holds(facts)  # noqa: E731 - one test instead of two
        return np.fromiter((test(one) for one in self._facts), np.bool_, len(self._facts))

    def _in_canary(self, rule: Rule, holds: Bools) -> Bools:
        rollout = rule.rollout
        if rollout.mode is not RuleMode.CANARY:
            return holds
        columns = self._columns
        callers = np.array([unit_of(one.caller.key_id) for one in self._facts], np.uint64)
        units = callers[columns.profile]
        if rollout.sticky is Sticky.CONVERSATION:
            named = np.array([one.conversation is not None for one in self._facts], np.bool_)
            alone = units ^ columns.now_us.astype(np.uint64)
            units = np.where(named[columns.profile], columns.conversation, alone)
        return holds & (_places(units, unit_of(rule.name)) < rollout.share)

    def _when(self, rule: Rule, holds: Bools) -> Bools:
        """Expressions over numbers are run one by one, for the requests that everything else lets in."""
        if rule.when is None or not rule.when.names & _COLUMNS:
            return holds
        default = self._policy.default_data_class
        for at in np.flatnonzero(holds):
            holds[at] = rule.when.holds(self._columns.facts(int(at), default))
        return holds


def _places(units: Units, salt: int) -> Floats:
    """`domain/rollout.place` for many units."""
    x = units ^ np.uint64(salt)
    x = (x ^ x >> np.uint64(30)) * np.uint64(FIRST)
    x = (x ^ x >> np.uint64(27)) * np.uint64(SECOND)
    return ((x ^ x >> np.uint64(31)) >> np.uint64(11)).astype(np.float64) * 2.0**-53


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
