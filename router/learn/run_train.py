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
import numpy.typing as npt
from rich.console import Console
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from scipy.stats import spearmanr

from router.classify.heuristic import HeuristicClassifier
from router.classify.query_model import HIGH, LENGTH, LOW, SHIPPED, QueryModel
from router.classify.tasks import TASKS
from router.classify.vocabulary import Vocabulary
from router.domain.conversation import Conversation, Turn
from router.domain.kinds import Task
from router.learn.answers import Answers, Floats, Ints, tabulate
from router.learn.data import BadData, read_folder
from router.learn.folds import folds
from router.learn.lengths import fit_factor
from router.learn.linear import Linear, chance
from router.learn.metrics import auc, calibration_error
from router.learn.panel import panel_rows
from router.learn.query_fit import Recipe, fit_head, fit_panel
from router.learn.report import show_train
from router.learn.run_eval import progress, wide_console
from router.learn.space import Corpus, matrix, vocabulary

TaskArray = npt.NDArray[np.object_]
"""An array of `Task` members."""
_FEWEST = 200
"""Training questions that a task needs to be read by the model at all."""
_CLEAR = 0.6
"""Share of a set's questions read as one task from which on the set counts as that task's."""


def run(data: Path, out: Path, features: int, count: int, seed: int, heads: Sequence[str]) -> None:
    """Writes `query-model.npz`, `card.json` into `out`. Raises click.ClickException."""
    try:
        answers = tabulate(read_folder(data))
        known = _named(answers, heads)
        corpus = Corpus.of(answers.prompts)
        read = _heuristic(answers.prompts)
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
        "usual": {str(task): {"low": low, "high": high} for task, (low, high) in model.usual.items()},
        "temperature": model.temperature,
        "task_share_calibration_error": _task_error(answers, read, model.temperature),
        "held_out": figures,
    }
    (out / "card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    show_train(wide_console(), card, path)


def fit_model(
    answers: Answers,
    corpus: Corpus,
    read: tuple[TaskArray, Floats],
    heads: dict[str, str],
    features: int,
    seed: int,
    recipe: Recipe | None = None,
) -> QueryModel:
    """The query model of all outcomes: fitted, cut to the `features` that matter most, and fitted again.

    `heads`: catalog name -> model of the data. Raises BadData when no set has a panel."""
    recipe = recipe or Recipe()
    every = np.arange(len(answers.prompts))
    words = vocabulary(corpus, every)
    weights = _fitted(answers, corpus, words, read, heads, recipe, seed)[0]
    terms = np.abs(weights[: len(words.keys)]) * words.idf[:, None]
    kept = np.sort(np.argsort(-(terms / terms.std(axis=0)).max(axis=1), kind="stable")[:features])
    words = Vocabulary(
        words.numbers, words.keys[kept], words.idf[kept], words.rare_idf, words.middle, words.spread
    )
    weights, intercepts, starts, low, high = _fitted(answers, corpus, words, read, heads, recipe, seed)
    tasks, votes = read
    usual = {
        task: (float(low[tasks == task].mean()), float(high[tasks == task].mean()))
        for task in Task
        if (tasks == task).sum() >= _FEWEST
    }
    return QueryModel(
        words,
        (LOW, HIGH, LENGTH, *heads),
        weights.astype(np.float32),
        intercepts.astype(np.float32),
        starts.astype(np.float32).reshape(-1, 3),
        usual,
        _temperature(answers, tasks, votes),
        frozenset({"en"}),
    )


def _fitted(
    answers: Answers,
    corpus: Corpus,
    words: Vocabulary,
    read: tuple[TaskArray, Floats],
    heads: dict[str, str],
    recipe: Recipe,
    seed: int,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Weights and intercepts of all heads, the starts of the named ones, low and high of every prompt."""
    x = matrix(corpus, words)
    every = np.arange(len(answers.prompts))
    panel = fit_panel(x, answers, every, frozenset(), recipe, seed)
    if panel is None:
        raise BadData("the query model needs question sets that four or more models have answered")
    groups = np.unique([str(task) for task in read[0]], return_inverse=True)[1]
    length = fit_factor(x, answers, every, groups) or Linear(np.zeros(x.shape[1]), 0.0)
    linear = [*panel.heads, length]
    starts = []
    for model in heads.values():
        y = answers.column(model)
        known = np.flatnonzero(np.isfinite(y))
        head = fit_head(x, y, known, every, answers.tasks, panel.held, recipe, seed)
        starts.append(head.start)
        linear.append(head.text)
    low, high = (chance(head.values(x)) for head in panel.heads)
    return (
        np.stack([head.weights for head in linear], axis=1),
        np.array([head.intercept for head in linear]),
        np.array(starts).reshape(-1, 3),
        low,
        high,
    )


def _heuristic(prompts: Sequence[str]) -> tuple[TaskArray, Floats]:
    """The heuristic's task and votes of each prompt: what the model's readings stand beside at run time."""
    heuristic = HeuristicClassifier()
    found = [heuristic.consider(Conversation((Turn("user", prompt),))) for prompt in prompts]
    tasks = np.empty(len(found), dtype=object)
    tasks[:] = [signals.task for signals, _ in found]
    return tasks, np.array([considered.votes for _, considered in found])


def _clear(answers: Answers, tasks: TaskArray) -> tuple[Ints, Ints]:
    """Prompts of the sets that are clearly one task's, and the place of that task in `TASKS`."""
    rows, labels = [], []
    for topic in np.unique(answers.tasks):
        own = np.flatnonzero(answers.tasks == topic)
        found = [int((tasks[own] == task).sum()) for task in TASKS]
        if max(found) >= _CLEAR * len(own):
            rows.append(own)
            labels.append(np.full(len(own), int(np.argmax(found))))
    return np.concatenate(rows), np.concatenate(labels)


def _temperature(answers: Answers, tasks: TaskArray, votes: Floats) -> float:
    """The softmax temperature under which the sets' tasks are likeliest (Guo et al. 2017)."""
    rows, labels = _clear(answers, tasks)

    def loss(temperature: float) -> float:
        shares = softmax(votes[rows] / temperature, axis=1)
        return float(-np.log(shares[np.arange(len(rows)), labels] + 1e-9).mean())

    return float(minimize_scalar(loss, bounds=(0.1, 5.0), method="bounded").x)


def _task_error(answers: Answers, read: tuple[TaskArray, Floats], temperature: float) -> float:
    """Calibration error of the largest share as the chance that it is the set's task."""
    rows, labels = _clear(answers, read[0])
    shares = softmax(read[1][rows] / temperature, axis=1)
    return calibration_error(shares.max(axis=1), (shares.argmax(axis=1) == labels).astype(np.float64))


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
