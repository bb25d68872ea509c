"""What several replies of a judge say together."""

from __future__ import annotations

import pytest

from router.domain.judgement import JudgeOutcome, Preference, family, is_good, of_grade, of_pair

ANSWER, OTHER, TIE = Preference.ANSWER, Preference.OTHER, Preference.TIE


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (ANSWER, ANSWER, "better"),
        (OTHER, OTHER, "worse"),
        (TIE, TIE, "tie"),
        (ANSWER, TIE, "tie"),
        (TIE, OTHER, "tie"),
        (ANSWER, OTHER, "inconsistent"),
        (OTHER, ANSWER, "inconsistent"),
        (None, ANSWER, "unreadable"),
        (ANSWER, None, "unreadable"),
    ],
)
def test_pairs(first: Preference | None, second: Preference | None, outcome: str) -> None:
    """Only what both orders say counts; a preference for a place is no opinion."""
    found = of_pair(first, second)
    assert (str(found.outcome), found.first, found.second) == (outcome, first, second)


def test_grades() -> None:
    """1 to 5 become 0 to 1; 4 and up is good."""
    assert [of_grade(grade).score for grade in (1, 3, 5)] == [0.0, 0.5, 1.0]
    told = [is_good(of_grade(grade).outcome, of_grade(grade).score) for grade in (1, 3, 4, 5, None)]
    assert told == [False, False, True, True, None]


def test_who_has_an_opinion() -> None:
    """Better and as good is good; no opinion is neither good nor bad."""
    told = {outcome: is_good(outcome, None) for outcome in JudgeOutcome}
    assert {name for name, good in told.items() if good} == {JudgeOutcome.BETTER, JudgeOutcome.TIE}
    assert {name for name, good in told.items() if good is False} == {JudgeOutcome.WORSE}


@pytest.mark.parametrize(
    ("model", "of"),
    [
        ("qwq-32b", "qwen"),
        ("Qwen/QwQ-32B-AWQ", "qwen"),
        ("qwen2.5-7b", "qwen"),
        ("gpt-5-mini", "gpt"),
        ("o3-mini", "gpt"),
        ("claude-sonnet-4-5", "claude"),
        ("smollm2-135m", "smollm"),
    ],
)
def test_families(model: str, of: str) -> None:
    """By the letters a name begins with, and known relatives."""
    assert family(model) == of
