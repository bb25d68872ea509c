"""Published and own evidence of each model, task by task, side by side. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.queries.models import Verdicts
from router.domain.interval import wilson
from router.domain.kinds import Task
from router.policy.ability.benchmarks import ASSUMED, BENCHMARKS
from router.policy.ability.document import CalibrationPart, PublishedPart
from router.policy.catalog_document import CatalogDocument, ModelPart

_Z95 = 1.959964
Interval = tuple[float, float, float]
"""Low, share, high; 0 to 1."""


@dataclass(frozen=True, slots=True)
class Score:
    """A share with its 95% interval, of how many, and who says so."""

    name: str
    share: Interval
    n: int
    source: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one model at one task: published scores of benchmarks on it, and own verdicts."""

    task: Task
    published: tuple[Score, ...]
    own: Score | None


def scorecard(
    model: str, document: CatalogDocument | None, verdicts: Mapping[tuple[str, str], Verdicts]
) -> list[Evidence]:
    """Every task of which anything is known, in the order of the tasks."""
    part = None if document is None else next((p for p in document.spec.models if p.name == model), None)
    found = [Evidence(task, _published(part, task), _own(verdicts.get((model, task.value)))) for task in Task]
    return [one for one in found if one.published or one.own]


def models_of(document: CatalogDocument | None, verdicts: Mapping[tuple[str, str], Verdicts]) -> list[str]:
    """Those of the catalog in its order, then those that only the ledger knows."""
    listed = [] if document is None else [part.name for part in document.spec.models]
    return [*listed, *sorted({model for model, _ in verdicts} - set(listed))]


def _published(part: ModelPart | None, task: Task) -> tuple[Score, ...]:
    """Scores of benchmarks on the task, then own prompts bought before there was traffic."""
    if part is None:
        return ()
    scores = [_benchmark(one) for one in part.published if _task_of(one) is task]
    return (*scores, *(_calibration(run) for run in part.calibration if run.task is task))


def _task_of(one: PublishedPart) -> Task | None:
    known = BENCHMARKS.get(one.benchmark)
    return None if known is None else ASSUMED[known.family].task


def _benchmark(one: PublishedPart) -> Score:
    """Its interval is what chance alone makes of so many questions."""
    n = BENCHMARKS[one.benchmark].questions
    source = f"{one.source} ({one.harness}, {one.date})"
    return Score(one.benchmark, _interval(one.score / 100 * n, n), n, source)


def _calibration(run: CalibrationPart) -> Score:
    return Score(run.suite, _interval(run.right, run.n), round(run.n), f"calibration of {run.date}")


def _own(found: Verdicts | None) -> Score | None:
    if found is None:
        return None
    source = "outcome checks, this ledger"
    return Score("returned answers", _interval(found.passed, found.n), found.n, source)


def _interval(right: float, n: float) -> Interval:
    low, high = wilson(right, n, _Z95)
    return low, right / n, high
