"""Several endpoints of one model: whom a conversation gets, whatever it costs elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.domain.decision import Decision
from router.domain.facts import Previous
from router.domain.kinds import Objective, Tier
from router.domain.load import Load
from router.domain.prices import PriceBook
from router.policy.decide import decide
from tests.policy import build

HOSTS = ("own", "spare", "rented")
MODEL = build.model("m", Tier.REASONING, 0.8, *(build.endpoint(name, "m") for name in HOSTS))
API = build.model("api", Tier.FRONTIER, 0.9)
CATALOG = build.catalog(MODEL, API)
PRICES = build.prices(m=(100, 400), api=(1_000, 8_000))
BUSY = Load(100, 100, wait_s=4.0)


def decided(loads: dict[str, Load] | None = None, prices: PriceBook = PRICES, **rule: Any) -> Decision:
    """For conversation 7."""
    policy = build.policy(build.rule(**rule))
    return decide(build.facts(conversation=7), policy, CATALOG, prices, loads=loads or {})


def order(decision: Decision) -> list[str]:
    return [one.endpoint.id for one in decision.candidates]


def first(conversation: int, loads: dict[str, Load] | None = None, **facts: Any) -> str:
    found = decide(
        build.facts(conversation=conversation, **facts), build.policy(), CATALOG, PRICES, loads=loads or {}
    )
    return found.candidates[0].endpoint.id


def test_conversations_are_spread_and_each_stays() -> None:
    """A third each, within what chance allows, and the same one every time."""
    drawn = [first(number * 2**40 + 12_345) for number in range(600)]
    assert all(150 < count < 250 for count in Counter(drawn).values()) and len(set(drawn)) == 3
    assert drawn == [first(number * 2**40 + 12_345) for number in range(600)]


@given(st.integers(0, 2**64 - 1))
def test_who_leaves_moves_only_its_own(conversation: int) -> None:
    """A drained endpoint's conversations go elsewhere; nobody else's do."""
    before = first(conversation)
    gone = {"spare": Load(0, 0, drained="drained by ops")}
    after = first(conversation, gone)
    assert after == before if before != "spare" else after in ("own", "rented")


def test_the_one_with_the_warm_cache_keeps_it() -> None:
    """Also where the draw says otherwise and it is busier than the others; not where it has no place left."""
    conversation = next(number for number in range(100) if first(number) != "own")
    previous = Previous("m", "own", 20.0, 500)
    assert first(conversation, previous=previous) == "own"
    assert first(conversation, {"own": Load(90, 100)}, previous=previous) == "own"
    assert first(conversation, {"own": BUSY}, previous=previous) != "own"


def test_none_gets_much_more_than_its_share() -> None:
    """Ten calls on one and none on the others: it is passed over although it was drawn."""
    drawn = first(3)
    assert first(3, {drawn: Load(10, 100)}) != drawn
    assert first(3, {name: Load(10, 100) for name in HOSTS}) == drawn


def test_the_slower_one_waits_for_its_turn() -> None:
    """Where answers of one take half as long again, new conversations go to the others."""
    drawn = first(5)
    pace = {name: Load(0, 100, token_s=0.03 if name == drawn else 0.02) for name in HOSTS}
    assert first(5, pace) != drawn
    assert first(5, {name: Load(0, 100, token_s=0.02) for name in HOSTS}) == drawn


def test_a_cheaper_host_comes_first_whatever_the_draw() -> None:
    """Price decides before comfort: the dearer hosts follow."""
    rows = dict(PRICES.rows)
    [row] = rows["m", None]
    rows["m", "own"] = (replace(row, endpoint="own", rates=replace(row.rates, output=row.rates.output // 2)),)
    book = PriceBook("test", rows)
    assert order(decided(prices=book))[0] == "own"
    late = decided({"own": BUSY}, book, latency_target=3.0)
    assert order(late)[-1] == "own" and late.spilled == "own"


def test_a_latency_target_spills_to_the_cheapest_that_keeps_it() -> None:
    """All hosts of the model are busy: the API takes it, and they stay behind it; without one they wait."""
    busy = dict.fromkeys(HOSTS, BUSY)
    found = decided(busy, latency_target=3.0)
    assert order(found)[0] == "api-1" and found.spilled in HOSTS
    assert order(decided(busy, latency_target=5.0))[0] in HOSTS
    assert order(decided(busy))[0] in HOSTS
    full = {name: Load(100, 100, None, full=True) for name in HOSTS}
    assert order(decided(full))[0] == "api-1"


def test_a_priced_second_is_weighed_against_the_dearer_answer() -> None:
    """Four seconds of waiting at a price below the difference are worth it, above it they are not."""
    price = {"objective": Objective.VALUE, "failure_cost_pico": 0}
    facts, busy = build.facts(conversation=7), dict.fromkeys(HOSTS, BUSY)
    own, api = (next(c for c in decided(busy).candidates if c.model.name == name) for name in ("m", "api"))
    worth = (api.expected_cost - own.expected_cost) // 4

    def weighed(per_second: int) -> str:
        policy = build.policy(build.rule(latency_cost_pico=per_second, **price))
        return decide(facts, policy, CATALOG, PRICES, loads=busy).candidates[0].model.name

    assert (weighed(worth - 10), weighed(worth + 10)) == ("m", "api")


def test_with_everybody_late_the_rule_decides() -> None:
    """Nobody is refused for being slow."""
    found = decided(dict.fromkeys((*HOSTS, "api-1"), BUSY), latency_target=1.0)
    assert order(found)[0] in HOSTS and found.spilled is None


def test_drained_is_removed_with_its_reason() -> None:
    """It is no candidate, not even the last."""
    found = decided({"own": Load(0, 0, drained="drained by ops: disk")})
    assert "own" not in order(found)
    assert [(r.endpoint, r.constraint, r.reason) for r in found.removed] == [
        ("own", "drained", "drained by ops: disk")
    ]
