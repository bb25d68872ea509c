"""Verify, then escalate, as a decision: which chain a rule prefers, and when a check counts at all."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from itertools import permutations

import pytest

from router.domain.acceptance import Acceptance, ErrorRates
from router.domain.cascade import Check, chained, step
from router.domain.catalog import Catalog
from router.domain.decision import Cascade, Decision
from router.domain.facts import Facts
from router.domain.kinds import Confidence, Objective, Task, VerifierName, VerifyMode
from router.domain.policy import Rule
from router.policy.check_rates import MEASURED
from router.policy.decide import decide
from tests.policy import build
from tests.policy.test_order import before, cached, names

CODE = VerifierName.CODE
SURE = {CODE: ErrorRates(0.01, 0.01, "a test")}
FACTS = build.facts(task=Task.CODE, difficulty=0.4)
"""As difficult as usual: P is the ability, 0.3, 0.7 and 0.9."""
FAILURE = 20_000_000


def seen(n: int = 100, *models: str) -> Catalog:
    """The three models; those named, or all, with `n` code answers that a check decided."""
    found = {(Task.CODE, CODE): Acceptance(n, 0, 0)}
    three = (build.SMALL, build.MIDDLE, build.BIG)
    return build.catalog(
        *(replace(m, acceptance=found) if not models or m.name in models else m for m in three)
    )


def run(
    rule: Rule,
    facts: Facts = FACTS,
    catalog: Catalog | None = None,
    applying: Set[VerifierName] | None = frozenset({CODE, VerifierName.SIGNS}),
    rates: dict[VerifierName, ErrorRates] = SURE,
    **changes: object,
) -> Decision:
    policy = build.policy(replace(rule, verify=VerifyMode.BEFORE_REPLY), check_rates=rates)
    args = (facts, policy, catalog or seen(), build.PRICES)
    return decide(*args, applying=lambda _: applying, **changes)  # type: ignore[arg-type]


def chain(decision: Decision) -> Cascade:
    assert decision.cascade is not None, decision.uncredited
    return decision.cascade


def test_a_target_that_only_the_dearest_reaches_alone_is_reached_cheaper_together() -> None:
    """0.9 wanted: straight, that is big for 5 uUSD; small, then middle, then big costs less."""
    rule = build.rule(quality_target=0.9)
    assert names(run(rule, applying=None))[0] == "big"
    decision = run(rule)
    found = chain(decision)
    assert names(decision)[0] in ("small", "middle") and found.reordered
    assert found.p_success >= 0.9 and found.cost < found.straight.expected_cost
    assert found.straight.model.name == "big"
    assert [stage.check for stage in found.stages] == ["code"] * 3
    assert decision.note is None


@pytest.mark.parametrize("failure", [100_000, FAILURE, FAILURE * 50])
def test_no_chain_of_the_candidates_is_much_better_by_the_rules_own_measure(failure: int) -> None:
    """Of all chains of the three in any order, the chosen one has the lowest expected cost, failures at
    their price, within a fiftieth: one that tries a weaker model after a stronger one is not looked at."""
    decision = run(build.rule(objective=Objective.VALUE, failure_cost_pico=failure))
    check = Check("code", 100.5 / 101, 0.01, 0.01)
    totals = []
    for order in (p for n in (1, 2, 3) for p in permutations(decision.candidates, n)):
        found = chained([step(c.p_success or 0.0, c.expected_cost, None, check) for c in order])
        totals.append(found.cost + (1 - found.p_success) * failure)
    best = chain(decision)
    assert best.cost + (1 - best.p_success) * failure == pytest.approx(min(totals), rel=0.02)


def test_where_a_failure_is_cheap_another_try_is_not_planned() -> None:
    """A wrong answer costs less than the next model: a failed check ends the chain, and the others stay for
    an endpoint that gives no answer. A rule that names no price goes on."""
    cheap = run(build.rule(objective=Objective.VALUE, failure_cost_pico=100_000))
    assert chain(cheap).planned == 1 and len(chain(cheap).stages) == 1
    assert len(cheap.candidates) == 3
    target = chain(run(build.rule(quality_target=0.2)))
    assert target.planned == 3


def test_best_takes_the_surest_chain() -> None:
    """At any price: a checked answer of one model and the others after it beat the best alone."""
    found = chain(run(build.rule(objective=Objective.BEST)))
    assert found.p_success > 0.9
    assert found.straight.model.name == "big"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"applying": None}, "this reply is not checked before it goes out"),
        ({"rates": {}}, "nobody has measured how often code or signs is wrong on code"),
        ({"applying": frozenset()}, "nobody has measured how often any check is wrong on code"),
        ({"catalog": build.THREE}, "too few checked code answers of small, 30 are needed: code 0"),
        ({"catalog": seen(29)}, "too few checked code answers of small, 30 are needed: code 29"),
        ({"facts": replace(FACTS, task=None)}, "the task is not known"),
        (
            {"rates": {CODE: replace(SURE[CODE], tasks=frozenset({Task.MATH}))}},
            "nobody has measured how often code or signs is wrong on code",
        ),
    ],
)
def test_a_check_of_which_nothing_is_known_is_not_counted_on(changes: dict[str, object], said: str) -> None:
    """The order is that without checks, and the decision says why."""
    rule = build.rule(quality_target=0.2)
    decision = run(rule, **changes)  # type: ignore[arg-type]
    assert decision.cascade is None
    assert decision.uncredited == said
    plain = decide(changes.get("facts", FACTS), build.policy(rule), seen(), build.PRICES)  # type: ignore[arg-type]
    assert names(decision) == names(plain)


def test_a_model_of_which_nothing_is_known_ends_the_chain() -> None:
    """Its answer counts as given; whoever stands after it is not counted."""
    decision = run(build.rule(quality_target=0.88), catalog=seen(100, "small"))
    found = chain(decision)
    assert names(decision)[:2] == ["small", "big"]
    assert [(s.model, s.check) for s in found.stages] == [("small", "code"), ("big", None)]
    assert found.stages[1].reason is not None and "of big, 30 are needed" in found.stages[1].reason


def test_a_chain_dearer_than_the_rule_allows_is_not_taken() -> None:
    """Every candidate may fit under the limit, and all of them together not."""
    rule = build.rule(objective=Objective.BEST, max_cost_pico=5_000_000)
    assert chain(run(rule)).cost <= 5_000_000


def test_attempts_bound_the_chain() -> None:
    """With one attempt there is nobody to go on to."""
    found = chain(run(build.rule(quality_target=0.9, max_attempts=1)))
    assert (len(found.stages), found.p_success, found.reordered) == (1, found.straight.p_success, False)


def test_tiers_tool_loops_and_sick_endpoints_stand_above_it() -> None:
    """The figures are those of the order that the rule, the loop or health asks for."""
    tiers = run(build.rule(tiers=(build.BIG.tier, build.SMALL.tier)))
    assert names(tiers)[0] == "big" and not chain(tiers).reordered
    loop = run(build.rule(quality_target=0.9), replace(FACTS, tool_loop=True, previous=before("middle")))
    assert names(loop)[0] == "middle" and loop.kept is not None
    sick = run(build.rule(quality_target=0.9), unhealthy=frozenset({"small-1", "middle-1"}))
    assert names(sick)[0] == "big"


def test_a_cautious_rule_is_cautious_of_chains() -> None:
    """Its target is held against the lower ends."""
    rule = build.rule(quality_target=0.93)
    expected = chain(run(rule))
    cautious = chain(run(replace(rule, confidence=Confidence.LOWER)))
    assert cautious.p_success >= expected.p_success


def test_samples_are_paid_for_in_full_and_credited_as_one() -> None:
    """Best of three: the cheapest first at three times its price, then the most promising."""
    rule = build.rule(objective=Objective.BEST_OF_N, samples=3, max_attempts=5)
    decision = run(rule)
    assert names(decision) == ["small", "big", "middle"]
    one = chain(run(build.rule(tiers=(build.SMALL.tier, build.BIG.tier, build.MIDDLE.tier))))
    assert chain(decision).p_success == pytest.approx(one.p_success)
    assert chain(decision).cost - one.cost == 2 * decision.candidates[0].expected_cost


def test_a_warm_cache_counts_in_a_chain_too() -> None:
    """The discount is in the cost of the candidate that has it."""
    prices = cached(build.PRICES, "big", 1)
    facts = replace(FACTS, previous=before("big"))
    policy = build.policy(build.rule(quality_target=0.9, verify=VerifyMode.BEFORE_REPLY), check_rates=SURE)
    warm = decide(facts, policy, seen(), prices, applying=lambda _: frozenset({CODE}))
    assert chain(warm).cost < chain(run(build.rule(quality_target=0.9))).cost


def test_the_figures_that_ship_name_their_source() -> None:
    """Each from a table of this project; what only checks form is not among them."""
    assert {VerifierName.STRUCTURE, VerifierName.SIGNS, VerifierName.LANGUAGE}.isdisjoint(MEASURED)
    for rates in MEASURED.values():
        assert rates.source.startswith("tests/bench/") and 0 < rates.false_accept < 0.02
