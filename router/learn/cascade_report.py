"""What simulated cascades bring, as a table for a person, figures for a program, and a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from router.learn.cascade import Elsewhere, Simulated, elsewhere, mixed, saving, shared_difficulty
from router.learn.plots import new_plot, write_plot
from router.learn.report import SHARES, plain_table
from router.learn.tiers import Route, TierResult

JUDGED = 0.97
"""Share of the best single model's score at which settings chosen on other folds are judged."""
Results = Sequence[tuple[TierResult, Sequence[Simulated]]]


def cascade_figures(results: Results) -> dict[str, Any]:
    """Numbers by question set."""
    return {r.source: _set(r, found) for r, found in results}


def _set(r: TierResult, found: Sequence[Simulated]) -> dict[str, Any]:
    oracle = r.routes["oracle"]
    return {
        "questions": r.questions,
        "shared_difficulty": shared_difficulty(r),
        "judged_at": JUDGED,
        "router_alone": _route(r, r.routes["router"], oracle),
        "checks": [
            {
                "false_accept": one.rates.false_accept,
                "false_reject": one.rates.false_reject,
                "calls_per_question": _calls(r, one),
                "cascade": _route(r, one.route, oracle),
                "same_chain_for_all": _route(r, one.unread, oracle),
            }
            for one in found
        ],
    }


def _route(r: TierResult, route: Route, oracle: Route) -> dict[str, Any]:
    cost, score = route.hull()
    judged = elsewhere(r, route, JUDGED)
    return {
        "savings": {f"{share:.0%}": _saving(r, route, oracle, share) for share in SHARES},
        "chosen_elsewhere": {
            "saved": judged.saved,
            "interval_90": list(judged.interval),
            "share_of_best": judged.reached,
            "of_oracle": _of_oracle(judged.saved, elsewhere(r, oracle, JUDGED).saved),
        },
        "hull": {"usd_per_question": cost.tolist(), "score": score.tolist()},
    }


def _saving(r: TierResult, route: Route, oracle: Route, share: float) -> dict[str, Any]:
    value, low, high = r.saved_by(route, share)
    return {
        "value": value,
        "interval_90": [low, high],
        "of_oracle": _of_oracle(value, saving(r, oracle, share)),
    }


def _of_oracle(saved: float, oracle: float) -> float | None:
    return saved / oracle if oracle > 0 else None


def _calls(r: TierResult, one: Simulated) -> float:
    """Upstream calls per question where `JUDGED` of the best model's score is reached."""
    calls = np.append(one.calls, 1.0)
    return float(sum(weight * calls[at] for at, weight in mixed(r, one.route, JUDGED)))


def show_cascade(console: Console, results: Results) -> None:
    """One table for each question set."""
    for r, found in results:
        shared = shared_difficulty(r)
        table = plain_table(f"{r.source}: answer, check, try the next; shared difficulty {shared:g} logits")
        table.add_column("false accept, reject")
        for share in SHARES:
            table.add_column(f"saved at {share:.0%}", justify="right")
        for name in (f"of the oracle's, {JUDGED:.0%}", "calls", "chosen elsewhere", "one chain for all"):
            table.add_column(name, justify="right")
        rows: list[tuple[str, Route, str, Route | None]] = [
            ("router alone", r.routes["router"], "1.00", None)
        ]
        for one in found:
            name = f"{one.rates.false_accept:.1%}, {one.rates.false_reject:.1%}"
            rows.append((name, one.route, f"{_calls(r, one):.2f}", one.unread))
        rows.append(("oracle", r.routes["oracle"], "1.00", None))
        for name, route, calls, unread in rows:
            table.add_row(
                name, *_cells(r, route), calls, _judged(elsewhere(r, route, JUDGED)), _fixed(r, unread)
            )
        console.print(table)
    console.print(
        f"Chosen elsewhere: the setting that reaches {JUDGED:.0%} on the other folds, judged on each fold: "
        "saved, at which share of the best model's score. One chain for all: no question is read."
    )


def _cells(r: TierResult, route: Route) -> list[str]:
    saved = [saving(r, route, share) for share in SHARES]
    whole = saving(r, r.routes["oracle"], JUDGED)
    part = _of_oracle(saving(r, route, JUDGED), whole)
    return [*(f"{value:.0%}" for value in saved), "-" if part is None else f"{part:.0%}"]


def _judged(found: Elsewhere) -> str:
    low, high = found.interval
    return f"{found.saved:.0%} ({low:.0%} to {high:.0%}) at {found.reached:.1%}"


def _fixed(r: TierResult, route: Route | None) -> str:
    return "-" if route is None else f"{saving(r, route, JUDGED):.0%}"


def draw_cascade(folder: Path | None, named: Mapping[str, str], results: Results) -> None:
    """One file per question set: score over cost. None: nothing."""
    if folder is None:
        return
    for r, found in results:
        figure, axes = new_plot()
        for name, style in (("router", "--"), ("oracle", ":")):
            cost, score = r.routes[name].hull()
            axes.plot(
                cost * 1000, score, style, color="#333333", label=name.replace("router", "router alone")
            )
        for number, one in enumerate(found):
            cost, score = one.route.hull()
            label = f"check {one.rates.false_accept:.1%}, {one.rates.false_reject:.1%}"
            axes.plot(cost * 1000, score, color=_shade(number, len(found)), label=label)
        for name, model in named.items():
            score_one, cost_one = r.single[model]
            axes.plot([cost_one * 1000], [score_one], "s", color="#333333", markersize=5)
            axes.annotate(name, (cost_one * 1000, score_one), xytext=(5, -10), textcoords="offset points")
        axes.set_xscale("log")
        axes.set_xlabel("US dollars per 1,000 questions")
        axes.set_ylabel("mean score")
        axes.set_title(f"{r.source}: checks by false accepts, false rejects")
        axes.legend(frameon=False, fontsize=8)
        write_plot(figure, folder, f"cascade-{r.source}")


def _shade(number: int, count: int) -> tuple[float, float, float]:
    """From blue, the best check, to orange, the worst."""
    part = number / max(1, count - 1)
    return (0.9 * part, 0.45 + 0.17 * part, 0.7 * (1 - part))
