"""What the ledger itself saw of models by task: answers that passed their checks, time taken, cost beside
what had been expected. Never a guess: a pair that nobody tried is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, Select, and_, case, func, or_, select

from router.domain.interval import wilson
from router.domain.kinds import Verdict
from router.lifecycle.past import Past, Window, within
from router.lifecycle.replay.columns import Bools, Ints
from router.record.tables import attempts, requests, verdicts

_Z90 = 1.645
FEWEST = 30
"""Requests of a model on a task below which nothing is concluded from them: neither what its answers cost
beside the estimate nor how many pass their checks."""
Pair = tuple[str, str | None]
"""A model and a task."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Checked answers: `passed` of `checked`."""

    passed: int
    checked: int

    @property
    def share(self) -> float:
        return self.passed / self.checked

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 90% interval of the share."""
        return wilson(self.passed, self.checked, _Z90)


@dataclass(frozen=True, slots=True)
class Measured:
    """By model and task: `acceptance` of checked answers, `durations` in microseconds of answered requests,
    `calibration` (paid, expected) in pico-USD of the requests that the model was first choice for."""

    acceptance: Mapping[Pair, Acceptance]
    durations: Mapping[Pair, Ints]
    calibration: Mapping[Pair, tuple[int, int]]

    def knows(self, model: str, task: str | None) -> bool:
        """Whether enough answers of the model on the task were checked."""
        found = self.acceptance.get((model, task))
        return found is not None and found.checked >= FEWEST

    def calibrated(self, model: str, task: str | None, expected: int) -> int:
        """`expected` pico-USD as the ledger corrects it; as it stands where too little was seen."""
        paid, estimated = self.calibration.get((model, task), (0, 0))
        return expected * paid // estimated if estimated else expected


def measured(engine: Engine, window: Window, past: Past, endpoints: Mapping[str, str]) -> Measured:
    """The ledger of the window; `endpoints` names the model of every endpoint. Raises SQLAlchemyError."""
    task = np.array([str(p.facts.task) if p.facts.task else "" for p in past.columns.profiles], object)
    tasks = task[past.columns.profile]
    return Measured(
        _acceptance(engine, window), _durations(past, tasks), _calibration(past, tasks, endpoints)
    )


def _durations(past: Past, tasks: Ints) -> Mapping[Pair, Ints]:
    found = {}
    for model, task, where in _pairs(past.served, tasks, past, past.duration >= 0):
        found[model, task] = np.sort(past.duration[where])
    return found


def _calibration(past: Past, tasks: Ints, endpoints: Mapping[str, str]) -> Mapping[Pair, tuple[int, int]]:
    known = (past.cost > 0) & (past.expected > 0)
    sums: dict[Pair, tuple[int, int, int]] = {}
    for endpoint, task, where in _pairs(past.first, tasks, past, known):
        pair = (endpoints.get(endpoint, endpoint), task)
        paid, expected, n = sums.get(pair, (0, 0, 0))
        sums[pair] = (
            paid + sum(past.cost[where].tolist()),
            expected + sum(past.expected[where].tolist()),
            n + int(where.sum()),
        )
    return {pair: (paid, expected) for pair, (paid, expected, n) in sums.items() if n >= FEWEST}


def _pairs(names: Ints, tasks: Ints, past: Past, known: Bools) -> list[tuple[str, str | None, Bools]]:
    """Every name and task that occur together, and where."""
    found = []
    for name in np.unique(names[known & (names >= 0)]):
        of_name = known & (names == name)
        for task in np.unique(tasks[of_name]):
            found.append((past.names[name], task or None, of_name & (tasks == task)))
    return found


def _acceptance(engine: Engine, window: Window) -> Mapping[Pair, Acceptance]:
    """Verdicts at settlement, and those reached after the reply where there was none before."""
    counts: dict[Pair, list[int]] = {}
    with engine.connect() as connection:
        for query in (_settled(window), _late(window)):
            for task, model, passed, checked in connection.execute(query):
                pair = counts.setdefault((model, task), [0, 0])
                pair[0] += int(passed)
                pair[1] += int(checked)
    return {pair: Acceptance(passed, checked) for pair, (passed, checked) in counts.items() if checked}


def _settled(window: Window) -> Select[Any]:
    passed = case((attempts.c.verdict == Verdict.PASSED.value, 1), else_=0)
    query = select(requests.c.task, attempts.c.model, func.sum(passed), func.count())
    query = query.join(requests, requests.c.id == attempts.c.request_id)
    checked = attempts.c.verdict.in_((Verdict.PASSED.value, Verdict.FAILED.value))
    return within(query.where(checked), window).group_by(requests.c.task, attempts.c.model)


def _late(window: Window) -> Select[Any]:
    """One failed check fails an answer."""
    failed = func.max(case((verdicts.c.verdict == Verdict.FAILED.value, 1), else_=0))
    each = (
        select(requests.c.task, attempts.c.model, (1 - failed).label("passed"))
        .join(attempts, and_(attempts.c.request_id == verdicts.c.request_id, attempts.c.n == verdicts.c.n))
        .join(requests, requests.c.id == attempts.c.request_id)
        .where(
            verdicts.c.verdict.in_((Verdict.PASSED.value, Verdict.FAILED.value)),
            or_(attempts.c.verdict.is_(None), attempts.c.verdict == Verdict.UNVERIFIED.value),
        )
        .group_by(requests.c.task, attempts.c.model, attempts.c.request_id, attempts.c.n)
    )
    found = within(each, window).subquery()
    columns = (found.c.task, found.c.model)
    return select(*columns, func.sum(found.c.passed), func.count()).group_by(*columns)
