"""What was measured, as tables for a person and as plain figures for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from router.learn.evaluate import PairResult
from router.learn.metrics import calibration_error
from router.learn.successor import SuccessorResult
from router.learn.tiers import TierResult, TokenPrice

SHARES = (0.90, 0.95, 0.97, 0.99)
"""Of the best single model's score, at which savings are stated."""


def pair_figures(weak: str, strong: str, results: Sequence[PairResult]) -> dict[str, Any]:
    """Numbers of `measure_pair`, by question set."""
    return {"weak": weak, "strong": strong, "sets": {r.source: _pair(r) for r in results}}


def _pair(r: PairResult) -> dict[str, Any]:
    (weak_auc, strong_auc), (weak_ece, strong_ece) = r.auc(), r.calibration_error()
    return {
        "questions": len(r.right),
        "weak_accuracy": r.curve.weak,
        "strong_accuracy": r.curve.strong,
        "apgr": r.apgr,
        "apgr_interval_90": list(r.interval),
        "cpt50": r.curve.cpt(0.5),
        "cpt80": r.curve.cpt(0.8),
        "apgr_random": 0.5,
        "apgr_by_difficulty": r.by_difficulty,
        "apgr_task_table": r.by_table,
        "apgr_oracle": r.oracle,
        "auc": {"weak": weak_auc, "strong": strong_auc},
        "expected_calibration_error": {"weak": weak_ece, "strong": strong_ece},
        "curve": {"strong_share": r.curve.share.tolist(), "score": r.curve.score.tolist()},
    }


def show_pair(
    console: Console, weak: str, strong: str, results: Sequence[PairResult], labels: int | None
) -> None:
    """The same as a table."""
    said = (
        "all labels of the other folds"
        if labels is None
        else f"{labels:,} labels of each"
        if labels
        else "no labels"
    )
    table = plain_table(f"weak {weak}, strong {strong}; {said} of the two models")
    table.add_column("set", no_wrap=True)
    for name in (
        "questions",
        "weak, strong",
        "APGR",
        "90%",
        "CPT50, 80",
        "by difficulty",
        "task table",
        "oracle",
    ):
        table.add_column(name, justify="right", no_wrap=name == "90%")
    for name in ("AUC", "ECE"):
        table.add_column(name, justify="right")
    for r in results:
        table.add_row(
            r.source,
            f"{len(r.right):,}",
            f"{r.curve.weak:.3f}, {r.curve.strong:.3f}",
            f"{r.apgr:.3f}",
            f"{r.interval[0]:.3f}-{r.interval[1]:.3f}",
            f"{r.curve.cpt(0.5):.1%}, {r.curve.cpt(0.8):.1%}",
            f"{r.by_difficulty:.3f}",
            "-" if r.by_table is None else f"{r.by_table:.3f}",
            f"{r.oracle:.3f}",
            ", ".join(f"{value:.3f}" for value in r.auc()),
            ", ".join(f"{value:.3f}" for value in r.calibration_error()),
        )
    console.print(table)
    console.print(
        "APGR: 0.5 is random, 1 is the strong model's score at no strong call. Held-out prompts only."
    )


def tier_figures(
    named: Mapping[str, str], prices: Mapping[str, TokenPrice], results: Sequence[TierResult]
) -> dict[str, Any]:
    """Numbers of `measure_tiers`, by question set."""
    priced = {name: [prices[model].input, prices[model].output] for name, model in named.items()}
    return {"models": dict(named), "usd_per_million": priced, "sets": {r.source: _tier(r) for r in results}}


def _tier(r: TierResult) -> dict[str, Any]:
    return {
        "questions": r.questions,
        "best_single": r.best,
        "single": {m: {"score": s, "usd_per_question": c} for m, (s, c) in r.single.items()},
        "routes": {name: _route(r, name) for name in r.routes},
        "expected_calibration_error": {m: calibration_error(r.probability[m], r.right[m]) for m in r.single},
    }


def _route(r: TierResult, name: str) -> dict[str, Any]:
    cost, score = r.routes[name].hull()
    savings = {f"{share:.0%}": r.savings(name, share) for share in SHARES}
    return {
        "aiq": r.routes[name].aiq(),
        "best_score": float(score[-1]),
        "savings": {share: {"value": v, "interval_90": [a, b]} for share, (v, a, b) in savings.items()},
        "hull": {"usd_per_question": cost.tolist(), "score": score.tolist()},
    }


