"""Small domain values for tests of the decision: one call each, everything overridable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from router.domain.ability import Abilities, Estimate, logit
from router.domain.caller import Caller
from router.domain.catalog import Catalog, Endpoint, Model
from router.domain.clearance import Clearance
from router.domain.facts import Facts, Pin
from router.domain.kinds import DataClass, Objective, Task, Tier, Wire
from router.domain.money import PicoUSD
from router.domain.policy import Baseline, Match, Policy, Rule
from router.domain.prices import Price, PriceBook
from router.domain.rates import Rates

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)


ANYWHERE = Clearance(DataClass.PUBLIC, None)


def endpoint(id: str, model: str, **changes: Any) -> Endpoint:  # noqa: A002 the field's own name
    base = Endpoint(
        id, model, Wire.OPENAI, "http://127.0.0.1:1/v1", model, 32_000, "us", None, False,
        1.0, 5.0, 5.0, 30.0, 100, 0,
    )  # fmt: skip
    return replace(base, **changes)


def abilities(value: float, sd: float = 0.3) -> Abilities:
    """The same ability on every task."""
    one = Estimate(logit(value), sd, "made up")
    return Abilities(dict.fromkeys(Task, one), one)


def model(name: str, tier: Tier, ability: float, *endpoints: Endpoint, **changes: Any) -> Model:
    base = Model(
        name, tier, "Apache-2.0", frozenset(), frozenset(), frozenset(), abilities(ability), {}, 500, None,
        None, endpoints or (endpoint(f"{name}-1", name),),
    )  # fmt: skip
    return replace(base, **changes)


def catalog(*models: Model) -> Catalog:
    return Catalog({m.name: m for m in models})


def prices(**per_token: tuple[int, int]) -> PriceBook:
    """`name=(input, output)` in pico-USD per token; underscores stand for dashes."""
    rows = {}
    for name, (cost_in, cost_out) in per_token.items():
        model_name = name.replace("_", "-")
        rates = Rates(PicoUSD(cost_in), PicoUSD(cost_out))
        row = Price(f"{model_name}/2026", model_name, None, rates, rates, START, None, "test")
        rows[(model_name, None)] = (row,)
    return PriceBook("test-1", rows)


def rule(name: str = "default", match: Match = Match(), **changes: Any) -> Rule:  # noqa: B008 frozen
    changes.setdefault("objective", None if {"deny", "tiers"} & set(changes) else Objective.CHEAPEST)
    return Rule(name, match, 1, **changes)


def policy(*rules: Rule, **changes: Any) -> Policy:
    base = Policy(
        "test", rules or (rule(),), {}, DataClass.INTERNAL, Baseline("big", "finance", "2026-01-01"), {}
    )
    return replace(base, **changes)


def facts(**changes: Any) -> Facts:
    base = Facts(
        caller=Caller("k1", "org", "search", "site"),
        pin=Pin("auto"),
        workload=None,
        task=Task.MATH,
        difficulty=0.5,
        confidence=0.8,
        data_class=DataClass.INTERNAL,
        language="en",
        capabilities=frozenset(),
        input_tokens=1000,
        max_output_tokens=None,
        min_tier=None,
        quality=None,
        greedy=False,
        now=NOW,
        tags={},
    )
    return replace(base, **changes)


SMALL = model("small", Tier.SMALL, 0.3, endpoint("small-1", "small", residency="on-premises"))
MIDDLE = model("middle", Tier.REASONING, 0.7, endpoint("middle-1", "middle", residency="on-premises"))
BIG = model("big", Tier.FRONTIER, 0.9)
THREE = catalog(SMALL, MIDDLE, BIG)
PRICES = prices(small=(10, 20), middle=(100, 400), big=(1_000, 8_000))
