"""Plots of what was measured, as PNG files, in the Okabe-Ito colours, which the colour-blind can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from router.learn.evaluate import PairResult
from router.learn.metrics import calibration
from router.learn.tiers import TierResult

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLES = {"router": ("#0072B2", "-"), "task table": ("#E69F00", "--"), "oracle": ("#009E73", ":")}


def draw_pair(folder: Path | None, results: Sequence[PairResult]) -> None:
    """One file per question set: score over the share of strong calls, and reliability. None: nothing."""
    if folder is None:
        return
    for r in results:
        figure, (left, right) = _two()
        left.plot(r.curve.share * 100, r.curve.score, marker="o", color=_COLOURS[0], label="router")
        left.plot([0, 100], [r.curve.weak, r.curve.strong], "--", color="#666666", label="random")
        left.set_xlabel("requests sent to the strong model, %")
        left.set_ylabel("mean score")
        left.set_title(f"{r.source}: APGR {r.apgr:.3f}")
        left.legend(frameon=False)
        for at, name in enumerate(("weak model", "strong model")):
            said, seen, _ = calibration(r.probability[:, at], r.right[:, at])
            right.plot(said, seen, marker="o", color=_COLOURS[at], label=name)
        _reliability(right)
        write_plot(figure, folder, f"pair-{r.source}")


def draw_tiers(folder: Path | None, named: Mapping[str, str], results: Sequence[TierResult]) -> None:
    """One file per question set: score over cost, and reliability. None: nothing."""
    if folder is None:
        return
    for r in results:
        figure, (left, right) = _two()
        for name, route in r.routes.items():
            cost, score = route.hull()
            colour, style = _STYLES[name]
            left.plot(cost * 1000, score, style, color=colour, label=name)
        for name, model in named.items():
            score_one, cost_one = r.single[model]
            left.plot([cost_one * 1000], [score_one], "s", color="#333333", markersize=5)
            left.annotate(name, (cost_one * 1000, score_one), xytext=(5, -10), textcoords="offset points")
        left.set_xscale("log")
        left.set_xlabel("US dollars per 1,000 questions")
        left.set_ylabel("mean score")
        left.set_title(f"{r.source}: cost and quality")
        left.legend(frameon=False)
        for at, model in enumerate(named.values()):
            said, seen, _ = calibration(r.probability[model], r.right[model])
            right.plot(said, seen, marker="o", color=_COLOURS[at % len(_COLOURS)], label=model)
        _reliability(right)
        write_plot(figure, folder, f"tiers-{r.source}")


def new_plot() -> tuple[Figure, Axes]:
    """One pair of axes."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _two() -> tuple[Figure, tuple[Axes, Axes]]:
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, (left, right)


def _reliability(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], "--", color="#666666", label="perfect")
    axes.set_xlabel("predicted P(success)")
    axes.set_ylabel("share right")
    axes.set_title("reliability, tenths of the questions")
    axes.legend(frameon=False, fontsize=8)


def write_plot(figure: Figure, folder: Path, name: str) -> None:
    """As `name`.png in the folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{name.replace('/', '-')}.png", dpi=120)
