"""An earlier match block hides a later one only if it really takes every request of it."""

from __future__ import annotations

from datetime import time

import pytest

from router.domain.kinds import Capability, Task
from router.domain.policy import Match, Span, TimeWindow
from router.policy.reach import covers

MATH = frozenset({Task.MATH})
MATH_OR_CODE = frozenset({Task.MATH, Task.CODE})
TOOLS = frozenset({Capability.TOOLS})
TOOLS_AND_VISION = TOOLS | {Capability.VISION}
NIGHT = TimeWindow(frozenset({1}), time(20), time(6))
DAY = TimeWindow(frozenset({1}), time(6), time(20))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (Match(), Match(task=MATH)),
        (Match(task=MATH_OR_CODE), Match(task=MATH, team=("a",))),
        (Match(team=("fin*", "b")), Match(team=("finance", "fin-x*"))),
        (Match(workload=("*",)), Match(workload=("a",))),
        (Match(capabilities=TOOLS), Match(capabilities=TOOLS_AND_VISION)),
        (Match(difficulty=Span(0.5, None)), Match(difficulty=Span(0.6, 0.9))),
        (Match(input_tokens=Span(None, 100)), Match(input_tokens=Span(10, 100))),
        (Match(tags={"a": ("x*",)}), Match(tags={"a": ("xy",), "b": ("z",)})),
        (Match(time=NIGHT), Match(time=NIGHT, task=MATH)),
    ],
)
def test_the_wider_block_covers_the_narrower_and_not_the_reverse(wide: Match, narrow: Match) -> None:
    """Coverage has a direction; every block covers itself."""
    assert covers(wide, narrow)
    assert not covers(narrow, wide)
    assert covers(wide, wide)
    assert covers(narrow, narrow)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Match(task=MATH), Match(team=("a",))),
        (Match(team=("a",)), Match(team=("a*",), task=MATH)),
        (Match(difficulty=Span(0.5, 0.7)), Match(difficulty=Span(0.6, 0.8))),
        (Match(tags={"a": ("x",)}), Match(tags={"b": ("x",)})),
        (Match(time=NIGHT), Match(time=DAY)),
    ],
)
def test_blocks_that_only_overlap_do_not_cover(first: Match, second: Match) -> None:
    """A rule that still gets some requests is never called unreachable."""
    assert not covers(first, second)
    assert not covers(second, first)
