"""In which order candidates are tried: by the rule, and by what a conversation's past is worth. Pure.

The warm prompt cache of the model that served the previous turn is already in its expected cost, so every
objective weighs it like any other money: the conversation stays unless the switch pays for the lost cache.
What is added here: equal candidates stay as they are, and nobody else takes over in the middle of a tool
loop. Candidates that are not expected to keep the rule's latency target come after all that are, both in the
rule's own order: among those that keep it the cheapest at the margin takes what spills over. Only candidates
are ordered, so no hard constraint can be overridden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from router.domain.decision import Candidate
from router.domain.facts import Facts
from router.domain.kinds import Confidence, Objective, OnError
from router.domain.money import PicoUSD, format_usd
from router.domain.policy import Rule
from router.policy.spread import spread

Key = Callable[[Candidate], tuple[float, ...]]
_UNKNOWN_P = -1.0
_UNKNOWN_COST = float("inf")


def put_in_order(candidates: list[Candidate], rule: Rule, facts: Facts) -> tuple[str | None, str | None]:
    """Sorts `candidates` in place. Why the conversation stays where it was, in words; None: it does not, or
    it would be there anyway. And the endpoint that would have come first were it not so busy."""
    if not candidates:
        return None, None
    key = _order(rule, facts, candidates)
    incumbent = None if facts.previous is None else _incumbent(candidates, facts)
    if incumbent is not None:
        # First among equals: they stay as they are.
        candidates.remove(incumbent)
        candidates.insert(0, incumbent)
    ranked = sorted([(key(one), at) for at, one in enumerate(candidates)])
    candidates[:] = [candidates[at] for _, at in ranked]
    spread(candidates, facts, [found for found, _ in ranked])
    kept = None if incumbent is None else _kept(incumbent, candidates, facts, key)
    return kept, _spilled(candidates, key)


def _spilled(candidates: Sequence[Candidate], key: Key) -> str | None:
    """Of a busy rule's choice the endpoint; None: who comes first is who always would."""
    if True not in [one.late for one in candidates]:
        return None
    wanted = min(candidates, key=lambda one: key(replace(one, late=False)) if one.late else key(one))
    return wanted.endpoint.id if wanted.late and not candidates[0].late else None


def _kept(incumbent: Candidate, candidates: list[Candidate], facts: Facts, key: Key) -> str | None:
    """Puts the incumbent first in the middle of a tool loop; why the conversation stays."""
    if facts.tool_loop and candidates[0] is not incumbent:
        candidates.remove(incumbent)
        candidates.insert(0, incumbent)
        return f"stays with {_named(incumbent)}: it is waiting for the result of its tool call"
    if candidates[0] is incumbent and incumbent.cache_discount:
        return _kept_by_cache(incumbent, candidates[1:], key)
    return None


def _incumbent(candidates: Iterable[Candidate], facts: Facts) -> Candidate | None:
    """The candidate that served the previous turn, if it is healthy; in a tool loop its model elsewhere
    will do."""
    previous = facts.previous
    if previous is None:
        return None
    same = [c for c in candidates if c.model.name == previous.model and c.healthy]
    exact = next((c for c in same if c.endpoint.id == previous.endpoint), None)
    return exact or (same[0] if same and facts.tool_loop else None)


def _kept_by_cache(incumbent: Candidate, others: list[Candidate], key: Key) -> str | None:
    """Words if another would come first were it not for the cache."""
    discount = incumbent.cache_discount or PicoUSD(0)
    total = incumbent.expected_total
    cold = replace(
        incumbent,
        expected_cost=PicoUSD(incumbent.expected_cost + discount),
        expected_total=None if total is None else PicoUSD(total + discount),
    )
    if not others or key(others[0]) >= key(cold):
        return None
    saved = format_usd(discount)
    return f"stays with {_named(incumbent)}: {_named(others[0])} does not make up for its warm cache, {saved}"


def _named(candidate: Candidate) -> str:
    return f"{candidate.model.name} on {candidate.endpoint.id}"


def _order(rule: Rule, facts: Facts, candidates: Iterable[Candidate]) -> Key:
    """The sort key of a rule: health and latency first, then its tiers or objective, then cost."""
    if facts.classifier_failed and rule.on_error is OnError.ESCALATE:
        return lambda c: (_away(c), -c.model.tier.rank, c.expected_cost)
    if rule.tiers and facts.pin.kind == "auto":
        order = {tier: position for position, tier in enumerate(rule.tiers)}
        return lambda c: (_away(c), order[c.model.tier], c.expected_cost)
    if rule.objective is Objective.BEST:
        return lambda c: (_away(c), -_p(c), c.expected_cost)
    if rule.objective is Objective.VALUE:
        return _value_key
    if rule.objective is Objective.BEST_OF_N:
        return _sampled_key(candidates)
    return _cautious_key if rule.confidence is Confidence.LOWER else _cheapest_key


def _cheapest_key(candidate: Candidate) -> tuple[float, ...]:
    """Those that meet the target by cost, then the others from the most to the least promising."""
    p = candidate.p_success
    promise = -(_UNKNOWN_P if p is None else p)
    if candidate.meets_target is False:
        return (_away(candidate), 1, promise, candidate.expected_cost)
    return (_away(candidate), 0, candidate.expected_cost, promise)


def _cautious_key(candidate: Candidate) -> tuple[float, ...]:
    """The same, promise being the lower end of the interval."""
    if candidate.meets_target is False:
        low = _UNKNOWN_P if candidate.chance is None else candidate.chance.low
        return (_away(candidate), 1, -low, candidate.expected_cost)
    return _cheapest_key(candidate)


def _value_key(candidate: Candidate) -> tuple[float, ...]:
    """By expected total, those that miss a quality target after the others; unknown totals by cost, last."""
    total = candidate.expected_total
    missed = candidate.meets_target is False
    return (_away(candidate), missed, _UNKNOWN_COST if total is None else total, candidate.expected_cost)


def _sampled_key(candidates: Iterable[Candidate]) -> Key:
    """The cheapest healthy one, which is asked for samples, then the others, most promising first."""
    sampled = min(candidates, key=lambda c: (_away(c), c.expected_cost), default=None)
    return lambda c: (_away(c), c is not sampled, -_p(c), c.expected_cost)


def _away(candidate: Candidate) -> int:
    """Unhealthy ones are last, late ones before them."""
    return candidate.late if candidate.healthy else candidate.late + 2


def _p(candidate: Candidate) -> float:
    return _UNKNOWN_P if candidate.p_success is None else candidate.p_success
