"""Runaway answers are noticed, honest ones are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dispatch.repetition import RepetitionDetector
from router.domain.catalog import RepetitionGuard
from router.domain.repetition import loop_period

GUARD = RepetitionGuard()
TABLE = "\n".join(f"| item {n} | {n * 17 % 101} EUR | shipped in week {n % 52} |" for n in range(400))
CODE = "\n".join(f"    values[{n}] = compute(values[{n - 1}], {n * n % 97})" for n in range(1, 300))


def caught(text: str, step: int = 7) -> bool:
    detector = RepetitionDetector(GUARD)
    return any(detector.feed(text[at : at + step]) for at in range(0, len(text), step))


@pytest.mark.parametrize(
    "unit",
    [
        "Wait, let me check again. ",
        "no ",
        "So the answer is 4.\n\n",
        "x" * 397 + "yz",
        "好的，我再想想。",
        "a",
    ],
)
def test_a_loop_is_caught(unit: str) -> None:
    """Any unit of text repeated for long enough ends the answer, whatever came before it."""
    text = "First I look at the question. " + unit * (4000 // len(unit) + 10)
    assert caught(text)
    assert loop_period(text, GUARD) is not None


@pytest.mark.parametrize("text", [TABLE, CODE, "-" * 300, "1, 2, 3, 4, 5. " * 5, "ha" * 60, ""])
def test_honest_repetition_is_left_alone(text: str) -> None:
    """Tables, similar lines of code, rules and short refrains are no loops."""
    assert not caught(text)


@given(st.text(alphabet="abcdefghij ", min_size=5, max_size=300), st.integers(1, 50))
def test_it_is_caught_within_a_bounded_length(unit: str, step: int) -> None:
    """At most `min_repeats` units, the minimum length for short ones, and one look later it is over."""
    limit = max(len(unit) * (GUARD.min_repeats + 1), GUARD.min_chars * 5) + 100
    assert caught(unit * (limit // len(unit) + 2), step)
