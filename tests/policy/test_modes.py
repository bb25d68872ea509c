"""Rules that only watch, act on a share, or hold by an expression."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from router.domain.caller import Caller
from router.domain.facts import Facts
from router.domain.kinds import DataClass, Objective, Task
from router.domain.policy import Match, Rule
from router.domain.rollout import Rollout, RuleMode, Sticky, place, unit_of
from router.policy.decide import decide
from router.policy.shadow import shadow_decisions
from router.policy.when import BadExpression, condition
from tests.policy import build

SHADOW = Rollout(RuleMode.SHADOW)
MATH = Match(task=frozenset({Task.MATH}))


def calling(key: str, **changes: Any) -> Facts:
    """A request of that key."""
    return build.facts(caller=Caller(key, "org", "search", "site"), **changes)


def test_a_shadow_rule_decides_beside_and_never_acts() -> None:
    """Its decision has its own name and first choice; the one that acts is as if it were not there."""
    best = build.rule("best", MATH, objective=Objective.BEST, rollout=SHADOW)
    late = build.rule("late", rollout=SHADOW)
    policy = build.policy(best, build.rule(), late)
    facts = build.facts()
    acting = decide(facts, policy, build.THREE, build.PRICES)
    assert acting == replace(decide(facts, build.policy(), build.THREE, build.PRICES), rule=policy.rules[1])
    beside = shadow_decisions(facts, acting.rule, policy, build.THREE, build.PRICES, frozenset())
    assert [(one.rule.name, one.candidates[0].model.name) for one in beside] == [("best", "big")]
    other = build.facts(task=Task.CODE)
    assert shadow_decisions(other, acting.rule, policy, build.THREE, build.PRICES, frozenset()) == ()


@pytest.mark.parametrize("sticky", list(Sticky))
def test_a_canary_takes_in_its_share_and_keeps_whom_it_has(sticky: Sticky) -> None:
    """A tenth of many units is near a tenth; whoever is in stays in with every request and a larger share."""

    def inside(share: float) -> set[int]:
        rule = build.rule("c", rollout=Rollout(RuleMode.CANARY, share, sticky))
        return {
            n
            for n in range(2_000)
            if rule.holds(calling(f"k{n}" if sticky is Sticky.CALLER else "k", conversation=unit_of(str(n))))
        }

    tenth, half = inside(0.1), inside(0.5)
    assert 150 < len(tenth) < 250
    assert 900 < len(half) < 1_100
    assert tenth < half
    assert (inside(0.0), len(inside(1.0))) == (set(), 2_000)
    assert inside(0.1) == tenth


def test_two_canaries_take_different_callers() -> None:
    """The rule's name is in the draw: the same unlucky tenth is not in every trial."""
    first, second = unit_of("one"), unit_of("two")
    both = [
        n
        for n in range(4_000)
        if place(unit_of(str(n)), first) < 0.1 and place(unit_of(str(n)), second) < 0.1
    ]
    assert 10 < len(both) < 90


@pytest.mark.parametrize(
    ("text", "changes", "held"),
    [
        ("input_tokens > 500 && !('tools' in capabilities)", {}, True),
        ("difficulty < 0.4 || team.startsWith('sea')", {}, True),
        ("difficulty > 0.4", {"difficulty": None}, False),
        ("difficulty > 0.4 || team == 'search'", {"difficulty": None}, True),
        ("tags['cost'] == 'x'", {}, False),
        ("'cost' in tags && tags['cost'] == 'x'", {"tags": {"cost": "x"}}, True),
        ("data_class == 'restricted'", {"data_class": DataClass.RESTRICTED}, True),
        ("weekday == 1 && hour == 12", {}, True),
        ("workload == 'chat'", {}, False),
    ],
)
def test_an_expression_holds(text: str, changes: dict[str, Any], held: bool) -> None:
    """As CEL says; what is not known makes it not hold, unless the rest is enough."""
    rule = Rule("r", Match(), 1, objective=Objective.BEST, when=condition(text))
    assert rule.holds(build.facts(**changes)) is held


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("teem == 'x'", "column 1: undeclared reference to 'teem'; facts are organisation, team"),
        ("input_tokens > 'a'", "column 14: found no matching overload for '_>_' applied to '(int, string)'"),
        ("team ==", "column 8: Syntax error"),
        ("input_tokens + 1", "must be true or false; it is of type int"),
        ("team.matches('[')", "fails when it is run"),
    ],
)
def test_a_wrong_expression_is_refused(text: str, said: str) -> None:
    """At load, with the place in it."""
    with pytest.raises(
        BadExpression, match="^" + said.replace("(", r"\(").replace(")", r"\)").replace(">", ">")
    ):
        condition(text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("when: teem == 'x'", "policy.yaml:{line}: spec.rules[0].when column 1: undeclared reference"),
        ("mode: canary", "needs the share it acts on, such as `mode: {{canary: 0.1}}`"),
        ("mode: {{sticky: caller}}", "needs the share it acts on"),
        ("mode: {{mode: shadow, canary: 0.5}}", "is shadow and canary; keep one"),
        ("mode: shadows", "must be one of enforce, shadow, canary; did you mean 'shadow'?"),
    ],
)
def test_mistakes_are_named_by_line(folder: Any, fields: str, said: str) -> None:
    """As for every other field."""
    text = (folder.path / "policy.yaml").read_text()
    first = next(line for line in text.splitlines() if "- name:" in line)
    indent = " " * (len(first) - len(first.lstrip()) + 2)
    folder.edit("policy", first, f"{first}\n{indent}{fields.format()}")
    line = text.splitlines().index(first) + 2
    assert any(said.format(line=line) in problem for problem in folder.problems()), folder.problems()


def test_a_wrong_expression_is_the_only_thing_said_of_its_rule(folder: Any) -> None:
    """Nobody knows yet what it would take: it hides no later rule."""
    text = (folder.path / "policy.yaml").read_text()
    first = next(line for line in text.splitlines() if "- name:" in line)
    indent = " " * (len(first) - len(first.lstrip()))
    folder.edit(
        "policy", first, f"{indent}- {{name: typo, objective: cheapest, when: input_tokns > 5}}\n{first}"
    )
    (problem,) = folder.problems()
    assert "undeclared reference to 'input_tokns'" in problem


def test_a_rule_behind_a_canary_is_reached(folder: Any) -> None:
    """Only rules that take all that they match hide later ones; the default must act on everything."""
    text = (folder.path / "policy.yaml").read_text()
    last = [line for line in text.splitlines() if "- name:" in line][-1]
    indent = " " * (len(last) - len(last.lstrip()) + 2)
    folder.edit("policy", last, f"{last}\n{indent}mode: shadow")
    assert any("no default rule" in problem for problem in folder.problems())
