"""Arithmetic and polynomials are read exactly, and what could be read in two ways is not read."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.verify.mathematics.expression import read
from router.verify.mathematics.polynomial import Polynomial, Unreadable, multiply, remainder


@pytest.mark.parametrize(
    ("text", "coefficients"),
    [
        ("17 * 23", [391]),
        ("2^10 - 24", [1000]),
        ("-3 + 5", [2]),
        ("-2^2", [-4]),
        ("1,000 / 8", [125]),
        (r"\frac{1}{4} + \frac{3}{8}", [Fraction(5, 8)]),
        ("2(3 + 4)", [14]),
        (r"3 \times (2 - 5) \div 9", [-1]),
        ("x^2 - 5x + 6", [6, -5, 1]),
        ("(x - 1)(x + 1)", [-1, 0, 1]),
        (r"\left(2x\right)^{3}", [0, 0, 0, 8]),
        ("x/2 + 0.5", [Fraction(1, 2), Fraction(1, 2)]),
        ("5 - 5", []),
    ],
)
def test_what_is_plain_is_read(text: str, coefficients: list[Fraction]) -> None:
    """Signs, powers, fractions, brackets and implied products."""
    assert read(text).coefficients == tuple(map(Fraction, coefficients))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1/2x",
        "3 1/2",
        "2^3^2",
        "17 x 23",
        "x3",
        "xy",
        "2^x",
        "1/x",
        "1/0",
        "(1",
        "1)",
        "9^64^9",
        "9^65",
        "x^9",
        "3 - -2",
        "five",
        "((((" * 99,
    ],
)
def test_what_is_not_plain_is_refused(text: str) -> None:
    """Ambiguous, with two unknowns, too large or nothing of the kind."""
    with pytest.raises(Unreadable):
        read(text)


@given(st.text(alphabet="0123456789.,+-*/^()xy {}\\frac", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other error comes out."""
    with contextlib.suppress(Unreadable):
        read(text)


@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=4), st.lists(st.integers(-5, 5), min_size=1, max_size=3)
)
def test_a_remainder_is_what_division_leaves(one: list[int], other: list[int]) -> None:
    """A multiple leaves none; the degree goes down."""
    left, right = (Polynomial(tuple(map(Fraction, [*c, 1])), "x") for c in (one, other))
    assert remainder(multiply(left, right), right).degree == -1
    assert remainder(left, right).degree < right.degree
