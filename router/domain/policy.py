"""A compiled routing policy: rules in order, first match wins, the last one matches everything."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from router.domain.acceptance import ErrorRates
from router.domain.clearance import Clearance, clearances
from router.domain.condition import Condition
from router.domain.detection import Sought
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
from router.domain.rollout import ENFORCED, Rollout, RuleMode, Sticky, place, unit_for, unit_of

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
    many answers of the first candidate are bought at once (objective `best_of_n`). `latency_target` is
    seconds until the complete answer; candidates that are not expected to keep it come after the others.
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
    latency_target: float | None = None
    when: Condition | None = None
    rollout: Rollout = ENFORCED
    matches: Test = field(init=False, repr=False, compare=False)
    """Whether the rule is for a request: `match` and `when` hold, and it is in the canary's share."""
    holds: Test = field(init=False, repr=False, compare=False)
    """Whether it decides the request if no rule before it does: a shadow rule never does."""

    def __post_init__(self) -> None:
        matches = _all(compile_match(self.match), self.when, _canary(self))
        object.__setattr__(self, "matches", matches)
        shadow = self.rollout.mode is RuleMode.SHADOW
        object.__setattr__(self, "holds", (lambda facts: False) if shadow else matches)

    @property
    def plain(self) -> bool:
        """Whether it takes every request that `match` does."""
        return self.when is None and self.rollout.mode is RuleMode.ENFORCE

    def checks_before(self, *, stream: bool) -> bool:
        """Whether an answer is checked before it goes out; else it is not held back for its checks."""
        return self.verify is VerifyMode.BEFORE_REPLY and (self.checks.buffer_streams or not stream)


def _canary(rule: Rule) -> Test | None:
    rollout, salt = rule.rollout, unit_of(rule.name)
    if rollout.mode is not RuleMode.CANARY:
        return None
    return lambda facts: place(unit_for(facts, rollout.sticky), salt) < rollout.share


def _all(match: Test, when: Condition | None, canary: Test | None) -> Test:
    """The cheapest first; most rules have `match` alone."""
    tests = [test for test in (match, canary, None if when is None else when.holds) if test is not None]
    return match if len(tests) == 1 else lambda facts: all(test(facts) for test in tests)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A shadow rule at its place among the rules; under `alone` it decides by itself."""

    position: int
    rule: Rule
    alone: Policy


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
    """`residency[data_class]`: where data of that class may go, whatever a rule says, as it was declared;
    what holds, also for classes of which nothing was, says `clearance`.
    `cache_warm_s`: seconds for which an upstream is taken to keep a conversation's prompt cache; 0: not at
    all. `check_rates`: how often verifiers are wrong; one left out is unknown. `sought`: what detectors
    look for in requests; empty: nothing."""

    name: str
    rules: tuple[Rule, ...]
    residency: Mapping[DataClass, frozenset[str]]
    default_data_class: DataClass
    baseline: Baseline
    baseline_by_workload: Mapping[str, Baseline]
    cache_warm_s: float = 300.0
    check_rates: Mapping[VerifierName, ErrorRates] = field(default_factory=dict)
    sought: tuple[Sought, ...] = ()
    positions: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Where each rule stands, by its name."""
    shadows: tuple[Shadow, ...] = field(init=False, repr=False, compare=False)
    clearances: Mapping[DataClass, Clearance] = field(init=False, repr=False, compare=False)
    """Of every class, whatever a rule requires besides."""
    by_conversation: bool = field(init=False, repr=False, compare=False)
    """Whether a rule keeps conversations together, so that they have to be told apart."""
    timed: bool = field(init=False, repr=False, compare=False)
    """Whether a rule has a word on how long an answer may take."""
    shortlists: dict[Hashable, object] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Of `policy/shortlist`: what was worked out once for kinds of requests. Says nothing of the policy."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "clearances", clearances(self.residency))
        object.__setattr__(self, "positions", {rule.name: n for n, rule in enumerate(self.rules)})
        shadows = tuple(
            Shadow(n, rule, replace(self, rules=(replace(rule, rollout=ENFORCED),)))
            for n, rule in enumerate(self.rules)
            if rule.rollout.mode is RuleMode.SHADOW
        )
        object.__setattr__(self, "shadows", shadows)
        timed = any(r.latency_target is not None or r.latency_cost_pico is not None for r in self.rules)
        object.__setattr__(self, "timed", timed)
        sticky = any(rule.rollout.sticky is Sticky.CONVERSATION for rule in self.rules)
        object.__setattr__(self, "by_conversation", sticky)

    def clearance(self, data_class: DataClass, rule: Rule) -> Clearance:
        """Where data of a class may go under a rule."""
        return self.clearances[data_class].within(rule.residency)

    def baseline_for(self, workload: str | None) -> Baseline:
        return self.baseline_by_workload.get(workload, self.baseline) if workload else self.baseline
