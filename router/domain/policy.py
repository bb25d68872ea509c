"""A compiled routing policy: rules in order, first match wins, the last one matches everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain.acceptance import ErrorRates
from router.domain.judgement import Judge
from router.domain.kinds import (
    Confidence,
    DataClass,
    Objective,
    OnError,
    Tier,
    VerifierName,
    VerifyMode,
)
from router.domain.match import Match, Span, Test, TimeWindow, compile_match

__all__ = ["Baseline", "Checks", "Match", "Policy", "Rule", "Span", "TimeWindow"]


@dataclass(frozen=True, slots=True)
class Checks:
    """How a rule's requests are verified. `share` of them, from 0 to 1; `verifiers` empty: all that apply;
    `time_limit` seconds for those that run outside the event loop, together; `on_error`: what a
    `before_reply` rule does with an answer that a verifier applied to and could not check;
    `escalate_within` seconds since dispatch began: later than that a failed check tries nobody further;
    None: no limit. `buffer_streams`: it holds streams back as well, with a sign of life every `heartbeat`
    seconds."""

    share: float = 1.0
    verifiers: frozenset[VerifierName] = frozenset()
    time_limit: float = 10.0
    on_error: OnError = OnError.ALLOW
    escalate_within: float | None = None
    buffer_streams: bool = False
    heartbeat: float = 5.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do with the requests it matches.

    Exactly one of: `deny` (refuse with this reason), `tiers` (in this order, cheapest first within a tier)
    or `objective`. `residency` empty: anywhere. `quality_target` is P(success) from 0 to 1, `confidence` the
    end of its interval that has to reach it. `failure_cost_pico` is what a wrong answer costs (objective
    `value`), `latency_cost_pico` what a second of waiting does; None: nothing is said of it. `samples`: how
    many answers of the first candidate are bought at once (objective `best_of_n`).
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
    checks: Checks = Checks()
    judge: Judge | None = None
    on_error: OnError = OnError.ESCALATE
    max_attempts: int = 4
    confidence: Confidence = Confidence.EXPECTED
    failure_cost_pico: int | None = None
    latency_cost_pico: int | None = None
    samples: int = 1
    holds: Test = field(init=False, repr=False, compare=False)
    """Whether `match` holds for the facts of a request."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", compile_match(self.match))

    def checks_before(self, *, stream: bool) -> bool:
        """Whether an answer is checked before it goes out; else it is not held back for its checks."""
        return self.verify is VerifyMode.BEFORE_REPLY and (self.checks.buffer_streams or not stream)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The model spend is compared with, declared by `owner` on `declared` (ISO date). `holdout` is the share
    (0..1) of requests that it answers so that the saving is measured; 0: none."""

    model: str
    owner: str
    declared: str
    holdout: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """`residency[data_class]`: where data of that class may go, whatever a rule says; absent: anywhere.
    `cache_warm_s`: seconds for which an upstream is taken to keep a conversation's prompt cache; 0: not at
    all. `check_rates`: how often verifiers are wrong; one left out is unknown."""

    name: str
    rules: tuple[Rule, ...]
    residency: Mapping[DataClass, frozenset[str]]
    default_data_class: DataClass
    baseline: Baseline
    baseline_by_workload: Mapping[str, Baseline]
    cache_warm_s: float = 300.0
    check_rates: Mapping[VerifierName, ErrorRates] = field(default_factory=dict)

    def baseline_for(self, workload: str | None) -> Baseline:
        return self.baseline_by_workload.get(workload, self.baseline) if workload else self.baseline
