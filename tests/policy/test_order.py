"""What is expected of candidates, and their order: by value, cautiously, and where a conversation stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.decision import Candidate, Decision
from router.domain.facts import Facts, Pin, Previous
from router.domain.kinds import Confidence, DataClass, Objective, Task, Tier
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.domain.prices import Price, PriceBook
from router.domain.reading import Reading
from router.policy.decide import decide
from tests.policy import build

FAILURE = 20_000_000
NAMES = ("small", "middle", "big")


def cached(book: PriceBook, name: str, cache_read: int) -> PriceBook:
    """`book` with a price for reading the model's cache."""
    (row,) = book.rows[name, None]
    return PriceBook(
        book.version,
        {
            **book.rows,
            (name, None): (replace(row, rates=replace(row.rates, cache_read=PicoUSD(cache_read))),),
        },
    )


def run(facts: Facts, rule: Rule, prices: PriceBook = build.PRICES, **changes: object) -> Decision:
    return decide(facts, build.policy(rule), build.THREE, prices, **changes)  # type: ignore[arg-type]


def names(decision: Decision) -> list[str]:
    return [candidate.model.name for candidate in decision.candidates]


def reading(**changes: object) -> Reading:
    base = Reading({Task.MATH: 1.0}, 0.6, 0.8, 0.6, 0.8, 1.0, {})
    return replace(base, **changes)


def before(model: str, age_s: float = 10.0, tokens: int = 900) -> Previous:
    return Previous(model, f"{model}-1", age_s, tokens)


def test_a_reading_replaces_the_difficulty() -> None:
    """On a usual request P is the ability; output is the mix's own length times the factor, within bounds."""
    model = replace(build.MIDDLE, expected_output={Task.CODE: 1000})
    catalog = build.catalog(model)
    facts = build.facts(
        difficulty=0.99, reading=reading(shares={Task.MATH: 0.5, Task.CODE: 0.5}, output_factor=2.0)
    )
    (found,) = decide(facts, build.policy(), catalog, build.PRICES).candidates
    assert found.p_success == pytest.approx(0.7)
    assert found.expected_output == 1500
    for factor, expected in ((100.0, 3000), (0.0, 188)):
        bounded = replace(facts, reading=replace(facts.reading, output_factor=factor))  # type: ignore[type-var]
        assert (
            decide(bounded, build.policy(), catalog, build.PRICES).candidates[0].expected_output == expected
        )


def test_a_head_of_the_query_model_is_taken_for_its_model_alone() -> None:
    """`heads` holds catalog names; the trace says that it was used."""
    facts = build.facts(reading=reading(heads={"small": 0.95}))
    decision = run(facts, build.rule(quality_target=0.9))
    assert names(decision)[0] == "small"
    first = decision.candidates[0]
    assert first.chance is not None and "head" in first.chance.provenance
    assert all(c.chance and c.chance.provenance == "made up" for c in decision.candidates[1:])


def test_value_weighs_the_call_against_a_failure_at_its_price() -> None:
    """At difficulty as usual: small 0.7 x 20 uUSD + 0.02, middle 0.3 x 20 + 0.3, big 0.1 x 20 + 5."""
    facts = build.facts(difficulty=0.35)
    dear = run(facts, build.rule(objective=Objective.VALUE, failure_cost_pico=FAILURE))
    assert names(dear) == ["middle", "big", "small"]
    totals = [c.expected_total for c in dear.candidates]
    assert totals == [300_000 + 6_000_000, 5_000_000 + 2_000_000, 20_000 + 14_000_000]
    cheap = run(facts, build.rule(objective=Objective.VALUE, failure_cost_pico=100_000))
    assert names(cheap)[0] == "small"
    dearest = run(facts, build.rule(objective=Objective.VALUE, failure_cost_pico=FAILURE * 10))
    assert names(dearest)[0] == "big"


def test_a_quality_target_stays_a_floor_of_value() -> None:
    """Who misses it comes after whoever reaches it, whatever the total."""
    rule = build.rule(objective=Objective.VALUE, failure_cost_pico=1, quality_target=0.8)
    assert names(run(build.facts(difficulty=0.35), rule)) == ["big", "small", "middle"]


