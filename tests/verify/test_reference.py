"""Answers against references: exact, numbers, choices and shared words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import Verdict
from router.verify.reference import check_choice, check_exact, check_number, check_words, normalised, token_f1

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("answer", "references", "verdict"),
    [
        ("Paris", ["Paris"], PASSED),
        ("  the PARIS. ", ["Paris"], PASSED),
        ("I think so.\nAnswer: Paris", ["Paris"], PASSED),
        ("Paris, Texas", ["Paris"], FAILED),
        ("Lyon", ["Paris", "Lyon"], PASSED),
        ("München", ["Mu\u0308nchen"], PASSED),
        ("+", ["+"], PASSED),
        ("-", ["+"], FAILED),
    ],
)
def test_exact(answer: str, references: list[str], verdict: Verdict) -> None:
    """Case, punctuation, articles and Unicode forms do not matter; words do."""
    assert check_exact(answer, references).verdict is verdict


@pytest.mark.parametrize(
    ("answer", "reference", "tolerance", "verdict"),
    [
        ("It is 3.14", "3.14159", {"absolute": 0.01}, PASSED),
        ("It is 3.1", "3.14159", {"absolute": 0.01}, FAILED),
        ("The answer is 99", "100", {"relative": 0.01}, PASSED),
        ("The answer is 98", "100", {"relative": 0.01}, FAILED),
        ("The answer is 1/3", "1/3", {}, PASSED),
        ("5 km", "5 miles", {}, UNVERIFIED),
        ("none", "5", {}, UNVERIFIED),
    ],
)
def test_numbers(answer: str, reference: str, tolerance: dict[str, float], verdict: Verdict) -> None:
    """Within the larger tolerance, exactly without one."""
    assert check_number(answer, reference, **tolerance).verdict is verdict


def test_a_reference_that_is_no_number_is_refused() -> None:
    """The caller's mistake is the caller's error."""
    with pytest.raises(ValueError, match="no number"):
        check_number("5", "five")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("B", PASSED),
        ("(b)", PASSED),
        ("**B.**", PASSED),
        ("B) the second", PASSED),
        ("The answer is B.", PASSED),
        ("Answer: (C)", FAILED),
        (r"\boxed{B}", PASSED),
        (r"\boxed{\text{A}}", FAILED),
        ("the second", PASSED),
        ("The answer is A or the answer is B", UNVERIFIED),
        ("It depends", UNVERIFIED),
        ("The answer is a matter of taste", UNVERIFIED),
    ],
)
def test_choices(answer: str, verdict: Verdict) -> None:
    """One letter, bare, marked or named, or the text of an option; several or none say nothing."""
    assert check_choice(answer, "B", {"A": "the first", "B": "the second"}).verdict is verdict


def test_shared_words() -> None:
    """F1 as SQuAD has it."""
    assert token_f1("the cat sat", "a cat sat down") == pytest.approx(0.8)
    assert check_words("cat sat", ["dog", "the cat sat down"]).verdict is PASSED
    assert check_words("dog", ["cat"]).verdict is FAILED
    assert token_f1("", "the") == 1.0


@given(st.text(max_size=100), st.text(max_size=100))
def test_no_text_makes_them_raise(answer: str, reference: str) -> None:
    """Whatever they are given, they return; and F1 is symmetric."""
    check_exact(answer, [reference])
    check_choice(answer, reference, {"A": reference})
    check_number(answer, "5")
    check_words(answer, [reference])
    assert token_f1(answer, reference) == token_f1(reference, answer)
    assert normalised(normalised(answer)) == normalised(answer)
