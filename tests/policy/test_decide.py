"""The decision: who may answer, in which order, and why not the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.caller import Caller
from router.domain.catalog import ServingProfile
from router.domain.decision import Constraint, Decision
from router.domain.facts import Facts, Pin
from router.domain.kinds import Capability, DataClass, Objective, OnError, Task, Tier
from router.domain.policy import Match, Policy
from router.policy.decide import decide
from tests.policy import build


def run(facts: Facts, policy: Policy, **changes: object) -> Decision:
    return decide(facts, policy, build.THREE, build.PRICES, **changes)  # type: ignore[arg-type]


def names(decision: Decision) -> list[str]:
    return [candidate.model.name for candidate in decision.candidates]


def why(decision: Decision) -> dict[str, Constraint]:
    return {removed.model: removed.constraint for removed in decision.removed}


def test_the_cheapest_that_meets_the_target_comes_first_then_the_others_by_promise() -> None:
    """At difficulty 0.2 and target 0.8 the middle model suffices; the small one is the last resort."""
    decision = run(build.facts(difficulty=0.2), build.policy(build.rule(quality_target=0.8)))
    assert names(decision) == ["middle", "big", "small"]
    assert [c.meets_target for c in decision.candidates] == [True, True, False]


def test_without_a_target_cheapest_means_cheapest() -> None:
    """No quality target: cost alone orders."""
    assert names(run(build.facts(), build.policy())) == ["small", "middle", "big"]


def test_when_nothing_meets_the_target_the_most_promising_goes_first_and_the_trace_says_so() -> None:
    """Impossible targets do not refuse the request."""
    decision = run(build.facts(difficulty=1.0), build.policy(build.rule(quality_target=0.99)))
    assert names(decision) == ["big", "middle", "small"]
    assert decision.note is not None and "0.99" in decision.note


def test_best_orders_by_promise() -> None:
    """Objective best ignores cost but for ties."""
    decision = run(build.facts(), build.policy(build.rule(objective=Objective.BEST)))
    assert names(decision) == ["big", "middle", "small"]


def test_tiers_are_taken_in_the_rules_order_and_others_removed() -> None:
    """A rule that names tiers excludes the rest."""
    decision = run(build.facts(), build.policy(build.rule(tiers=(Tier.FRONTIER, Tier.SMALL))))
    assert names(decision) == ["big", "small"]
    assert why(decision) == {"middle": Constraint.RULE_TIERS}


def test_the_first_matching_rule_wins() -> None:
    """Later rules do not matter once one matched."""
    policy = build.policy(
        build.rule("code", Match(task=frozenset({Task.CODE})), deny="no code"),
        build.rule("math", Match(task=frozenset({Task.MATH})), tiers=(Tier.REASONING,)),
        build.rule("default"),
    )
    assert run(build.facts(), policy).rule.name == "math"
    denied = run(build.facts(task=Task.CODE), policy)
    assert (denied.denied, denied.candidates) == ("no code", ())


def test_an_app_may_raise_the_quality_target_but_not_lower_it() -> None:
    """The policy's target is a floor."""
    policy = build.policy(build.rule(quality_target=0.8))
    assert run(build.facts(quality=0.1), policy).quality_target == 0.8
    assert run(build.facts(quality=0.95), policy).quality_target == 0.95


@pytest.mark.parametrize(
    ("changes", "removed"),
    [
        ({"pin": Pin("tier", tier=Tier.SMALL)}, {"middle": "pin", "big": "pin"}),
        ({"pin": Pin("model", model="big")}, {"small": "pin", "middle": "pin"}),
        (
            {"caller": Caller("k", "o", "t", "p", frozenset({Tier.SMALL, Tier.REASONING}))},
            {"big": "key"},
        ),
        (
            {"caller": Caller("k", "o", "t", "p", frozenset(), frozenset({"big"}))},
            {"small": "key", "middle": "key"},
        ),
        ({"min_tier": Tier.REASONING}, {"small": "min_tier"}),
        ({"data_class": DataClass.RESTRICTED}, {"big": "data_class"}),
        ({"capabilities": frozenset({Capability.TOOLS})}, dict.fromkeys(build.THREE.models, "capability")),
        ({"input_tokens": 31_600}, dict.fromkeys(build.THREE.models, "context")),
        ({"max_output_tokens": 31_500}, dict.fromkeys(build.THREE.models, "context")),
    ],
)
def test_each_hard_constraint_removes_with_its_reason(
    changes: dict[str, object], removed: dict[str, str]
) -> None:
    """Whoever is removed is removed by name and with the constraint that it broke."""
    residency = {DataClass.RESTRICTED: frozenset({"on-premises"})}
    assert why(run(build.facts(**changes), build.policy(residency=residency))) == removed


