"""Accuracy with its interval over the cost of a question, one point per model, as a PNG file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from router.domain.money import as_usd
from router.suites.scorecard import Row, Scores


def draw(file: Path, suite: str, rows: Sequence[Row], scores: Scores) -> None:
    """Models whose cost is unknown are left out. Published scores are hollow marks. Raises OSError."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    costs = [_cost(row) for row in rows]
    for row, cost in zip(rows, costs, strict=True):
        if row.accuracy is None or cost is None:
            continue
        share = 100 * row.accuracy
        bars = [[share - 100 * row.low], [100 * row.high - share]]
        axes.errorbar([cost], [share], yerr=bars, fmt="o", color="#0072B2", capsize=4)
        name = f"{row.asked} (simulated)" if row.simulated else row.asked
        axes.annotate(name, (cost, share), xytext=(8, 4), textcoords="offset points")
        for score in scores.get(row.asked, ()):
            axes.plot([cost], [score.score], "D", mfc="none", color="#D55E00", markersize=7)
    if all(cost is None or cost > 0 for cost in costs):
        axes.set_xscale("log")
    axes.set_ylim(-3, 103)
    axes.set_xlabel("US dollars per 1,000 questions")
    axes.set_ylabel("right, % (90% interval); hollow: published")
    axes.set_title(suite)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120, format="png")


def _cost(row: Row) -> float | None:
    """US dollars per 1,000 questions."""
    answered = row.n + row.unverified
    return None if row.cost is None or not answered else float(as_usd(row.cost)) / answered * 1000
