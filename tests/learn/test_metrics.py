"""The measures on cases whose value is known."""

from __future__ import annotations

import numpy as np
import pytest

from router.learn.metrics import auc, calibration_error, pair_curve
from router.learn.tiers import Route, TierResult

RNG = np.random.default_rng(1)


def test_a_random_order_recovers_half_of_the_gap() -> None:
    """APGR of noise is 0.5, and half of the calls recover half of the gap."""
    weak, strong = (RNG.random((2, 40_000)) < np.array([[0.4], [0.8]])).astype(float)
    curve = pair_curve(RNG.random(40_000), weak, strong)
    assert curve.apgr() == pytest.approx(0.5, abs=0.02)
    assert curve.cpt(0.5) == pytest.approx(0.5, abs=0.03)


def test_an_order_by_the_true_gain_recovers_more_than_the_gap() -> None:
    """Questions that only the weak model got right let a perfect router beat the strong one."""
    weak, strong = (RNG.random((2, 5_000)) < np.array([[0.5], [0.7]])).astype(float)
    assert pair_curve(strong - weak, weak, strong).apgr() > 1.0
    assert pair_curve(weak - strong, weak, strong).apgr() < 0.0


def test_auc_of_known_orders() -> None:
    """1 for a perfect order, 0 for its reverse, 0.5 where all are tied, unknown where all are alike."""
    right = np.array([0.0, 0.0, 1.0, 1.0])
    assert auc(np.array([0.1, 0.2, 0.3, 0.4]), right) == 1.0
    assert auc(np.array([0.4, 0.3, 0.2, 0.1]), right) == 0.0
    assert auc(np.full(4, 0.3), right) == 0.5
    assert np.isnan(auc(np.array([0.1, 0.2]), np.ones(2)))


def test_calibration_error_is_the_gap_between_said_and_seen() -> None:
    """Zero for honest chances, the offset for chances that are off by it."""
    p = RNG.random(100_000)
    right = (RNG.random(100_000) < p).astype(float)
    assert calibration_error(p, right) < 0.01
    assert calibration_error(np.full(1000, 0.7), np.full(1000, 0.5)) == pytest.approx(0.2)


def test_savings_and_hull_of_two_models() -> None:
    """Mixing a cheap and a dear model is a line: 90% of the best score costs what the line says."""
    score = np.stack([np.full(10, 0.5), np.full(10, 1.0)])
    cost = np.stack([np.full(10, 1.0), np.full(10, 11.0)])
    alone = {name: (score[at], cost[at]) for at, name in enumerate(("cheap", "dear"))}
    routes = {"both": Route(score, cost), "cheap": Route(score[:1], cost[:1] * 20)}
    result = TierResult("set", 10, alone, "dear", routes, {}, {}, {}, np.zeros(10, dtype=np.int64))
    assert result.savings("both", 0.9) == pytest.approx((1 - 9.0 / 11.0,) * 3)
    assert result.savings("cheap", 0.9) == pytest.approx((0.0,) * 3)
    assert routes["both"].aiq() == pytest.approx(0.75)
