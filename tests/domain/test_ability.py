"""Estimates of abilities: what more evidence, agreement and contradiction do to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.ability import Estimate, Evidence, Source, combined, counted, logit, pooled, sigmoid

MEANS = st.floats(-6, 6)
VARIANCES = st.floats(0.01, 9)
SOURCES = st.builds(Source, MEANS, VARIANCES, st.just("x"), st.booleans())
COUNTS = st.integers(1, 10_000).flatmap(lambda n: st.builds(Evidence, st.integers(0, n), st.just(n)))


@given(st.floats(-1000, 1000), st.floats(0, 1))
def test_logit_and_sigmoid_stay_within_bounds(x: float, p: float) -> None:
    """Every logit gives a share of 0 to 1, and a share comes back but for the floor."""
    assert 0.0 <= sigmoid(x) <= 1.0
    assert sigmoid(logit(p)) == pytest.approx(min(0.999, max(0.001, p)))


@given(st.lists(SOURCES, min_size=1, max_size=6))
def test_an_estimate_lies_between_its_sources(sources: list[Source]) -> None:
    """The mean is a mean, the interval holds it, and everything is a share."""
    estimate = combined(sources)
    means = [source.mean for source in sources]
    assert min(means) - 1e-9 <= estimate.mean <= max(means) + 1e-9
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.n >= 0


@given(COUNTS, st.integers(0, 1), st.floats(0, 1))
def test_one_more_outcome_narrows_the_interval(evidence: Evidence, right: int, between: float) -> None:
    """Right or wrong, another outcome says something."""
    more = Evidence(evidence.right + right, evidence.n + 1)
    assert counted(more, between, "").variance < counted(evidence, between, "").variance


@given(SOURCES, st.floats(0.01, 9))
def test_another_source_that_agrees_narrows_the_interval(source: Source, variance: float) -> None:
    """Agreement adds precision."""
    estimate = combined([source, Source(source.mean, variance, "y")])
    assert estimate.sd < combined([source]).sd
    assert estimate.mean == pytest.approx(source.mean)


@given(MEANS, st.floats(0.5, 6))
def test_sources_that_conflict_widen_the_interval(mean: float, apart: float) -> None:
    """Two sources far apart are less sure together than two that agree, and a wrong prior is no conflict."""
    first, second = Source(mean, 0.05, "a"), Source(mean + apart, 0.05, "b")
    agreeing = combined([first, Source(mean, 0.05, "b")])
    assert combined([first, second]).sd > agreeing.sd
    guess = Source(mean + apart, 0.05, "b", prior=True)
    assert combined([first, guess]).sd == pytest.approx(agreeing.sd)


@given(st.integers(30, 5_000), st.floats(0.2, 0.8))
def test_effective_outcomes_of_a_count_are_its_outcomes(n: int, share: float) -> None:
    """An estimate from n outcomes alone says that it is worth n outcomes."""
    source = counted(Evidence(share * n, n), 0.0, "")
    estimate = Estimate(source.mean, source.variance**0.5, "")
    assert estimate.n == pytest.approx(n, rel=0.1)


def test_known_figures() -> None:
    """50 of 62 right: ln(50.5 / 12.5) = 1.396, variance 1/50.5 + 1/12.5 = 0.0998; words keep their order."""
    source = counted(Evidence(50, 62), 0.0, "62 ledger outcomes")
    assert (source.mean, source.variance) == (pytest.approx(1.396, abs=1e-3), pytest.approx(0.0998, abs=1e-4))
    estimate = combined([source, Source(0.0, 1.0, "declared 0.5", prior=True)])
    assert estimate.mean == pytest.approx(1.2694, abs=1e-3)
    assert estimate.provenance == "62 ledger outcomes; declared 0.5"


def test_pooling_does_not_pretend_independence() -> None:
    """The mean of two abilities of one model is no surer than either."""
    both = pooled([Estimate(1.0, 0.4, "a"), Estimate(2.0, 0.6, "b")], "mean")
    assert (both.mean, both.sd, both.provenance) == (1.5, 0.5, "mean")
