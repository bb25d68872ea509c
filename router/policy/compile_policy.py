"""RoutingPolicy document to Policy. Form only; what a rule names is checked in `check_policy`."""

from __future__ import annotations

from datetime import time

from router.domain.condition import Condition
from router.domain.kinds import DataClass
from router.domain.policy import Baseline, Match, Policy, Rule, Span, TimeWindow
from router.policy.check_rates import MEASURED
from router.policy.compile_sought import compile_sought
from router.policy.document import Parsed
from router.policy.match_document import FractionRange, MatchPart, TimePart, TokenRange
from router.policy.policy_document import BaselinePart, PolicyDocument
from router.policy.problems import Findings
from router.policy.rule_document import RulePart
from router.policy.when import BadExpression, condition

_WEEKDAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


def compile_policy(document: Parsed[PolicyDocument], findings: Findings) -> Policy:
    """The policy as the decision reads it. Expressions that cannot be used go to `findings`."""
    spec = document.content.spec
    rules = tuple(
        _rule(part, document.source.line(("spec", "rules", index)), _when(document, index, findings))
        for index, part in enumerate(spec.rules)
    )
    limits = {data_class: getattr(spec.data_classes, data_class) for data_class in DataClass}
    return Policy(
        name=document.content.metadata.name,
        rules=rules,
        residency={c: frozenset(p.residency) for c, p in limits.items() if p is not None and p.residency},
        default_data_class=spec.default_data_class,
        baseline=_baseline(spec.baseline),
        baseline_by_workload={
            workload: _baseline(part) for workload, part in spec.baseline.workloads.items()
        },
        cache_warm_s=spec.cache_warm_seconds,
        sought=compile_sought(document, findings),
        check_rates={**MEASURED, **{part.verifier: part.rates() for part in spec.check_rates}},
    )


def _baseline(part: BaselinePart) -> Baseline:
    return Baseline(part.model, part.owner, part.declared, part.holdout)


def _when(document: Parsed[PolicyDocument], index: int, findings: Findings) -> Condition | None:
    text = document.content.spec.rules[index].when
    if text is None:
        return None
    try:
        return condition(text)
    except BadExpression as error:
        path = ("spec", "rules", index, "when")
        findings.problems.append(document.problem(path, f"spec.rules[{index}].when {error}"))
        # Not None: the rule would seem to take all that its `match` does, and to hide the rules behind it.
        return Condition(text, frozenset(), lambda facts: False)


def _rule(part: RulePart, line: int, when: Condition | None) -> Rule:
    return Rule(
        name=part.name,
        match=_match(part.match),
        line=line,
        deny=part.deny,
        tiers=tuple(part.tiers),
        objective=part.objective,
        residency=frozenset(part.require.residency),
        licence=frozenset(part.require.licence),
        quality_target=part.quality_target,
        max_cost_pico=part.max_cost_usd,
        verify=part.verify.mode,
        judge=None if part.judge is None else part.judge.judge(),
        checks=part.verify.checks(),
        on_error=part.on_error,
        max_attempts=part.max_attempts,
        confidence=part.confidence,
        failure_cost_pico=part.failure_cost_usd,
        latency_cost_pico=part.latency_cost_usd_per_s,
        samples=part.samples or 1,
        latency_target=part.latency_target_s,
        when=when,
        rollout=part.mode.rollout(),
    )


def _match(part: MatchPart) -> Match:
    return Match(
        organisation=tuple(part.organisation),
        team=tuple(part.team),
        project=tuple(part.project),
        key=tuple(part.key),
        workload=tuple(part.workload),
        task=frozenset(part.task),
        data_class=frozenset(part.data_class),
        language=frozenset(part.language),
        capabilities=frozenset(part.capabilities),
        difficulty=_span(part.difficulty),
        confidence=_span(part.confidence),
        input_tokens=_span(part.input_tokens),
        tags={name: tuple(values) for name, values in part.tags.items()},
        time=_window(part.time),
    )


def _span(part: FractionRange | TokenRange | None) -> Span | None:
    return None if part is None else Span(part.at_least, part.below)


def _window(part: TimePart | None) -> TimeWindow | None:
    """Whole days end at the last microsecond of the day, which `time` can express and 24:00 it cannot."""
    if part is None:
        return None
    days = frozenset(_WEEKDAYS[day] for day in part.weekdays or _WEEKDAYS)
    return TimeWindow(days, part.from_ or time(0), part.to or time.max)
