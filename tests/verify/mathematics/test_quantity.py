"""Plain numbers are read exactly, with their unit; anything else is left alone."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.verify.mathematics.notation import clean
from router.verify.mathematics.quantity import quantity


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("204", 204, ""),
        ("-0.50", Fraction(-1, 2), ""),
        (".5", Fraction(1, 2), ""),
        ("1,234,567", 1234567, ""),
        ("1{,}234", 1234, ""),
        ("3/4", Fraction(3, 4), ""),
        (r"-\dfrac{3}{4}", Fraction(-3, 4), ""),
        (r"\frac34", Fraction(3, 4), ""),
        (r"2\frac{1}{2}", Fraction(5, 2), ""),
        ("2 1/2", Fraction(5, 2), ""),
        (r"1.5 \times 10^{3}", 1500, ""),
        ("2e-3", Fraction(1, 500), ""),
        (r"50\%", 50, "%"),
        ("50 percent", 50, "%"),
        (r"204\text{ minutes}", 204, "min"),
        ("3 cm^2", 3, "cm2"),
        ("90^\\circ", 90, "deg"),
        ("90°", 90, "deg"),
        (r"\$12.50", Fraction(25, 2), "usd"),
        ("12 dollars", 12, "usd"),
        ("5 square units", 5, ""),
        ("$7$.", 7, ""),
    ],
)
def test_numbers_are_exact(text: str, number: Fraction, unit: str) -> None:
    """Integers, decimals, fractions, mixed numbers, powers of ten, percentages, money and units."""
    found = quantity(clean(text))
    assert found is not None
    assert (found.number, found.unit) == (number, unit)


@pytest.mark.parametrize(
    "text", ["", "x", "2x", "1,23", "1/0", r"\sqrt{2}", "1, 2", "(1,2)", "2^{10}", "1.2.3", "5 = 5"]
)
def test_what_is_no_plain_number_is_left_to_the_library(text: str) -> None:
    """Formulas, lists, variables and a division by zero."""
    assert quantity(clean(text)) is None


@given(st.fractions(), st.sampled_from(["{}", "${}$", "**{}**", "{}."]))
def test_a_fraction_is_itself_in_any_wrapping(number: Fraction, wrapping: str) -> None:
    """What Python prints of a fraction is read back exactly."""
    found = quantity(clean(wrapping.format(number)))
    assert found is None or found.number == number
    assert found is not None or len(str(number)) > 100
