"""Agreement with public question sets: floors a little under what was measured, not targets.

Needs the question sets beside the project and is skipped without them. The sets are read, never copied.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from router.classify.heuristic import HeuristicClassifier
from router.domain.kinds import Task
from tests.classify.cases import user

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public question sets are not here")

TASKS: dict[str, tuple[Task, float]] = {
    # Set: the task its questions are, and the least share read as that task.
    "gsm8k": (Task.MATH, 0.75),
    "gsm": (Task.MATH, 0.75),
    "agentverse-mgsm": (Task.MATH, 0.95),
    "math": (Task.MATH, 0.8),
    "math-l5": (Task.MATH, 0.85),
    "agentverse-logicgrid": (Task.MATH, 0.9),
    "mbpp": (Task.CODE, 0.95),
    "human_eval": (Task.CODE, 0.95),
    "crux": (Task.CODE, 0.95),
    "arc_challenge": (Task.KNOWLEDGE, 0.9),
    "openbook_qa": (Task.KNOWLEDGE, 0.9),
    "commonsense_qa": (Task.KNOWLEDGE, 0.9),
    "natural_qa": (Task.KNOWLEDGE, 0.9),
    "trivia_qa": (Task.KNOWLEDGE, 0.9),
    "commongen": (Task.WRITING, 0.9),
}
BENCHMARKS = (
    ("ifeval", {Task.INSTRUCTION}, 0.6),
    ("ifeval", {Task.INSTRUCTION, Task.WRITING}, 0.8),
    ("livecodebench_v5", {Task.CODE}, 0.9),
    ("aime24", {Task.MATH}, 0.95),
    ("aime25", {Task.MATH}, 0.95),
)
SPEARMAN = {
    # File: the least rank correlation of difficulty with the mean failure rate over its models.
    "llmrouter": 0.30,
    "routellm-mmlu": 0.23,
    "zeroeval-math-l5": 0.18,
    "zeroeval-crux": 0.08,
    "zeroeval-gsm": 0.05,
}


def rows(path: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / f"{path}.jsonl.gz", "rt") as lines:
        yield from map(json.loads, lines)


def ranks(values: Sequence[float]) -> list[float]:
    """Average ranks, ties shared."""
    order = sorted(range(len(values)), key=values.__getitem__)
    places: dict[float, list[int]] = defaultdict(list)
    for place, index in enumerate(order):
        places[values[index]].append(place)
    mean = {value: fmean(at) for value, at in places.items()}
    return [mean[value] for value in values]


def spearman(one: Sequence[float], two: Sequence[float]) -> float:
    a, b = ranks(one), ranks(two)
    middle = (len(a) - 1) / 2
    products = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    squares = sum((x - middle) ** 2 for x in a) * sum((y - middle) ** 2 for y in b)
    return float(products / squares**0.5)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[tuple[str, Task, float, float]]]:
    """File -> (set, task read, difficulty read, mean failure rate) of each question."""
    classifier = HeuristicClassifier()
    found = defaultdict(list)
    for path in sorted((DATA / "outcomes").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        for row in rows(f"outcomes/{name}"):
            signals = classifier.classify(user(row["prompt"]))
            failed = 1 - fmean(outcome["score"] for outcome in row["outcomes"].values())
            found[name].append((row["task"], signals.task, signals.difficulty, failed))
    return found


def test_tasks_agree_with_the_sets(outcomes: dict[str, list[tuple[str, Task, float, float]]]) -> None:
    """Each set's questions are read as its task at least as often as stated; MMLU's mostly as knowledge."""
    read: dict[str, list[Task]] = defaultdict(list)
    for questions in outcomes.values():
        for name, task, _, _ in questions:
            read[name.split("/")[0]].append(task)
    shares = {name: fmean(t is task for t in read[name]) for name, (task, _) in TASKS.items()}
    assert {n: s for n, s in shares.items() if s < TASKS[n][1]} == {}
    assert fmean(t in (Task.KNOWLEDGE, Task.MATH) for t in read["mmlu"]) > 0.9


@pytest.mark.parametrize(("name", "least"), SPEARMAN.items())
def test_difficulty_orders_like_failures(
    outcomes: dict[str, list[tuple[str, Task, float, float]]], name: str, least: float
) -> None:
    """Within one file, what is read as harder fails more often."""
    questions = outcomes[name]
    assert spearman([q[2] for q in questions], [q[3] for q in questions]) > least


def test_difficulty_orders_like_failures_over_everything(
    outcomes: dict[str, list[tuple[str, Task, float, float]]],
) -> None:
    """Pooled over files, whose models differ, the order still holds."""
    questions = [q for file in outcomes.values() for q in file]
    assert spearman([q[2] for q in questions], [q[3] for q in questions]) > 0.22


@pytest.mark.parametrize(("name", "tasks", "least"), BENCHMARKS)
def test_benchmark_prompts_are_read_as_what_they_are(
    classifier: HeuristicClassifier, name: str, tasks: set[Task], least: float
) -> None:
    """Instruction, code and competition prompts are read as such."""
    assert (
        fmean(classifier.classify(user(r["prompt"])).task in tasks for r in rows(f"benchmarks/{name}"))
        > least
    )


def test_competition_problems_are_hard(classifier: HeuristicClassifier) -> None:
    """AIME is read as harder than grade-school problems, by a clear margin."""
    aime = fmean(classifier.classify(user(r["prompt"])).difficulty for r in rows("benchmarks/aime24"))
    grade_school = fmean(
        classifier.classify(user(r["prompt"])).difficulty for r in rows("outcomes/routellm-gsm8k")
    )
    assert aime > 0.6
    assert aime > grade_school + 0.25