def test_a_models_own_limits_remove_it() -> None:
    """Languages, tasks served, greedy sampling and a missing price are hard limits too."""
    profile = ServingProfile("qwq", {"temperature": 0.6}, forbid_greedy=True)
    limited = build.catalog(
        replace(build.SMALL, languages=frozenset({"en"})),
        replace(build.MIDDLE, serves=frozenset({Task.CODE})),
        replace(build.BIG, profile=profile),
        build.model("new", Tier.FRONTIER, 1.0),
    )
    facts = build.facts(language="de", greedy=True)
    decision = decide(facts, build.policy(), limited, build.PRICES)
    assert why(decision) == {
        "small": Constraint.LANGUAGE,
        "middle": Constraint.SERVES,
        "big": Constraint.GREEDY,
        "new": Constraint.UNPRICED,
    }


def test_a_cost_limit_removes_what_is_expected_to_exceed_it() -> None:
    """1,000 tokens in and 500 out cost 300,000 pico-USD on the middle model."""
    decision = run(build.facts(), build.policy(build.rule(max_cost_pico=300_000)))
    assert names(decision) == ["small", "middle"]
    assert [c.expected_cost for c in decision.candidates] == [20_000, 300_000]
    assert why(decision) == {"big": Constraint.MAX_COST}


def test_an_open_circuit_orders_last_but_removes_nobody() -> None:
    """A sick endpoint is still better than a refusal."""
    decision = run(build.facts(), build.policy(), unhealthy=frozenset({"small-1"}))
    assert names(decision) == ["middle", "big", "small"]


@pytest.mark.parametrize(
    ("on_error", "first"), [(OnError.ESCALATE, "big"), (OnError.ALLOW, "small"), (OnError.DENY, None)]
)
def test_a_failed_classifier_is_handled_as_the_rule_says(on_error: OnError, first: str | None) -> None:
    """Escalate goes to the strongest tier, allow to the cheapest, deny refuses."""
    facts = build.facts(task=None, difficulty=None, confidence=None, classifier_failed=True)
    decision = run(facts, build.policy(build.rule(on_error=on_error)))
    assert (names(decision) or [None])[0] == first
    assert (decision.denied is not None) == (on_error is OnError.DENY)


FACTS = st.builds(
    build.facts,
    difficulty=st.floats(0, 1),
    task=st.sampled_from(Task),
    data_class=st.sampled_from(DataClass),
    input_tokens=st.integers(0, 40_000),
    min_tier=st.none() | st.sampled_from(Tier),
    quality=st.none() | st.floats(0, 1),
    pin=st.just(Pin("auto")) | st.builds(lambda t: Pin("tier", tier=t), st.sampled_from(Tier)),
)
RULES = st.builds(
    build.rule,
    objective=st.sampled_from(Objective),
    quality_target=st.none() | st.floats(0, 1),
    residency=st.sampled_from([frozenset(), frozenset({"us"}), frozenset({"on-premises"})]),
)


@given(FACTS, RULES, st.frozensets(st.sampled_from(["small-1", "middle-1", "big-1"])))
def test_nothing_is_lost_and_restricted_data_never_leaves(
    facts: Facts, rule: object, unhealthy: frozenset[str]
) -> None:
    """Each endpoint is either a candidate or removed with a reason, whatever the input; data of a class
    bound to a place is offered to no other place by any objective, pin or state of health."""
    policy = build.policy(rule, residency={DataClass.RESTRICTED: frozenset({"on-premises"})})  # type: ignore[arg-type]
    decision = run(facts, policy, unhealthy=unhealthy)
    seen = sorted([*names(decision), *(r.model for r in decision.removed)])
    assert seen == sorted(build.THREE.models)
    assert all(removed.reason for removed in decision.removed)
    if facts.data_class is DataClass.RESTRICTED:
        assert all(c.endpoint.residency == "on-premises" for c in decision.candidates)