def show_tiers(
    console: Console,
    named: Mapping[str, str],
    prices: Mapping[str, TokenPrice],
    results: Sequence[TierResult],
) -> None:
    """The same as tables: the models, then what each way of routing saves at shares of the best's score."""
    for r in results:
        table = plain_table(f"{r.source}: {r.questions:,} questions, best single model {r.best}")
        for name in ("model", "score", "$ per 1,000", "$/M in, out"):
            table.add_column(name, justify="left" if name == "model" else "right")
        for name, model in named.items():
            score, cost = r.single[model]
            price = prices[model]
            table.add_row(
                f"{name} {model}", f"{score:.3f}", f"{1000 * cost:.3f}", f"{price.input:g}, {price.output:g}"
            )
        console.print(table)
        table = plain_table(None)
        table.add_column("route")
        table.add_column("AIQ", justify="right")
        for share in SHARES:
            table.add_column(f"saved at {share:.0%}", justify="right")
        for name, route in r.routes.items():
            saved = [_saved(*r.savings(name, share)) for share in SHARES]
            table.add_row(name, f"{route.aiq():.3f}", *saved)
        captured = [_captured(r, share) for share in SHARES]
        table.add_row("of the oracle's", "", *captured)
        console.print(table)


def _saved(value: float, low: float, high: float) -> str:
    return f"{value:.0%} ({low:.0%} to {high:.0%})"


def _captured(r: TierResult, share: float) -> str:
    own, oracle = (r.savings(name, share)[0] for name in ("router", "oracle"))
    return f"{own / oracle:.0%}" if oracle > 0 else "-"


def successor_figures(model: str, results: Sequence[SuccessorResult]) -> dict[str, Any]:
    """Numbers of `measure_successor`, by question set and state of knowledge."""
    sets: dict[str, dict[str, Any]] = {}
    for r in results:
        sets.setdefault(r.source, {})[r.known] = {
            "questions": r.questions,
            "auc": r.auc,
            "expected_calibration_error": r.calibration_error,
            "predicted_accuracy": r.predicted,
            "interval_90": list(r.interval),
            "actual_accuracy": r.actual,
            "met": r.interval[0] <= r.actual <= r.interval[1],
            "regret": r.regret,
        }
    return {"model": model, "sets": sets}


def show_successor(console: Console, model: str, results: Sequence[SuccessorResult]) -> None:
    """The same as a table."""
    table = plain_table(f"{model} as a successor: what is known of it, and how well it is then read")
    for name in ("set", "known", "questions", "AUC", "ECE", "predicted (90%)", "actual", "routing loss"):
        table.add_column(name, justify="left" if name in ("set", "known") else "right")
    for r in results:
        table.add_row(
            r.source,
            r.known,
            f"{r.questions:,}",
            f"{r.auc:.3f}",
            f"{r.calibration_error:.3f}",
            f"{r.predicted:.3f} ({r.interval[0]:.3f}-{r.interval[1]:.3f})",
            f"{r.actual:.3f}",
            "-" if r.regret is None else f"{r.regret:+.3f}",
        )
    console.print(table)
    console.print(
        "Routing loss: mean score lost, against all labels, when the better half of the questions goes to it."
    )


def show_train(console: Console, card: Mapping[str, Any], path: Path) -> None:
    """A card's figures as a table."""
    table = plain_table("Held-out readings of the reference panel's two halves")
    for name in ("set", "questions", "rank corr. low / high", "AUC low / high"):
        table.add_column(name, justify="left" if name == "set" else "right")
    for source, found in card["held_out"].items():
        low, high = found["low"], found["high"]
        ranks = f"{low['rank_correlation']:.3f} / {high['rank_correlation']:.3f}"
        table.add_row(source, f"{found['questions']:,}", ranks, f"{low['auc']:.3f} / {high['auc']:.3f}")
    if card["held_out"]:
        console.print(table)
    console.print(
        f"{path}: {card['features']:,} features, {card['bytes'] / 1e6:.2f} MB, from "
        f"{card['outcomes']:,} outcomes of {card['models']} models on "
        f"{card['prompts']:,} prompts; its card lies beside it.",
        soft_wrap=True,
    )


def plain_table(title: str | None) -> Table:
    """An empty one, as all of them look."""
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
