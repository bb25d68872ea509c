"""Match blocks: what they are and when they hold. Pure.

A block is compiled once into the checks that it really makes: with a dozen possible fields and a dozen
rules, asking every field of every rule took longer than all the rest of the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from router.domain.facts import Facts
from router.domain.kinds import Capability, DataClass, Task

Test = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Span:
    """A closed-open range [at_least, below) of a number; None is unbounded."""

    at_least: float | None = None
    below: float | None = None

    def holds(self, value: float | None) -> bool:
        """Whether `value` lies inside. An unknown value lies in no range."""
        if value is None:
            return False
        return (self.at_least is None or value >= self.at_least) and (
            self.below is None or value < self.below
        )


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """UTC times of day [start, end) on the given ISO weekdays (1 = Monday). May pass midnight: the part
    after midnight belongs to the weekday on which it started."""

    weekdays: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Match:
    """A closed block: every given field must hold (and), any of a field's values may (or). Empty: always.

    Text values ending in `*` match by prefix. `capabilities`: all of them must be needed by the request.
    """

    organisation: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    workload: tuple[str, ...] = ()
    task: frozenset[Task] = frozenset()
    data_class: frozenset[DataClass] = frozenset()
    language: frozenset[str] = frozenset()
    capabilities: frozenset[Capability] = frozenset()
    difficulty: Span | None = None
    confidence: Span | None = None
    input_tokens: Span | None = None
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    time: TimeWindow | None = None


def compile_match(match: Match) -> Test:
    """The test of a block: every given field must hold; an unknown fact holds in no given field."""
    tests = tuple(_tests(match))
    if not tests:
        return lambda facts: True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # nearly all others; a generator costs as much as the tests
        first, second = tests
        return lambda facts: first(facts) and second(facts)
    return lambda facts: all(test(facts) for test in tests)


def _tests(match: Match) -> list[Test]:
    """One per given field, the cheapest first."""
    tests: list[Test] = []
    if tasks := match.task:
        tests.append(lambda facts: facts.task in tasks)
    if data_classes := match.data_class:
        tests.append(lambda facts: facts.data_class in data_classes)
    if languages := match.language:
        tests.append(lambda facts: facts.language in languages)
    if capabilities := match.capabilities:
        tests.append(lambda facts: capabilities <= facts.capabilities)
    return tests + _numbers(match) + _texts(match) + _time(match)


def _numbers(match: Match) -> list[Test]:
    tests: list[Test] = []
    if (difficulty := match.difficulty) is not None:
        tests.append(lambda facts: difficulty.holds(facts.difficulty))
    if (confidence := match.confidence) is not None:
        tests.append(lambda facts: confidence.holds(facts.confidence))
    if (input_tokens := match.input_tokens) is not None:
        tests.append(lambda facts: input_tokens.holds(facts.input_tokens))
    return tests


def _texts(match: Match) -> list[Test]:
    tests: list[Test] = []
    if match.organisation:
        tests.append(lambda facts: any_matches(match.organisation, facts.caller.organisation))
    if match.team:
        tests.append(lambda facts: any_matches(match.team, facts.caller.team))
    if match.project:
        tests.append(lambda facts: any_matches(match.project, facts.caller.project))
    if match.key:
        tests.append(lambda facts: any_matches(match.key, facts.caller.key_id))
    if match.workload:
        tests.append(lambda facts: any_matches(match.workload, facts.workload))
    if match.tags:
        tests.append(
            lambda facts: all(any_matches(v, facts.tags.get(name)) for name, v in match.tags.items())
        )
    return tests


def _time(match: Match) -> list[Test]:
    window = match.time
    return [] if window is None else [lambda facts: within(window, facts.now)]


def any_matches(patterns: tuple[str, ...], value: str | None) -> bool:
    if value is None:
        return False
    return any(
        value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern for pattern in patterns
    )


def all_or_any(patterns: tuple[str, ...], value: str | None) -> bool:
    """Whether one of `patterns` matches `value`, or there are none: then nothing is asked of it."""
    return not patterns or any_matches(patterns, value)


def within(window: TimeWindow, now: datetime) -> bool:
    """Whether `now` (UTC) lies in the window; a window past midnight belongs to the day it started on."""
    clock = now.time()
    if window.start <= window.end:
        return now.isoweekday() in window.weekdays and window.start <= clock < window.end
    if clock >= window.start:
        return now.isoweekday() in window.weekdays
    return clock < window.end and (now - timedelta(days=1)).isoweekday() in window.weekdays
