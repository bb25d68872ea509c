"""P(success) against public outcomes, with a perfect reading: what the formula itself is worth.

Each model in turn is left out; low and high are what the weaker and the stronger half of the others really
got on the question, and the model's ability is its own mean. So this measures the curve, not a query model,
which has to read low and high from text. Needs the question sets beside the project and is skipped without
them.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from router.domain.ability import logit, sigmoid
from router.domain.kinds import Task
from router.domain.reading import Reading
from router.domain.success import curve_of
from router.learn.panel import stretch_beyond

DATA = Path(__file__).parents[3] / "shared" / "data" / "outcomes"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public question sets are not here")

Scores = dict[str, float]


def questions(name: str) -> tuple[list[Scores], list[str]]:
    """Scores by model of every question, and the models that answered all of them."""
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [{m: o["score"] for m, o in json.loads(line)["outcomes"].items()} for line in lines]
    return rows, [model for model in rows[0] if all(model in row for row in rows)]


def share(row: Scores, models: Sequence[str]) -> float:
    """Share of `models` that got it right, kept off 0 and 1 by half a model each way."""
    return (sum(row[m] for m in models) + 0.5) / (len(models) + 1)


def left_out(rows: list[Scores], models: list[str], model: str) -> Iterator[tuple[float, float]]:
    """P(success) and score of the left-out model on every question."""
    mean = {m: fmean(row[m] for row in rows) for m in models}
    others = sorted((m for m in models if m != model), key=mean.__getitem__)
    weaker, stronger = others[: len(others) // 2], others[len(others) // 2 :]
    lows, highs = [share(row, weaker) for row in rows], [share(row, stronger) for row in rows]
    usual = fmean(lows), fmean(highs)
    beyond = stretch_beyond(np.array([lows, highs]).T)
    for row, low, high in zip(rows, lows, highs, strict=True):
        curve = curve_of(Reading({Task.OTHER: 1.0}, low, high, *usual, 1.0, {}, beyond=beyond))
        yield sigmoid(curve.at(logit(mean[model]))), row[model]


@pytest.mark.parametrize("name", ["zeroeval-gsm", "zeroeval-math-l5", "zeroeval-crux", "llmrouter"])
def test_with_a_perfect_reading_chances_are_calibrated(name: str) -> None:
    """Expected calibration error at most 0.03 over ten bins (measured: 0.010, 0.013, 0.023, 0.020)."""
    rows, models = questions(name)
    bins: defaultdict[int, list[float]] = defaultdict(list)
    for model in models:
        for p, score in left_out(rows, models, model):
            bins[min(9, int(10 * p))].append(p - score)
    total = sum(map(len, bins.values()))
    assert sum(abs(sum(found)) for found in bins.values()) / total <= 0.03
