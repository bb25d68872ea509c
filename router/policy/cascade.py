"""The order in which a rule with `verify: before_reply` tries its candidates: by what the chain brings. Pure.

Without checks a candidate is taken for what it is alone (`order`). With a check that may be counted on, a
cheap candidate may go first, because a wrong answer is likely to be noticed; `domain/cascade` has the
formula. Compared are the chains from cheaper and less promising candidates upwards, straight to any one of
them included; the others follow in the order without checks. A failed check tries them too, unless the rule
prices a failure and another try is expected to cost more than it is worth. Health, hard constraints and the
rule's own tiers stand above any of this. The samples of `best_of_n` count as one answer at the price of all:
a model that is wrong is often wrong again, and how often is not known, so the cautious case is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from router.domain.cascade import Check, Expected, Step, ascending, chained, selections, step
from router.domain.decision import Candidate, Cascade, Stage
from router.domain.kinds import Confidence, Objective, VerifierName
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.policy.candidates import Outlook
from router.policy.credit import Rates, credited

Key = tuple[float, ...]


class Chains:
    """The candidates of one request with what is known of their checks."""

    def __init__(self, view: Outlook, applying: Set[VerifierName], rates: Rates) -> None:
        self._rule, self._task, self._target = view.rule, view.facts.task, view.target
        self._applying, self._rates = applying, rates
        self._attempts = max(1, self._rule.max_attempts - self._rule.samples + 1)
        self._checks: dict[str, Check | str] = {}
        self._steps: dict[str, Step] = {}

    def cascade(self, candidates: list[Candidate], *, may_reorder: bool) -> Cascade | str:
        """What `candidates`, healthy ones first, are expected to bring; sorts them in place where another
        order is better by the rule. A text says why no check counts: then nothing is changed."""
        healthy = [one for one in candidates if one.healthy and one.p_success is not None]
        known = [one for one in healthy if not one.late] or healthy
        if not known or known[0] is not candidates[0]:
            return "nothing is known of the first candidate's chance"
        reasons = [found for one in known if isinstance(found := self._check(one), str)]
        if len(reasons) == len(known):
            return reasons[0]
        straight, planned = candidates[0], len(candidates)
        if may_reorder and self._by_objective():
            candidates[:], planned = self._best(candidates, known)
        return self._shown(candidates, planned, straight)

    def _by_objective(self) -> bool:
        """Whether the rule says what a better chain is."""
        objective = self._rule.objective
        if objective is Objective.CHEAPEST:
            return self._target is not None
        return objective in (Objective.VALUE, Objective.BEST)

    def _best(self, straight: list[Candidate], known: Sequence[Candidate]) -> tuple[list[Candidate], int]:
        """The best order, `straight` where none is better, and how many of it a failed check may lead to:
        only a rule that prices a failure says when another try is not worth it."""
        ends = self._rule.objective is Objective.VALUE
        cautious = self._rule.confidence is Confidence.LOWER
        named = [(one.endpoint.id, one) for one in straight if one.p_success is not None]
        steps = {name: self._cautious(one) if cautious else self._step(one) for name, one in named}
        best, planned, lowest = straight, len(straight), self._key(straight, steps)
        apart = _one_endpoint_each(known)
        front = ascending([(one.expected_cost, one.p_success or 0.0) for one in apart])
        for chain in selections(front) if ends else _entries(front):
            head = [apart[at] for at in chain]
            order = head if ends else [*head, *(one for one in straight if one not in head)]
            key = self._key(order, steps)
            if key < lowest:
                best, planned, lowest = order, len(order), key
        return [*best, *(one for one in straight if one not in best)], planned

    def _key(self, order: Sequence[Candidate], steps: Mapping[str, Step]) -> Key:
        """What the rule wants least of, the smaller the better; too dear is last."""
        rule, target = self._rule, self._target
        ids = (one.endpoint.id for one in order[: self._attempts])
        found = chained([steps[name] for name in ids if name in steps])
        dear = rule.max_cost_pico is not None and found.cost > rule.max_cost_pico
        missed = target is not None and found.p_success < target
        if rule.objective is Objective.VALUE:
            return (dear, missed, _total(rule, found), found.cost)
        if rule.objective is Objective.CHEAPEST and not missed:
            return (dear, missed, found.cost, -found.p_success)
        return (dear, missed, -found.p_success, found.cost)

    def _step(self, one: Candidate) -> Step:
        found = self._steps.get(one.endpoint.id)
        if found is None:
            assert one.p_success is not None
            check = self._check(one)
            known = check if isinstance(check, Check) else None
            found = step(one.p_success, one.expected_cost, one.expected_seconds, known)
            self._steps[one.endpoint.id] = found
        return found

    def _cautious(self, one: Candidate) -> Step:
        """At the lower end of the chance's interval."""
        assert one.chance is not None
        check = self._check(one)
        known = check if isinstance(check, Check) else None
        return step(one.chance.low, one.expected_cost, one.expected_seconds, known)

    def _check(self, one: Candidate) -> Check | str:
        model = one.model
        found = self._checks.get(model.name)
        if found is None:
            found = credited(model, self._task, self._applying, self._rates)
            self._checks[model.name] = found
        return found

    def _shown(self, order: Sequence[Candidate], planned: int, straight: Candidate) -> Cascade:
        asked = [one for one in order[: min(planned, self._attempts)] if one.p_success is not None]
        steps = [self._step(one) for one in asked]
        if self._rule.samples > 1:
            steps[0] = replace(steps[0], cost=steps[0].cost * self._rule.samples)
        found = chained(steps)
        stages = tuple(self._stage(*pair) for pair in zip(asked, found.reached, strict=False))
        reordered = order[0] is not straight
        return Cascade(
            stages, found.p_success, PicoUSD(found.cost), found.seconds, straight, reordered, planned
        )

    def _stage(self, one: Candidate, reached: float) -> Stage:
        check = self._check(one)
        if isinstance(check, Check):
            return Stage(one.model.name, one.endpoint.id, reached, check.verifier, None)
        return Stage(one.model.name, one.endpoint.id, reached, None, check)


def _entries(front: Sequence[int]) -> Iterator[list[int]]:
    """Enter at one, go to a later one, and on from there: where everybody is tried in the end, leaving
    out more than that hardly matters."""
    for at, first in enumerate(front):
        yield [first]
        for after in range(at + 1, len(front)):
            yield [first, *front[after:]]


def _one_endpoint_each(known: Sequence[Candidate]) -> list[Candidate]:
    """The cheapest endpoint of each model: another one of the same model makes the same mistakes."""
    found: dict[str, Candidate] = {}
    for one in known:
        other = found.get(one.model.name)
        if other is None or one.expected_cost < other.expected_cost:
            found[one.model.name] = one
    return list(found.values())


def _total(rule: Rule, found: Expected) -> float:
    """Expected cost + (1 - P) x failure cost + seconds x latency cost, in pico-dollars; the seconds of
    endpoints of which the catalog gives no speed are left out, as they are of a candidate alone."""
    total = found.cost + (1.0 - found.p_success) * (rule.failure_cost_pico or 0)
    return total + found.waited * (rule.latency_cost_pico or 0)
