"""The abilities in force as rows of text: what is believed of which model, how surely, and from what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from router.domain.ability import Estimate
from router.domain.catalog import Catalog, Model
from router.domain.kinds import Task


def ability_rows(catalog: Catalog) -> Iterator[list[str]]:
    """Model, tasks, percent right, 90% interval, effective outcomes and provenance; the tasks of a model for
    which the same is known share a row."""
    for model in catalog.models.values():
        by_estimate: defaultdict[Estimate, list[Task]] = defaultdict(list)
        for task in Task:
            if not model.serves or task in model.serves:
                by_estimate[model.ability_for(task)].append(task)
        for estimate, tasks in by_estimate.items():
            yield _row(model, tasks, estimate)


def _row(model: Model, tasks: list[Task], estimate: Estimate) -> list[str]:
    return [
        model.name,
        ", ".join(tasks),
        f"{_percent(estimate.value)}%",
        f"{_percent(estimate.low)}-{_percent(estimate.high)}%",
        _count(estimate.n),
        estimate.provenance,
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _count(n: float) -> str:
    return f"{n:,.0f}" if n >= 1 else f"{n:.1f}"
