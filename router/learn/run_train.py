"""`tiergate train`, once its options are read: outcomes in; a query model and its card out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from scipy.stats import spearmanr

from router.classify.query_model import HIGH, LOW, SHIPPED
from router.learn.answers import Answers, tabulate
from router.learn.data import BadData, read_folder
from router.learn.folds import folds
from router.learn.metrics import auc
from router.learn.panel import panel_rows
from router.learn.query_fit import Recipe
from router.learn.report import show_train
from router.learn.run_eval import progress, wide_console
from router.learn.space import Corpus
from router.learn.task_votes import heuristic_reading, task_error
from router.learn.train_model import fit_model


def run(data: Path, out: Path, features: int, count: int, seed: int, heads: Sequence[str]) -> None:
    """Writes `query-model.npz`, `card.json` into `out`. Raises click.ClickException."""
    try:
        answers = tabulate(read_folder(data))
        known = _named(answers, heads)
        corpus = Corpus.of(answers.prompts)
        read = heuristic_reading(answers.prompts)
        figures: dict[str, Any] = {}
        if count:
            with progress("held-out figures, folds", count) as done:
                figures = _held_out(answers, corpus, count, seed, done)
        with _step("fitting"):
            model = fit_model(answers, corpus, read, known, features, seed)
        path = out / SHIPPED.name
        model.save(path)
    except BadData as error:
        raise click.ClickException(str(error)) from error
    options = f"--features {features} --folds {count} --seed {seed}"
    card = {
        "written": datetime.now(UTC).date().isoformat(),
        "command": f"tiergate train --data DIR {options}{''.join(f' --head {h}' for h in heads)}",
        "sets": {source: len(rows) for source, rows in answers.rows.items()},
        "prompts": len(answers.prompts),
        "models": len(answers.models),
        "outcomes": int(np.isfinite(answers.scores).sum()),
        "features": len(model.vocabulary.keys),
        "words": len(model.vocabulary.numbers),
        "bytes": path.stat().st_size,
        "languages": sorted(model.languages),
        "usual": {str(task): usual._asdict() for task, usual in model.usual.items()},
        "temperature": model.temperature,
        "task_share_calibration_error": task_error(answers, read, model.temperature),
        "held_out": figures,
    }
    (out / "card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    show_train(wide_console(), card, path)


def _held_out(
    answers: Answers, corpus: Corpus, count: int, seed: int, done: Callable[[], None]
) -> dict[str, Any]:
    """By question set: how well held-out readings of low and high order and match the panel's outcomes."""
    held = np.full((len(answers.prompts), 2), np.nan)
    for fold in folds(answers, corpus, frozenset(), count, seed, Recipe()):
        if fold.panel is None:
            raise BadData("the query model needs question sets that four or more models have answered")
        held[fold.test] = fold.panel.held[fold.test]
        done()
    rows = panel_rows(answers, np.arange(len(held)), frozenset())
    figures: dict[str, Any] = {}
    for source, group in ((s, g) for g, sources in enumerate(rows.families) for s in sources):
        own = (rows.group == group) & np.isin(rows.at, answers.rows[source])
        p, y = held[rows.at[own]], rows.halves[own]
        figures[source] = {"questions": int(own.sum())} | {
            name: {
                "rank_correlation": round(float(spearmanr(p[:, i], y[:, i]).statistic), 3),
                "auc": round(auc(p[:, i], y[:, i]), 3),
                "mean_read": round(float(p[:, i].mean()), 3),
                "mean_seen": round(float(y[:, i].mean()), 3),
            }
            for i, name in enumerate((LOW, HIGH))
        }
    return figures


def _named(answers: Answers, heads: Sequence[str]) -> dict[str, str]:
    named = {}
    for text in heads:
        name, found, model = text.partition("=")
        if not found or model not in answers.models:
            raise BadData(
                f"--head {text!r} is not CATALOG_NAME=MODEL with a model that the data has outcomes of"
            )
        named[name] = model
    return named


def _step(text: str) -> AbstractContextManager[Any]:
    return Console(stderr=True).status(text)
