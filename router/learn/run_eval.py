"""`tiergate eval-router`, once its options are read: data in, tables, plots or JSON out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from router.learn import cascade_report, report
from router.learn import plots as drawing
from router.learn.answers import Answers, tabulate
from router.learn.cascade import Rates, Simulated, simulate
from router.learn.data import BadData, read_folder
from router.learn.evaluate import PairPlan, measure_pair
from router.learn.prices import read_prices
from router.learn.query_fit import Recipe
from router.learn.space import Corpus
from router.learn.successor import SuccessorPlan, measure_successor
from router.learn.tiers import TierPlan, TierResult, measure_tiers

_QUIET = Console(stderr=True)


def run(
    *,
    data: Path,
    pair: tuple[str | None, str | None],
    tiers: str | None,
    leave_out: str | None,
    calibration: tuple[int, ...],
    labels: int | None,
    sets: tuple[str, ...],
    prices: tuple[str, ...],
    checks: tuple[Rates, ...],
    folds: int,
    seed: int,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Raises click.ClickException for whatever the user can mend."""
    weak, strong = pair
    if (weak is None) != (strong is None):
        raise click.UsageError("--weak and --strong go together")
    if weak is None and tiers is None and leave_out is None:
        raise click.UsageError("say what to measure: --weak and --strong, --tiers, or --leave-out")
    if checks and tiers is None:
        raise click.UsageError("--cascade and --check need --tiers: the models to try one after the other")
    try:
        answers = tabulate(read_folder(data))
        named = _tiers(tiers)
        _check(answers, [m for m in (weak, strong, leave_out, *named.values()) if m is not None], sets)
        corpus = Corpus.of(answers.prompts)
        about = {"data": str(data), "prompts": len(answers.prompts), "models": len(answers.models)}
        about |= {"folds": folds, "seed": seed, "labels": labels}
        figures: dict[str, Any] = {**about}
        console = wide_console(quiet=as_json)
        if weak is not None and strong is not None:
            with progress("pair, folds", folds) as done:
                plan = PairPlan(weak, strong, labels, folds, seed, sets)
                pairs = measure_pair(answers, corpus, plan, Recipe(), done)
            figures["pair"] = report.pair_figures(weak, strong, pairs)
            report.show_pair(console, weak, strong, pairs, labels)
            drawing.draw_pair(plots, pairs)
        if named:
            with progress("tiers, folds", folds) as done:
                models = tuple(named.values())
                listed = read_prices(models, prices)
                tier_plan = TierPlan(models, listed, labels, folds, seed, sets)
                found = measure_tiers(answers, corpus, tier_plan, Recipe(), done)
            figures["tiers"] = report.tier_figures(named, listed, found)
            report.show_tiers(console, named, listed, found)
            drawing.draw_tiers(plots, named, found)
            if checks:
                with progress("cascade, sets", len(found)) as done:
                    played = [_simulated(one, checks, done) for one in found]
                figures["cascade"] = cascade_report.cascade_figures(played)
                cascade_report.show_cascade(console, played)
                cascade_report.draw_cascade(plots, named, played)
        if leave_out is not None:
            with progress("successor, folds", folds) as done:
                successor_plan = SuccessorPlan(leave_out, calibration, folds, seed, sets)
                known = measure_successor(answers, corpus, successor_plan, Recipe(), done)
            figures["successor"] = report.successor_figures(leave_out, known)
            report.show_successor(console, leave_out, known)
        if as_json:
            click.echo(json.dumps(figures, indent=2))
        elif plots is not None:
            click.echo(f"plots are in {plots}")
    except BadData as error:
        raise click.ClickException(str(error)) from error


def _simulated(
    result: TierResult, checks: tuple[Rates, ...], done: Callable[[], None]
) -> tuple[TierResult, list[Simulated]]:
    found = simulate(result, checks)
    done()
    return result, found


def wide_console(quiet: bool = False) -> Console:
    """A terminal's own width; 140 columns for a file or a pipe, whose tables nobody wants folded."""
    return Console(quiet=quiet, width=None if sys.stdout.isatty() else 140)


def _check(answers: Answers, models: list[str], sets: tuple[str, ...]) -> None:
    for name in sets:
        if name not in answers.rows:
            raise BadData(f"no question set '{name}'; the data has {', '.join(answers.rows)}")
    for model in models:
        if model not in answers.models:
            raise BadData(f"no outcome of '{model}'; the data has {', '.join(answers.models)}")


def _tiers(text: str | None) -> dict[str, str]:
    named: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, found, model = part.partition("=")
        if not found or not name.strip() or not model.strip():
            raise click.UsageError(f"--tiers: {part!r} is not NAME=MODEL, as in small=gemma-2-9b-it")
        if name.strip() in named:
            raise click.UsageError(
                f"--tiers: {name.strip()} is given twice; each model needs a name of its own"
            )
        named[name.strip()] = model.strip()
    return named


@contextmanager
def progress(what: str, steps: int) -> Iterator[Callable[[], None]]:
    """A bar on the error stream, gone when it is full; yields what to call after each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_QUIET, transient=True) as bar:
        task = bar.add_task(what, total=steps)
        yield lambda: bar.advance(task)
