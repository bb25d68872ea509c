"""Comparison outside the sandbox: right about values, and safe on whatever comes out."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.verify.code.compare import matches, same_output
from router.verify.code.jail.codec import NotPlain, decode, encode

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = SCALARS | st.tuples(SCALARS, SCALARS) | st.frozensets(SCALARS, max_size=3)
VALUES = st.recursive(
    SCALARS
    | st.complex_numbers(allow_nan=False)
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_survives_and_matches_itself(value: Any) -> None:
    """Whatever plain value it is."""
    assert decode(encode(value)) == value
    assert matches(encode(value), value)


@given(VALUES, VALUES)
def test_it_matches_exactly_what_is_equal(one: Any, other: Any) -> None:
    """As `==` has it."""
    assert matches(encode(one), other) is bool(one == other)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from("ifltdezqbcDFrT")
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=10,
)


@given(JUNK, VALUES)
def test_junk_from_the_sandbox_is_no_match_and_no_error(junk: Any, expected: Any) -> None:
    """Anybody in there may have written it."""
    assert isinstance(matches(junk, expected), bool)


def test_values_that_collide_cost_no_time() -> None:
    """Numbers with equal hashes would make a set of them take minutes."""
    colliding = [["i", format(n * (2**61 - 1), "x")] for n in range(1, 30_000)]
    started = time.monotonic()
    assert not matches(["e", colliding], {1, 2, 3})
    assert not matches(["d", [[n, None] for n in colliding]], {1: 2})
    assert time.monotonic() - started < 5


def test_a_value_without_end_is_not_plain() -> None:
    """Neither one that holds itself, nor one whose parts double at each step."""
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises((RecursionError, NotPlain)):
        encode(circle)
    doubling: list[Any] = []
    for _ in range(60):
        doubling = [doubling, doubling]
    with pytest.raises(NotPlain):
        encode(doubling)


@pytest.mark.parametrize(
    ("got", "wanted", "same"),
    [
        ("1 2\n", "1 2", True),
        ("1 2  \n\n", "1 2\n", True),
        ("1  2", "1 2", True),
        ("1\n2", "1 2", False),
        ("", "", True),
        ("x", "", False),
        ("1.50", "1.5", True),
        ("0.333333", "0.333334", False),
        ("007", "7", False),
        ("1e3", "1000.0", True),
        ("nan", "nan", True),
        ("1.5e999999999", "1.5", False),
        ("YES", "yes", False),
    ],
)
def test_output_is_compared_by_lines_and_numbers(got: str, wanted: str, same: bool) -> None:
    """White space at the end does not matter, nor how a decimal number is written."""
    assert same_output(got, wanted) is same


def test_a_tolerance_is_the_caller_s_to_give() -> None:
    """Relative above one, absolute below."""
    assert same_output("1000.0004", "1000", 1e-6)
    assert not same_output("1000.4", "1000", 1e-6)
