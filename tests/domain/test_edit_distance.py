"""The distance is Levenshtein's, by the bit-parallel algorithm as by the table in every textbook."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.edit_distance import LONGEST, levenshtein, normalised

TEXTS = st.text("abcä€😀", max_size=40)


def textbook(one: str, other: str) -> int:
    """The whole table, row by row (Wagner and Fischer, 1974)."""
    above = list(range(len(other) + 1))
    for row, a in enumerate(one, 1):
        here = [row]
        for column, b in enumerate(other, 1):
            here.append(min(above[column] + 1, here[-1] + 1, above[column - 1] + (a != b)))
        above = here
    return above[-1]


@given(TEXTS, TEXTS)
def test_equals_the_textbook(one: str, other: str) -> None:
    """On any two texts, in both directions."""
    assert levenshtein(one, other) == levenshtein(other, one) == textbook(one, other)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_common_ends_do_not_count(start: str, one: str, other: str, end: str) -> None:
    """Taking off what both begin and end with changes nothing."""
    longer = max(len(start + one + end), len(start + other + end)) or 1
    assert normalised(start + one + end, start + other + end) == textbook(one, other) / longer


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [
        ("", "", 0.0),
        ("same", "same", 0.0),
        ("abc", "xyz", 1.0),
        ("kitten", "sitting", 3 / 7),
        ("", "ab", 1.0),
    ],
)
def test_normalised(before: str, after: str, distance: float) -> None:
    """0 for the same text, 1 where nothing is kept."""
    assert normalised(before, after) == distance


def test_too_long_is_unknown() -> None:
    """More than can be compared in good time is unknown, never 0; a long text with a small change is not."""
    assert normalised("a" * (LONGEST + 1), "b" * (LONGEST + 1)) is None
    assert normalised("a" * 5 * LONGEST + "b", "a" * 5 * LONGEST + "c") == 1 / (5 * LONGEST + 1)
