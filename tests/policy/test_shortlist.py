"""What is kept of a kind of request: never anything that is not in force for this one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.caller import Caller
from router.domain.catalog import ServingProfile
from router.domain.facts import Facts, Pin
from router.domain.kinds import Capability, DataClass, Task, Tier
from router.domain.money import PicoUSD
from router.domain.policy import Match, Policy
from router.domain.prices import Price, PriceBook
from router.domain.rates import Rates
from router.policy import shortlist
from router.policy.decide import decide
from tests.policy import build

BIG = build.model(
    "big", Tier.FRONTIER, 0.9, build.endpoint("big-us", "big"), capabilities=frozenset(Capability)
)
SMALL = build.model(
    "small", Tier.SMALL, 0.6, build.endpoint("s-eu", "small", residency="eu"),
    build.endpoint("s-us", "small"), serves=frozenset({Task.OTHER, Task.CODE}),
    languages=frozenset({"en"}), max_output=300,
    profile=ServingProfile("never-greedy", {}, forbid_greedy=True),
)  # fmt: skip
CATALOG = build.catalog(BIG, SMALL)


def asked(**changes: Any) -> Facts:
    """A request that both may serve."""
    return build.facts(**{"task": Task.CODE, "language": "en", **changes})


def policy() -> Policy:
    return build.policy(
        build.rule(residency=frozenset({"eu", "us"})),
        residency={DataClass.CONFIDENTIAL: frozenset({"eu"})},
    )


def price(model: str, cost: int, start: timedelta, end: timedelta | None) -> Price:
    rates = Rates(PicoUSD(cost), PicoUSD(cost))
    until = None if end is None else build.NOW + end
    return Price(f"{model}-{cost}", model, None, rates, rates, build.NOW + start, until, "test")


def book() -> PriceBook:
    """Small becomes dearer in an hour; big has no price for the hour after that."""
    hour, year = timedelta(hours=1), timedelta(days=365)
    small = (price("small", 900, hour, None), price("small", 1, -year, hour))
    big = (price("big", 60, 2 * hour, None), price("big", 50, -year, hour))
    return PriceBook("test", {("small", None): small, ("big", None): big})


requests = st.builds(
    lambda task, data, language, able, greedy, least, pin, keys, tokens, most, hours: build.facts(
        task=task,
        data_class=data,
        language=language,
        capabilities=able,
        greedy=greedy,
        min_tier=least,
        pin=pin,
        caller=Caller("k", "o", "t", "p", *keys),
        input_tokens=tokens,
        max_output_tokens=most,
        now=build.NOW + timedelta(hours=hours),
    ),
    st.sampled_from([*Task, None]),
    st.sampled_from(DataClass),
    st.sampled_from(["en", "de", "und"]),
    st.sets(st.sampled_from([Capability.TOOLS, Capability.VISION])).map(frozenset),
    st.booleans(),
    st.sampled_from([None, *Tier]),
    st.sampled_from([Pin("auto"), Pin("tier", tier=Tier.SMALL), Pin("model", model="big")]),
    st.sampled_from([((), ()), ((Tier.SMALL,), ()), ((), ("big",))]).map(
        lambda pair: (frozenset(pair[0]), frozenset(pair[1]))
    ),
    st.sampled_from([10, 31_800, 40_000]),
    st.sampled_from([None, 100, 5_000]),
    st.sampled_from([-500 * 24, 0, 1, 1.5, 2, 99]),
)


@given(st.lists(requests, min_size=2, max_size=12))
def test_what_came_before_changes_no_decision(told: list[Facts]) -> None:
    """A policy that has decided many requests decides each as one that never decided any."""
    seasoned, prices = policy(), book()
    for facts in told:
        assert decide(facts, seasoned, CATALOG, prices) == decide(facts, policy(), CATALOG, prices)


def test_a_price_change_is_noticed_to_the_second() -> None:
    """Up to the moment the old price holds, from it on the new one; where none follows nobody is asked."""
    kept, prices = policy(), book()

    def first(now: timedelta) -> tuple[str, list[str]]:
        found = decide(asked(now=build.NOW + now), kept, CATALOG, prices)
        return found.candidates[0].price.id, [one.constraint for one in found.removed]

    hour, tick = timedelta(hours=1), timedelta(microseconds=1)
    assert first(hour - tick) == ("small-1", [])
    assert first(hour) == ("small-900", ["unpriced"])
    assert first(2 * hour - tick) == ("small-900", ["unpriced"])
    assert first(2 * hour) == ("big-60", [])
    assert first(hour - tick) == ("small-1", [])


@pytest.mark.parametrize(
    "change",
    [
        {"task": Task.MATH},
        {"data_class": DataClass.CONFIDENTIAL},
        {"language": "de"},
        {"capabilities": frozenset({Capability.TOOLS})},
        {"greedy": True},
        {"min_tier": Tier.FRONTIER},
        {"pin": Pin("tier", tier=Tier.SMALL)},
        {"pin": Pin("model", model="big")},
        {"caller": Caller("k1", "org", "search", "site", frozenset({Tier.SMALL}))},
        {"caller": Caller("k1", "org", "search", "site", frozenset(), frozenset({"big"}))},
    ],
)
def test_each_fact_that_a_constraint_goes_by_makes_another_kind(change: dict[str, Any]) -> None:
    """One fact apart from a request that both models may serve, and somebody may not."""
    kept, prices = policy(), book()
    assert not decide(asked(), kept, CATALOG, prices).removed
    found = decide(asked(**change), kept, CATALOG, prices)
    assert found.removed and found == decide(asked(**change), policy(), CATALOG, prices)


def test_another_catalog_or_price_book_is_asked_itself() -> None:
    """Under the same policy, as what a plan compares."""
    kept, facts, prices = policy(), asked(), book()
    dearer = build.prices(big=(5, 5), small=(7_000, 7_000))
    without = build.catalog(BIG)
    assert decide(facts, kept, CATALOG, prices).candidates[0].model.name == "small"
    assert decide(facts, kept, CATALOG, dearer).candidates[0].model.name == "big"
    assert decide(facts, kept, CATALOG, prices).candidates[0].model.name == "small"
    assert [one.model.name for one in decide(facts, kept, without, prices).candidates] == ["big"]
    assert decide(facts, kept, CATALOG, prices).candidates[0].model.name == "small"


@pytest.mark.parametrize(
    "pins",
    [
        [Pin("tier", tier=Tier.SMALL), Pin("tier", tier=Tier.FRONTIER)],
        [Pin("model", model="small"), Pin("model", model="big")],
    ],
)
def test_what_the_request_asks_for_is_told_apart(pins: list[Pin]) -> None:
    """Two that ask in the same way for different models."""
    kept, prices = policy(), book()
    found = [decide(asked(pin=pin), kept, CATALOG, prices).candidates[0].model.name for pin in pins]
    assert found == ["small", "big"]


def test_rules_are_told_apart() -> None:
    """Two rules of one policy, even by one name, let a request go to different places."""
    kept, prices = policy(), book()
    at_home = build.rule(match=Match(workload=("home",)), residency=frozenset({"eu"}))
    both = replace(kept, rules=(at_home, *kept.rules))
    for workload, places in [(None, 3), ("home", 1), (None, 3)]:
        assert len(decide(asked(workload=workload), both, CATALOG, prices).candidates) == places


def test_no_more_is_kept_than_there_is_room_for() -> None:
    """Languages are many, and each is a kind of its own."""
    kept, prices = policy(), book()
    for number in range(shortlist.MOST_KINDS * 2 + 1):
        decide(asked(language=f"x{number}"), kept, CATALOG, prices)
    assert len(kept.shortlists) <= shortlist.MOST_KINDS
