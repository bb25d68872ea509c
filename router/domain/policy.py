"""A compiled routing policy: rules in order, first match wins, the last one matches everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from router.domain.kinds import (
    Capability,
    DataClass,
    Objective,
    OnError,
    Task,
    Tier,
    VerifyMode,
)


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


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do with the requests it matches.

    Exactly one of: `deny` (refuse with this reason), `tiers` (in this order, cheapest first within a tier)
    or `objective`. `residency` empty: anywhere. `quality_target` is P(success) from 0 to 1.
    """

    name: str
    match: Match
    line: int
    deny: str | None = None
    tiers: tuple[Tier, ...] = ()
    objective: Objective | None = None
    residency: frozenset[str] = frozenset()
    licence: frozenset[str] = frozenset()
    quality_target: float | None = None
    max_cost_pico: int | None = None
    verify: VerifyMode = VerifyMode.NONE
    on_error: OnError = OnError.ESCALATE
    max_attempts: int = 4


@dataclass(frozen=True, slots=True)
class Baseline:
    """The model spend is compared with, declared by `owner` on `declared` (ISO date)."""

    model: str
    owner: str
    declared: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`residency[data_class]`: where data of that class may go, whatever a rule says; absent: anywhere."""

    name: str
    rules: tuple[Rule, ...]
    residency: Mapping[DataClass, frozenset[str]]
    default_data_class: DataClass
    baseline: Baseline
    baseline_by_workload: Mapping[str, Baseline]

    def baseline_for(self, workload: str | None) -> Baseline:
        return self.baseline_by_workload.get(workload, self.baseline) if workload else self.baseline