def test_latency_counts_where_the_catalog_gives_a_speed_and_the_trace_says_where_not() -> None:
    """500 tokens at 50 a second after 2 seconds are 12 seconds; an endpoint without a speed has no term."""
    fast = build.endpoint("big-1", "big", tokens_per_second=50.0, first_token_s=2.0)
    catalog = build.catalog(build.MIDDLE, replace(build.BIG, endpoints=(fast,)))
    rule = build.rule(objective=Objective.VALUE, failure_cost_pico=0, latency_cost_pico=1_000_000)
    decision = decide(build.facts(), build.policy(rule), catalog, build.PRICES)
    by_name = {c.model.name: c for c in decision.candidates}
    assert by_name["big"].expected_seconds == 12.0
    assert by_name["big"].expected_total == by_name["big"].expected_cost + 12_000_000
    assert by_name["middle"].expected_seconds is None
    assert decision.note == "the catalog gives no speed of middle-1: latency not counted there"


def test_a_cautious_rule_holds_the_target_against_the_lower_end() -> None:
    """The same ability, known less surely, is not enough."""
    unsure = replace(build.MIDDLE, abilities=build.abilities(0.85, sd=1.0))
    sure = replace(build.BIG, abilities=build.abilities(0.85, sd=0.1))
    facts = build.facts(difficulty=0.35)
    rule = build.rule(quality_target=0.8)
    for confidence, first in ((Confidence.EXPECTED, "middle"), (Confidence.LOWER, "big")):
        held = replace(rule, confidence=confidence)
        decision = decide(facts, build.policy(held), build.catalog(unsure, sure), build.PRICES)
        assert names(decision)[0] == first


FACTS = st.builds(
    build.facts,
    difficulty=st.floats(0, 1),
    task=st.sampled_from(Task),
    input_tokens=st.integers(0, 20_000),
    data_class=st.sampled_from(DataClass),
    min_tier=st.none() | st.sampled_from(Tier),
    reading=st.none()
    | st.builds(
        reading,
        low=st.floats(0, 1),
        high=st.floats(0, 1),
        output_factor=st.floats(0.1, 9),
    ),
    pin=st.just(Pin("auto")) | st.builds(lambda name: Pin("model", model=name), st.sampled_from(NAMES)),
    tool_loop=st.booleans(),
    previous=st.none() | st.builds(before, st.sampled_from(NAMES), st.floats(0, 900), st.integers(0, 30_000)),
)
RULES = st.one_of(
    st.builds(
        build.rule,
        objective=st.just(Objective.VALUE),
        failure_cost_pico=st.integers(0, 10**9),
        quality_target=st.none() | st.floats(0, 1),
    ),
    st.builds(
        build.rule,
        objective=st.just(Objective.CHEAPEST),
        quality_target=st.none() | st.floats(0, 1),
        residency=st.sampled_from([frozenset(), frozenset({"on-premises"})]),
    ),
)
BOOK = cached(cached(build.PRICES, "big", 100), "middle", 10)


def _worse(rule: Rule, a: Candidate, b: Candidate) -> bool:
    """Whether `a` must not stand before `b`, said apart from the code that sorts."""
    if a.healthy != b.healthy:
        return not a.healthy
    if (a.meets_target is False) != (b.meets_target is False):
        return a.meets_target is False
    if rule.objective is Objective.VALUE:
        assert a.expected_total is not None and b.expected_total is not None
        return a.expected_total > b.expected_total
    if a.meets_target is False:
        assert a.p_success is not None and b.p_success is not None
        return a.p_success < b.p_success
    return a.expected_cost > b.expected_cost


@given(FACTS, RULES, st.frozensets(st.sampled_from(["small-1", "middle-1", "big-1"])))
def test_the_order_is_the_one_that_brute_force_finds(
    facts: Facts, rule: Rule, unhealthy: frozenset[str]
) -> None:
    """Outside a tool loop, no candidate stands before one that is better by the rule; every candidate's
    cost is input and output at its price less the discount of a warm cache."""
    facts = replace(facts, tool_loop=False)
    decision = run(facts, rule, BOOK, unhealthy=unhealthy)
    found = decision.candidates
    sound = [
        order
        for order in permutations(found)
        if not any(
            _worse(rule, order[i], order[j]) for i in range(len(order)) for j in range(i + 1, len(order))
        )
    ]
    assert found in sound
    for candidate in found:
        price = _price(candidate)
        plain = facts.input_tokens * price.rates.input + candidate.expected_output * price.rates.output
        assert candidate.expected_cost == plain - (candidate.cache_discount or 0)
        assert candidate.expected_cost >= 0


def _price(candidate: Candidate) -> Price:
    price = BOOK.find(candidate.model.name, candidate.endpoint.id, build.NOW)
    assert price is not None
    return price


