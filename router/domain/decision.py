"""The result of deciding: ordered candidates, removed ones with reasons, and the trace that is stored."""

from __future__ import annotations

from enum import StrEnum

from router.domain.catalog import Endpoint, Model
from router.domain.load import Load
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.domain.prices import Price
from router.domain.success import Chance
from router.domain.value import value


@value
class Candidate:
    """A model on an endpoint that may serve the request, with what the decision expects of it.

    `price` is the one in force. `p_success` 0..1 and `expected_output` tokens are estimates; `expected_cost`
    follows from them and the price. `meets_target` is None when there is no quality target; `healthy` is
    false while the endpoint's circuit is open, which orders it last but does not remove it.

    `chance` has the interval and the provenance of `p_success`. `cache_discount` is what a warm prompt
    cache is expected to save, already taken off `expected_cost`; None: no cache, or no price for one.
    `expected_seconds` is None where the catalog does not give a speed. `expected_total` is what objective
    `value` orders by: expected cost, failure and latency at the rule's prices.

    `load` is how busy its endpoint is, as far as that is known, and `expected_seconds` has the wait in it.
    `late`: it is not expected to answer within the rule's latency target, or has no place and no room to wait
    for one, so that those who have come first.
    """

    model: Model
    endpoint: Endpoint
    price: Price
    p_success: float | None
    expected_output: int
    expected_cost: PicoUSD
    meets_target: bool | None
    healthy: bool
    chance: Chance | None = None
    cache_discount: PicoUSD | None = None
    expected_seconds: float | None = None
    expected_total: PicoUSD | None = None
    load: Load | None = None
    late: bool = False


class Constraint(StrEnum):
    """The hard constraints, so that a refusal can say who must act: the app, the key or the policy."""

    PIN = "pin"
    KEY = "key"
    MIN_TIER = "min_tier"
    RULE_TIERS = "rule_tiers"
    DATA_CLASS = "data_class"
    RESIDENCY = "residency"
    LICENCE = "licence"
    CAPABILITY = "capability"
    CONTEXT = "context"
    LANGUAGE = "language"
    SERVES = "serves"
    GREEDY = "greedy"
    UNPRICED = "unpriced"
    BUDGET = "budget"
    MAX_COST = "max_cost"
    DRAINED = "drained"


@value
class Removed:
    """A model on an endpoint that may not serve the request, and the first hard constraint it broke."""

    model: str
    endpoint: str
    constraint: Constraint
    reason: str


@value
class Stage:
    """A candidate in its place of a cascade. `reached`: P(it is asked). `check`: the verifier that is counted
    on to turn a wrong answer down; None: none, for the `reason` given, so its answer counts as final."""

    model: str
    endpoint: str
    reached: float
    check: str | None
    reason: str | None


@value
class Cascade:
    """What answering, checking and trying the next is expected to bring, in the order of the candidates.

    `p_success` 0..1, `cost` in pico-dollars and `seconds` (None: not known) are those of the whole chain,
    `straight` the candidate that the rule would take without checks. `reordered`: the chain is the reason
    why `straight` does not come first. `planned`: how many of the candidates a failed check leads to; the
    others are there for those that give no answer.
    """

    stages: tuple[Stage, ...]
    p_success: float
    cost: PicoUSD
    seconds: float | None
    straight: Candidate
    reordered: bool
    planned: int


@value
class Decision:
    """What the policy said. `denied` carries the reason when nothing may be called; `kept` says in words
    that the conversation stays with the model of its previous turn although another would have come
    first. `cascade` is None where nothing is checked before the reply, or `uncredited` says why no check is
    counted on."""

    rule: Rule
    candidates: tuple[Candidate, ...]
    removed: tuple[Removed, ...]
    quality_target: float | None
    denied: str | None = None
    note: str | None = None
    kept: str | None = None
    spilled: str | None = None
    cascade: Cascade | None = None
    uncredited: str | None = None
