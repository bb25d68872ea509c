"""The order in which a rule with `verify: before_reply` tries its candidates: by what the chain brings. Pure.

Without checks a candidate is taken for what it is alone (`order`). With a check that may be counted on, a
cheap candidate may go first, because a wrong answer is likely to be noticed; `domain/cascade` has the
formula. Compared are chains that enter at one candidate, go to a dearer and more promising one, and from
there on upwards; the others follow in the order without checks. Straight to a strong candidate is one of
them. Health, hard constraints and the rule's own tiers stand above any of this. The samples of
`best_of_n` count as one answer at the price of all: a model that is wrong is often wrong again, and how
often is not known, so the cautious case is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from router.domain.cascade import Check, Expected, Step, chained, step
from router.domain.decision import Candidate, Cascade, Stage
from router.domain.kinds import Confidence, Objective, VerifierName
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.policy.candidates import Outlook
from router.policy.credit import Rates, credited

_MOST = 6
"""Models that chains are made of: those beyond are far dearer than the first, and 21 chains are enough."""
Key = tuple[float, ...]


class Chains:
    """The candidates of one request with what is known of their checks."""

    def __init__(self, view: Outlook, applying: Set[VerifierName], rates: Rates) -> None:
        self._rule, self._task, self._target = view.rule, view.facts.task, view.target
        self._applying, self._rates = applying, rates
        self._checks: dict[str, Check | str] = {}
        self._steps: dict[tuple[str, bool], Step] = {}

    def cascade(self, candidates: list[Candidate], *, may_reorder: bool) -> Cascade | str:
        """What `candidates`, healthy ones first, are expected to bring; sorts them in place where another
        order is better by the rule. A text says why no check counts: then nothing is changed."""
        known = [one for one in candidates if one.healthy and one.p_success is not None]
        if not known or known[0] is not candidates[0]:
            return "nothing is known of the first candidate's chance"
        reasons = [found for one in known if isinstance(found := self._check(one), str)]
        if len(reasons) == len(known):
            return reasons[0]
        straight = candidates[0]
        if may_reorder and self._by_objective():
            candidates[:] = self._best(candidates, known)
        return self._shown(candidates, straight)

    def _by_objective(self) -> bool:
        """Whether the rule says what a better chain is."""
        objective = self._rule.objective
        if objective is Objective.CHEAPEST:
            return self._target is not None
        return objective in (Objective.VALUE, Objective.BEST)

    def _best(self, straight: list[Candidate], known: Sequence[Candidate]) -> list[Candidate]:
        """The best chain, `straight` where none is better."""
        best, lowest = straight, self._key(straight)
        for head in _heads(_frontier(known)):
            order = [*head, *(one for one in straight if one not in head)]
            key = self._key(order)
            if key < lowest:
                best, lowest = order, key
        return best

    def _key(self, order: Sequence[Candidate]) -> Key:
        """What the rule wants least of, the smaller the better; too dear is last."""
        cautious = self._rule.confidence is Confidence.LOWER
        found = self._expected(order, cautious)
        limit = self._rule.max_cost_pico
        dear = limit is not None and found.cost > limit
        missed = self._target is not None and found.p_success < self._target
        match self._rule.objective:
            case Objective.VALUE:
                return (dear, missed, _total(self._rule, found), found.cost)
            case Objective.CHEAPEST if not missed:
                return (dear, missed, found.cost, -found.p_success)
        return (dear, missed, -found.p_success, found.cost)

    def _expected(self, order: Sequence[Candidate], cautious: bool) -> Expected:
        steps = [self._step(one, cautious) for one in self._asked(order)]
        if self._rule.samples > 1:
            steps[0] = replace(steps[0], cost=steps[0].cost * self._rule.samples)
        return chained(steps)

    def _asked(self, order: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those that the rule's attempts suffice for, samples counted, as long as their chance is known."""
        most = max(1, self._rule.max_attempts - self._rule.samples + 1)
        return [one for one in order[:most] if one.p_success is not None]

    def _step(self, one: Candidate, cautious: bool) -> Step:
        key = (one.endpoint.id, cautious)
        if key not in self._steps:
            assert one.p_success is not None and one.chance is not None
            check = self._check(one)
            p_success = one.chance.low if cautious else one.p_success
            self._steps[key] = step(
                p_success,
                one.expected_cost,
                one.expected_seconds,
                check if isinstance(check, Check) else None,
            )
        return self._steps[key]

    def _check(self, one: Candidate) -> Check | str:
        model = one.model
        if model.name not in self._checks:
            self._checks[model.name] = credited(model, self._task, self._applying, self._rates)
        return self._checks[model.name]

    def _shown(self, order: Sequence[Candidate], straight: Candidate) -> Cascade:
        found = self._expected(order, cautious=False)
        stages = tuple(
            self._stage(one, reached) for one, reached in zip(self._asked(order), found.reached, strict=False)
        )
        reordered = order[0] is not straight
        return Cascade(stages, found.p_success, PicoUSD(found.cost), found.seconds, straight, reordered)

    def _stage(self, one: Candidate, reached: float) -> Stage:
        check = self._check(one)
        if isinstance(check, Check):
            return Stage(one.model.name, one.endpoint.id, reached, check.verifier, None)
        return Stage(one.model.name, one.endpoint.id, reached, None, check)


def _frontier(known: Sequence[Candidate]) -> list[Candidate]:
    """The cheapest endpoint of each model, from the cheapest model up, without those that a cheaper one is
    at least as promising as."""
    found: list[Candidate] = []
    best = -1.0
    for one in sorted(known, key=lambda c: (c.expected_cost, -(c.p_success or 0.0))):
        promise = one.p_success or 0.0
        if promise > best:
            found.append(one)
            best = promise
    return found[:_MOST]


def _heads(frontier: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Enter at one, go to a later one, and on from there."""
    for at, first in enumerate(frontier):
        yield [first]
        for after in range(at + 1, len(frontier)):
            yield [first, *frontier[after:]]


def _total(rule: Rule, found: Expected) -> float:
    """Expected cost + (1 - P) x failure cost + seconds x latency cost, in pico-dollars."""
    total = found.cost + (1.0 - found.p_success) * (rule.failure_cost_pico or 0)
    if rule.latency_cost_pico is not None and found.seconds is not None:
        total += found.seconds * rule.latency_cost_pico
    return total
