"""A reply's final answer against a reference: equal passes, different fails, ambiguous is unverified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import Verdict
from router.verify.mathematics.compare import check_reference
from router.verify.mathematics.consistency import self_consistency
from router.verify.mathematics.workers import Comparison, Workers

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Real worker processes; the tests are skipped where the library is not installed."""
    running = Workers(size=1)
    if not running.installed:
        pytest.skip("needs the extra verify")
    yield running
    running.close()


def boxed(text: str) -> str:
    return rf"Therefore $\boxed{{{text}}}$."


@pytest.mark.parametrize(
    ("answer", "reference", "verdict"),
    [
        ("204", "204", PASSED),
        ("204.0", "204", PASSED),
        (r"\frac{408}{2}", "204", PASSED),
        (r"204\text{ minutes}", "204", PASSED),
        ("1,000", "1000", PASSED),
        ("203", "204", FAILED),
        ("-204", "204", FAILED),
        ("0.333", r"\frac{1}{3}", FAILED),
        ("0.333333", r"\frac{1}{3}", PASSED),
        ("0.50001", "0.5", FAILED),
        (r"50\%", "0.5", PASSED),
        (r"50\%", "50", PASSED),
        ("50", r"50\%", PASSED),
        (r"0.5\%", "0.5", UNVERIFIED),
        (r"5\%", "0.5", FAILED),
        (r"5\text{ cm}", r"5\text{ m}", UNVERIFIED),
        (r"\text{Monday}", "Monday", PASSED),
        (r"\text{Tuesday}", "Monday", FAILED),
        ("B", "(B)", PASSED),
        (r"\text{(C)}", "B", FAILED),
        ("B) the second", "B", PASSED),
        (r"\text{a matter of taste}", "A", UNVERIFIED),
        ("3 1/2", "31/2", FAILED),
        ("1 2", "12", UNVERIFIED),
        ("x = 5", "5", PASSED),
        (r"\sqrt{2}", r"\sqrt2", PASSED),
        (r"2\sqrt{2}", r"\sqrt{8}", UNVERIFIED),
    ],
)
def test_numbers_and_words_need_no_library(answer: str, reference: str, verdict: Verdict) -> None:
    """Decided in process; what needs algebra is unverified without it."""
    assert check_reference(boxed(answer), reference).verdict is verdict


@pytest.mark.parametrize(
    ("answer", "reference", "verdict"),
    [
        (r"2\sqrt{2}", r"\sqrt{8}", PASSED),
        (r"2\sqrt{3}", r"\sqrt{8}", FAILED),
        ("(x+1)^2", "x^2+2x+1", PASSED),
        ("3, 2", r"\{2, 3\}", PASSED),
        ("2, 3, 4", "2, 3", FAILED),
        ("(2, 1)", "(1, 2)", FAILED),
        ("1, 2", "(1, 2)", UNVERIFIED),
        ("[1, 2)", r"1 \le x < 2", PASSED),
        ("[1, 2]", "[1, 2)", FAILED),
        (r"(3,\infty) \cup (-\infty,2)", r"(-\infty,2) \cup (3,\infty)", PASSED),
        ("12", "12_8", UNVERIFIED),
        (r"\oops{", "x^2", UNVERIFIED),
    ],
)
def test_formulas_are_compared_by_the_library(
    workers: Workers, answer: str, reference: str, verdict: Verdict
) -> None:
    """Equal by algebra; what it reads as one though it could be two things is unverified."""
    assert check_reference(boxed(answer), reference, workers.compare).verdict is verdict


@pytest.mark.parametrize("answer", [r"9^{9^{9^{9}}}", r"\frac{1000!^{1000!}}{3}", "(" * 900 + ")" * 900])
def test_a_formula_that_blows_up_hurts_nobody(answer: str) -> None:
    """Endless, huge or deep: unverified within the limit, and the next comparison works."""
    running = Workers(size=1, limit_s=1.0)
    if not running.installed:
        pytest.skip("needs the extra verify")
    try:
        assert check_reference(boxed(answer), "x^2", running.compare).verdict is UNVERIFIED
        assert running.compare("x+x", "2x").equal is True
    finally:
        running.close()
    closed = Comparison(None, "the comparison: the workers are closed", broken=True)
    assert running.compare("x+x", "2x") == closed


def test_an_unmarked_answer_that_names_the_reference_is_not_failed() -> None:
    """The last number may be a unit or a remark; a wrong value without the right one fails."""
    assert check_reference("It takes 204 minutes at 5 km/h", "204").verdict is UNVERIFIED
    assert check_reference("It takes 203 minutes at 5 km/h", "204").verdict is FAILED
    assert check_reference("It takes 204 minutes", "204").verdict is PASSED


def test_no_answer_and_no_reference_say_nothing() -> None:
    """Unverified, never failed."""
    assert check_reference("I do not know.", "5").verdict is UNVERIFIED
    assert check_reference("5", "  ").verdict is UNVERIFIED


@given(st.text(max_size=200), st.text(max_size=30))
def test_no_text_makes_it_raise(reply: str, reference: str) -> None:
    """Neither of a reply nor of a reference."""
    check_reference(reply, reference)
    check_reference(boxed(reply), reference)


def test_samples_agree_by_value() -> None:
    """Different spellings of one value are one group; a sample without an answer counts against all."""
    agreed = self_consistency([boxed("1/2"), "The answer is 0.5.", "Answer: 7", "no idea"])
    assert (agreed.answer, agreed.share) == ("1/2", 0.5)
    assert self_consistency([]).share == 0.0
    assert self_consistency(["", "?"]).answer == ""
