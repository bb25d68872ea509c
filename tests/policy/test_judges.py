"""How a rule names its judge: what is refused, and what is noted because it keeps the judge from judging."""

from __future__ import annotations

import pytest

from router.domain.judgement import CompareWith
from tests.policy.conftest import Folder

BUDGET = "budget_per_day_usd: 1.50"


def judged(folder: Folder, written: str) -> None:
    """The default rule gets this judge."""
    folder.edit("policy", "objective: cheapest", f"objective: cheapest\n      judge: {{{written}}}")


def notes(folder: Folder) -> list[str]:
    return [str(note).replace(f"{folder.path}/", "") for note in folder.load().notes]


def test_what_a_judge_is(folder: Folder) -> None:
    """Every field reaches the rule; money is exact."""
    judged(
        folder,
        f"model: thinker, share: 0.25, {BUDGET}, budget_per_month_usd: 20, compare_with: baseline, "
        "rubric: Be kind., max_output_tokens: 64",
    )
    judge = folder.load().policy.rules[1].judge
    assert judge is not None
    assert (judge.model, judge.share, judge.compare_with) == ("thinker", 0.25, CompareWith.BASELINE)
    assert (judge.day_pico, judge.month_pico) == (1_500_000_000_000, 20 * 10**12)
    assert (judge.rubric, judge.max_output_tokens) == ("Be kind.", 64)
    assert folder.load().policy.rules[0].judge is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "model: big, share: 0.1",
            "needs budget_per_day_usd or budget_per_month_usd",
        ),
        (f"model: big, {BUDGET}", "judge has no 'share'"),
        (f"model: big, share: 2, {BUDGET}", "judge.share must be at most 1"),
        (
            f"model: bog, share: 1, {BUDGET}",
            "model 'bog': the catalog lacks it; did you mean 'big'?",
        ),
        (
            f"model: big, share: 1, {BUDGET}, compare_with: gpt",
            "judge.compare_with is 'gpt'; it must be",
        ),
        (f"model: big, share: 1, {BUDGET}, rubrik: x", "unknown key 'rubrik'"),
        ("model: big, share: 1, budget_per_day_usd: -1", "must be an amount in US dollars"),
    ],
)
def test_mistakes(folder: Folder, written: str, said: str) -> None:
    """Are refused with their line."""
    judged(folder, written)
    [problem] = folder.problems()
    assert problem.startswith("policy.yaml:14: ") and said in problem


def test_a_judge_that_may_not_see_some_data(folder: Folder) -> None:
    """Is noted with the classes whose answers it will not judge; so is its own family."""
    judged(folder, f"model: big, share: 1, {BUDGET}")
    assert notes(folder) == [
        f"policy.yaml:14: rule 'default': judge big {doubt}"
        for doubt in (
            "judges its own family (big); models prefer their own answers",
            "may not see restricted data; such answers go unjudged",
        )
    ]


def test_a_judge_that_sees_nothing(folder: Folder) -> None:
    """Neither of a rule for restricted data, nor where the rule keeps requests in the house."""
    judged(folder, f"model: big, share: 1, {BUDGET}")
    folder.edit(
        "policy", "quality_target: 0.7", "quality_target: 0.7\n      require: {residency: [on-premises]}"
    )
    [own] = notes(folder)
    assert own.endswith("judge big may see none of its requests; it judges nothing")


def test_a_judge_that_is_not_there(folder: Folder) -> None:
    """Without an active endpoint that has a price it does not judge."""
    folder.edit("catalog", "active: {unless_env: GPU_URL}", "active: {if_env: ANOTHER}")
    judged(folder, f"model: thinker, share: 1, {BUDGET}")
    assert any("judge thinker has no active endpoint with a price in force" in note for note in notes(folder))


def test_a_baseline_of_the_judge_s_family(folder: Folder) -> None:
    """Compared with its own kin, a judge is not neutral either."""
    judged(folder, f"model: big, share: 1, {BUDGET}, compare_with: baseline")
    assert any("judge big compares with its own family (big), the baseline" in note for note in notes(folder))


def test_who_denies_judges_nothing(folder: Folder) -> None:
    """There is no answer."""
    folder.edit(
        "policy", "tiers: [reasoning, frontier]", f"deny: no\n      judge: {{model: big, share: 1, {BUDGET}}}"
    )
    assert folder.problems() == ["policy.yaml:9: spec.rules[0]: deny calls no model: remove judge"]
