"""The instruments that judge the verifiers: intervals, tallies and labelled cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.domain.kinds import Verdict
from tests.bench.verify import math_cases, texts, tool_cases
from tests.bench.verify.ifeval_texts import prose
from tests.bench.verify.stats import Tally, share, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilsons_interval(hits: int, n: int, low: float, high: float) -> None:
    """As published for small samples; everything of nothing."""
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_a_tally_counts_what_is_false() -> None:
    """A right answer that failed and a wrong one that passed; unverified is neither."""
    tally = Tally("t")
    for is_right, verdict in ((True, Verdict.FAILED), (False, Verdict.PASSED), (True, Verdict.UNVERIFIED)):
        tally.add(is_right, verdict, "x")
    assert tally.mistakes == ["false reject: x", "false accept: x"]
    assert tally.row() == ["t", "3", share(1, 1), share(1, 2), share(1, 2), share(0, 1)]


def test_the_labelled_cases_are_many_and_of_both_kinds() -> None:
    """At least as many as the document claims, right and wrong."""
    formulas = [case for name in math_cases.TABLES for case in math_cases.table_cases(name)]
    calls = list(tool_cases.cases(60))
    refusals = [*texts.refusals("refusal_texts.txt"), *texts.refusals("refusal_held_out.txt")]
    for cases, least in ((formulas, 600), (calls, 1_000), (refusals, 120), (list(texts.loops()), 70)):
        labels = [bool(case[2] if len(case) > 2 else case[1]) for case in cases]
        assert len(labels) >= least
        assert 0.3 < sum(labels) / len(labels) < 0.7
    assert not list(math_cases.aime_cases(Path("/nowhere")))
    assert len(prose(100).split()) == 100