@given(FACTS, RULES, st.frozensets(st.sampled_from(["small-1", "middle-1", "big-1"])))
def test_staying_never_overrides_a_constraint(facts: Facts, rule: Rule, unhealthy: frozenset[str]) -> None:
    """With and without a past the same candidates are admitted; a healthy one is never put behind a sick
    one."""
    policy = build.policy(rule, residency={DataClass.RESTRICTED: frozenset({"on-premises"})})
    staying = decide(facts, policy, build.THREE, BOOK, unhealthy)
    fresh = decide(replace(facts, previous=None, tool_loop=False), policy, build.THREE, BOOK, unhealthy)
    assert sorted(names(staying)) == sorted(names(fresh))
    assert staying.removed == fresh.removed
    health = [candidate.healthy for candidate in staying.candidates]
    assert health == sorted(health, reverse=True)


def test_a_conversation_stays_while_the_saving_is_less_than_the_lost_cache() -> None:
    """Middle costs 300,000 in all; big, whose cached input is nearly free, costs less until its cache is
    cold."""
    prices = cached(build.prices(middle=(500, 100), big=(600, 100)), "big", 10)
    catalog = build.catalog(build.MIDDLE, build.BIG)
    rule = build.rule(quality_target=0.6)

    def first(previous: Previous | None) -> tuple[str, str | None]:
        facts = build.facts(difficulty=0.35, previous=previous)
        decision = decide(facts, build.policy(rule), catalog, prices)
        return decision.candidates[0].model.name, decision.kept

    assert first(None) == ("middle", None)
    name, kept = first(before("big"))
    assert name == "big"
    assert (
        kept == "stays with big on big-1: middle on middle-1 does not make up for its warm cache, $0.000001"
    )
    assert first(before("big", age_s=301.0)) == ("middle", None)
    assert first(before("big", tokens=100)) == ("middle", None)
    assert first(before("middle")) == ("middle", None)


def test_a_conversation_leaves_a_model_that_no_longer_meets_the_target() -> None:
    """A cheap warm cache does not make a model good enough."""
    prices = cached(build.PRICES, "small", 0)
    facts = build.facts(difficulty=0.35, previous=before("small"))
    assert names(run(facts, build.rule(quality_target=0.8), prices))[0] == "big"


def test_without_a_price_for_reading_the_cache_there_is_no_discount() -> None:
    """Unknown is not a number: nothing is taken off."""
    decision = run(build.facts(previous=before("big")), build.rule())
    assert names(decision)[0] == "small"
    assert all(candidate.cache_discount is None for candidate in decision.candidates)


def test_among_equals_the_endpoint_of_the_previous_turn_comes_first() -> None:
    """Two replicas at one price: the one that read the conversation before."""
    replicas = tuple(build.endpoint(f"middle-{n}", "middle") for n in (1, 2, 3))
    catalog = build.catalog(replace(build.MIDDLE, endpoints=replicas))
    facts = build.facts(previous=Previous("middle", "middle-2", 5.0, 900))
    decision = decide(facts, build.policy(), catalog, build.PRICES)
    assert [c.endpoint.id for c in decision.candidates] == ["middle-2", "middle-1", "middle-3"]


def test_nobody_takes_over_in_a_tool_loop_unless_the_incumbent_cannot_go_on() -> None:
    """However late the result and however much a switch would save; not if it is sick or inadmissible."""
    loop = build.facts(previous=before("big", age_s=2_000.0), tool_loop=True)
    decision = run(loop, build.rule())
    assert names(decision) == ["big", "small", "middle"]
    assert decision.kept == "stays with big on big-1: it is waiting for the result of its tool call"
    assert names(run(loop, build.rule(), unhealthy=frozenset({"big-1"})))[0] == "small"
    assert names(run(loop, build.rule(residency=frozenset({"on-premises"})))) == ["small", "middle"]
    assert names(run(replace(loop, previous=None), build.rule()))[0] == "small"


def test_in_a_tool_loop_another_endpoint_of_the_same_model_will_do() -> None:
    """The model matters to the loop, not the machine."""
    replicas = tuple(build.endpoint(f"big-{n}", "big") for n in (1, 2))
    catalog = build.catalog(build.SMALL, replace(build.BIG, endpoints=replicas))
    facts = build.facts(previous=before("big"), tool_loop=True)
    decision = decide(facts, build.policy(), catalog, build.PRICES, frozenset({"big-1"}))
    assert [c.endpoint.id for c in decision.candidates] == ["big-2", "small-1", "big-1"]
