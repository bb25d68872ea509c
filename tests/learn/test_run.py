"""`tiergate train` and `tiergate eval-router` as a user runs them, on a world whose truth is known."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.classify.features import extract
from router.classify.query_model import load
from router.cli import main
from tests.learn.synthetic import write_world

PAIR = ("--weak", "minor", "--strong", "huge")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("data") / "world", 600)


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def figures(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("eval-router", *arguments, "--json"))
    return found


def test_a_pair_is_routed_by_what_was_learned(world: Path) -> None:
    """With labels and without any, the router beats chance; the oracle beats the router."""
    for labels in ((), ("--labels", 0), ("--labels", 150)):
        found = figures("--data", world, *PAIR, *labels)["pair"]["sets"]["world"]
        assert 0.55 < found["apgr"] < found["apgr_oracle"], labels
        assert found["questions"] == 600
        assert found["apgr_interval_90"][0] < found["apgr"] < found["apgr_interval_90"][1]
    assert found["expected_calibration_error"]["strong"] < 0.1


def test_the_same_seed_gives_the_same_figures(world: Path) -> None:
    """And another one another split."""
    one, two = (figures("--data", world, *PAIR, "--seed", 3) for _ in range(2))
    assert one == two
    assert figures("--data", world, *PAIR, "--seed", 4)["pair"] != one["pair"]


def test_labels_that_are_noise_teach_nothing(tmp_path: Path) -> None:
    """Shuffled outcomes give chance: no figure leaks from the questions it is measured on."""
    path = write_world(tmp_path / "noise", 800, seed=5)
    lines = [json.loads(line) for line in read_lines(path / "world.jsonl.gz")]
    outcomes = [line["outcomes"] for line in lines]
    for line, other in zip(lines, outcomes[1:] + outcomes[:1], strict=True):
        line["outcomes"] = other
    (path / "world.jsonl.gz").unlink()
    (path / "world.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert figures("--data", path, *PAIR)["pair"]["sets"]["world"]["apgr"] == pytest.approx(0.5, abs=0.07)


def read_lines(path: Path) -> list[str]:
    with gzip.open(path, "rt") as lines:
        return list(lines)


def test_tiers_give_a_cost_quality_curve(world: Path, tmp_path: Path) -> None:
    """Savings grow as less quality is asked for, the oracle saves most, and the plots are there."""
    tiers = ("--tiers", "small=tiny,reasoning=major,frontier=huge")
    prices = [f"--price={m}={p}/{p}" for m, p in (("tiny", 0.1), ("major", 1), ("huge", 10))]
    found = figures("--data", world, *tiers, *prices)["tiers"]["sets"]["world"]
    saved = {n: [s["value"] for s in r["savings"].values()] for n, r in found["routes"].items()}
    assert found["best_single"] == "huge"
    assert saved["router"] == sorted(saved["router"], reverse=True)
    assert all(o >= r for o, r in zip(saved["oracle"], saved["router"], strict=True))
    assert saved["router"][0] > 0.15
    shown = run("eval-router", "--data", world, *tiers, *prices, "--plots", tmp_path / "plots")
    assert "of the oracle's" in shown
    assert (tmp_path / "plots" / "tiers-world.png").stat().st_size > 10_000


def test_a_successor_is_read_better_the_more_is_known_of_it(world: Path) -> None:
    """Its mean is met within the interval, all labels order its answers at least about as well, and a few
    dozen answers lose nothing of the order that one published score gives."""
    found = figures("--data", world, "--leave-out", "major", "--calibration", 50)["successor"]["sets"][
        "world"
    ]
    assert list(found) == ["published", "50 prompts, ability", "50 prompts", "all labels"]
    assert found["50 prompts"]["auc"] > found["published"]["auc"] - 0.03
    assert found["published"]["met"] and found["published"]["auc"] > 0.6
    assert found["all labels"]["auc"] > found["50 prompts"]["auc"] - 0.03


def test_only_the_sets_asked_for_are_measured(tmp_path: Path) -> None:
    """Of a pair and of a successor; the other sets are still learned from."""
    data = write_world(write_world(tmp_path, 120, source="one"), 120, seed=9, source="two")
    found = figures("--data", data, *PAIR, "--leave-out", "major", "--sets", "two", "--folds", 2)
    assert list(found["pair"]["sets"]) == list(found["successor"]["sets"]) == ["two"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what to measure"),
        (("--weak", "minor"), "go together"),
        (("--weak", "minor", "--strong", "absent"), "no outcome of 'absent'; the data has grand, huge"),
        (("--tiers", "small"), "is not NAME=MODEL"),
        (("--tiers", "a=tiny,b=huge"), "no price of tiny"),
        (("--tiers", "a=tiny,b=huge", "--price", "tiny"), "is not MODEL=INPUT/OUTPUT"),
        ((*PAIR, "--sets", "moon"), "no question set 'moon'; the data has world"),
    ],
)
def test_what_cannot_be_measured_is_said(world: Path, arguments: tuple[str, ...], said: str) -> None:
    """Wrong names and missing options end with a sentence, not a trace."""
    result = CliRunner().invoke(main, ["eval-router", "--data", str(world), *arguments])
    assert result.exit_code in (1, 2)
    assert said in " ".join(result.output.replace("│", " ").split())


def test_training_writes_a_model_and_its_card(world: Path, tmp_path: Path) -> None:
    """The file loads, orders hard before easy, and the card says where it came from."""
    out = tmp_path / "model"
    shown = run(
        "train", "--data", world, "--out", out, "--folds", 2, "--features", 50, "--head", "mine=grand"
    )
    assert "query-model.npz" in shown
    model = load(out / "query-model.npz")
    hard, easy = (
        model.read(text, extract(text, len(text)))
        for text in (
            "Question 9: prove galois lemma manifold prove lemma please.",
            "Question 9: apples shop count left shop apples please.",
        )
    )
    assert hard.low < easy.low and hard.high < easy.high
    assert hard.heads["mine"] < easy.heads["mine"]
    card = json.loads((out / "card.json").read_text())
    assert card["sets"] == {"world": 600} and card["features"] == 50
    assert card["held_out"]["world"]["high"]["auc"] > 0.6
