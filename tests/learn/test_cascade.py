"""Simulated cascades on a world whose truth is known, and on outcomes small enough to count by hand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from router.cli import main
from router.domain.cascade import at_nodes
from router.learn.cascade import Rates, elsewhere, mixed, shared_difficulty, simulate
from router.learn.tiers import Route, TierResult
from tests.learn.synthetic import write_world
from tests.learn.test_run import figures

TIERS = ("--tiers", "small=tiny,mid=middle,big=huge")
PRICES = ("--price", "tiny=0.1/0.1", "--price", "middle=1/1", "--price", "huge=10/10")
PERFECT, USELESS = Rates(0.0, 0.0), Rates(1.0, 0.0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = write_world(tmp_path_factory.mktemp("data") / "world", 600)
    return figures("--data", folder, *TIERS, *PRICES, "--cascade")


def result(right: list[list[float]], cost: list[float], chance: list[float] | None = None) -> TierResult:
    """`right[question][model]`, costs by model, and chances by model that say nothing of a question."""
    score = np.array(right)
    models = [f"m{at}" for at in range(score.shape[1])]
    price = np.tile(np.array(cost), (len(score), 1))
    said = np.tile(np.array(chance or score.mean(axis=0)), (len(score), 1))
    alone = {m: (score[:, at], price[:, at]) for at, m in enumerate(models)}
    best = max(models, key=lambda m: alone[m][0].mean())
    by = {m: said[:, at] for at, m in enumerate(models)}
    paid = {m: price[:, at] for at, m in enumerate(models)}
    folds = np.arange(len(score)) % 2
    return TierResult("hand", len(score), alone, best, {}, by, {m: alone[m][0] for m in models}, paid, folds)


def point(route: Route, score: float) -> float:
    """Least mean cost at which a setting reaches a mean score."""
    means = route.score.mean(axis=1)
    return float(route.cost.mean(axis=1)[means >= score - 1e-9].min())


def test_a_chain_is_played_on_what_really_happened() -> None:
    """Cheap is right on half, dear on all: a perfect check reaches 1 at the cheap price and half the dear."""
    found = result([[1, 1], [0, 1], [1, 1], [0, 1]], [1e-4, 1e-2], [0.5, 0.95])
    (perfect,) = simulate(found, [PERFECT])
    assert point(perfect.route, 1.0) == pytest.approx(1e-4 + 0.5 * 1e-2)
    assert point(perfect.unread, 1.0) == pytest.approx(1e-4 + 0.5 * 1e-2)
    (poor,) = simulate(found, [Rates(0.4, 0.1)])
    # right at once 0.5 x 0.9; rejected: right answers 0.5 x 0.1, wrong ones 0.5 x 0.6, dear is right then
    reached = poor.unread.score.mean(axis=1)
    assert reached[-1] == pytest.approx(0.5 * 0.9 + 0.5 * 0.1 + 0.5 * 0.6)


def test_a_check_that_passes_everything_is_routing_alone(world: dict[str, Any]) -> None:
    """Its chains are their first model: the same savings as without any check."""
    found = world["cascade"]["world"]
    useless = next(one for one in found["checks"] if one["false_accept"] == 1)
    alone = found["router_alone"]["savings"]["97%"]["value"]
    assert useless["cascade"]["savings"]["97%"]["value"] == pytest.approx(alone, abs=0.02)
    assert useless["calls_per_question"] == pytest.approx(1.0, abs=1e-6)


def test_the_better_the_check_the_more_is_saved(world: dict[str, Any]) -> None:
    """Down the grid, from perfect to useless; the perfect one beats routing alone by far."""
    found = world["cascade"]["world"]
    saved = [one["cascade"]["savings"]["97%"]["value"] for one in found["checks"]]
    assert all(one >= other - 0.02 for one, other in pairwise(saved))
    assert saved[0] > found["router_alone"]["savings"]["97%"]["value"] + 0.1


def test_a_setting_is_judged_where_it_was_not_chosen() -> None:
    """The first fold's questions are easy for the cheap model, the other's are not: chosen on one, the
    setting misses on the other, and the figure says so."""
    found = result([[1, 1], [0, 1]] * 50, [1.0, 10.0])
    cheap_or_dear = Route(
        np.stack([found.alone["m0"][0], found.alone["m1"][0]]),
        np.stack([found.alone["m0"][1], found.alone["m1"][1]]),
    )
    judged = elsewhere(found, cheap_or_dear, 0.97)
    assert judged.reached < 0.97
    assert judged.interval[0] <= judged.saved <= judged.interval[1]
    assert sum(weight for _, weight in mixed(found, cheap_or_dear, 0.97)) == pytest.approx(1.0)


def test_shared_difficulty_is_found_again() -> None:
    """Outcomes drawn with 0 and with 2 logits of hidden difficulty give about that back."""
    rng = np.random.default_rng(4)
    chance = [0.4, 0.6, 0.8]
    for shared in (0.0, 2.0):
        nodes = np.array([at_nodes(p, shared) for p in chance])
        node = rng.choice(3, size=3_000, p=[1 / 6, 4 / 6, 1 / 6])
        right = (rng.random((3_000, 3)) < nodes[:, node].T).astype(float)
        assert shared_difficulty(result(right.tolist(), [1, 2, 3], chance)) == pytest.approx(shared, abs=0.5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--check", "0.1"], "give FALSE_ACCEPT/FALSE_REJECT from 0 to 1"),
        (["--check", "2/0"], "give FALSE_ACCEPT/FALSE_REJECT from 0 to 1"),
        (["--cascade"], "need --tiers"),
    ],
)
def test_what_cannot_be_simulated_is_refused(tmp_path: Path, options: list[str], said: str) -> None:
    """With what would be right."""
    folder = write_world(tmp_path / "world", 60)
    asked = ["eval-router", "--data", str(folder), "--weak", "tiny", "--strong", "huge", *options]
    outcome = CliRunner().invoke(main, asked)
    assert outcome.exit_code == 2 and said in outcome.output


def test_the_table_and_the_plot_are_made(tmp_path: Path) -> None:
    """One row for each check, one file for each set."""
    folder = write_world(tmp_path / "world", 120)
    asked = ["eval-router", "--data", str(folder), *TIERS, *PRICES, "--check", "0.1/0.05"]
    outcome = CliRunner().invoke(main, [*asked, "--plots", str(tmp_path / "plots")])
    assert outcome.exit_code == 0, outcome.output
    assert "10.0%, 5.0%" in outcome.output and "router alone" in outcome.output
    assert (tmp_path / "plots" / "cascade-world.png").read_bytes()[:4] == b"\x89PNG"
