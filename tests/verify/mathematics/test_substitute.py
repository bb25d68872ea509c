"""Without a reference: arithmetic is computed, solutions are put into their equation, the rest is left."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import Verdict
from router.verify.mathematics.substitute import check_problem

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("problem", "reply", "verdict"),
    [
        ("What is 17 * 23? Answer with the number.", "391", PASSED),
        ("What is 17 * 23?", "It is 390.", FAILED),
        ("Calculate 2^10 - 24.", "**1000**", PASSED),
        ("What is 15% of 80?", "12", PASSED),
        (r"What is the value of $\frac{1}{4} + \frac{3}{8}$?", r"\boxed{\frac{5}{8}}", PASSED),
        ("What is 2/3?", "about 0.67", UNVERIFIED),
        ("What is 17 * 23? Round to the nearest ten.", "390", UNVERIFIED),
        ("What is 17 * 23 in binary?", "110000111", UNVERIFIED),
        ("What is 42?", "The answer is 6 * 7.", UNVERIFIED),
        ("What is the capital of France?", "Paris", UNVERIFIED),
        ("Solve for x: x^2 - 5x + 6 = 0", r"\boxed{x=2} and \boxed{x=3}", PASSED),
        ("Solve for x: x^2 - 5x + 6 = 0", "The answer is x = 2 or x = 3.", PASSED),
        ("Solve for x: x^2 - 5x + 6 = 0", r"\boxed{2}", FAILED),
        ("Solve for x: x^2 - 5x + 6 = 0", r"\boxed{2, 4}", FAILED),
        ("Solve for x: x^2 - 5x + 6 = 0", "Let us factor it: (x - 2)(x - 3).", UNVERIFIED),
        ("Solve x^2 - 2x + 1 = 0.", r"\boxed{1}", PASSED),
        ("Solve x^3 = 8.", r"\boxed{2}", UNVERIFIED),
        ("Find all real solutions to $x^3 = 8$.", r"\boxed{2}", PASSED),
        ("Solve x^2 = 2", r"\boxed{\pm\sqrt{2}}", UNVERIFIED),
        ("Solve for y: 2x = 4", r"\boxed{2}", UNVERIFIED),
        ("Solve 3x + 5 = 20. Please reason step by step.", "The solution is $x = 5$.", PASSED),
        ("Solve 3x + 5 = 20 and give the positive square root of x.", r"\boxed{5}", UNVERIFIED),
    ],
)
def test_only_what_is_certain_gets_a_verdict(problem: str, reply: str, verdict: Verdict) -> None:
    """One word too many and there is none."""
    assert check_problem(reply, problem).verdict is verdict


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=4))
def test_the_roots_an_equation_was_made_of_pass(roots: list[int]) -> None:
    """All of them; one left out or one changed fails."""
    equation = f"Solve {''.join(f'(x - {r})' if r >= 0 else f'(x + {-r})' for r in roots)} = 0."
    distinct = sorted(set(roots))
    assert check_problem(rf"\boxed{{{', '.join(map(str, distinct))}}}", equation).verdict is PASSED
    assert check_problem(rf"\boxed{{{', '.join(map(str, [*distinct, 7]))}}}", equation).verdict is FAILED
    if len(distinct) > 1:
        assert check_problem(rf"\boxed{{{distinct[0]}}}", equation).verdict is FAILED


@given(st.lists(st.integers(1, 99), min_size=2, max_size=4))
def test_a_product_is_computed(factors: list[int]) -> None:
    """Exactly."""
    problem = f"What is {' * '.join(map(str, factors))}?"
    assert check_problem(str(Fraction(prod(factors))), problem).verdict is PASSED
    assert check_problem(str(prod(factors) + 1), problem).verdict is FAILED


@given(st.text(alphabet="What is solve for x:0123+-*/^=?. ", max_size=80), st.text(max_size=40))
def test_no_text_makes_it_raise(problem: str, reply: str) -> None:
    """Neither of a problem nor of a reply."""
    check_problem(reply, problem)
    check_problem(rf"\boxed{{{reply}}}", "Solve x^2 = " + problem)
