"""What the ledger knows of each model, from the sums by the day: verdicts by task, and calls in vain."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from dashboard.filters import Filters
from dashboard.queries.selection import where
from router.books.rollups.charges import JUDGE
from router.books.rollups.meters import ATTEMPTS
from router.domain.kinds import Verdict
from router.domain.rates import DIRECTIONS
from router.gpu.loaded import Volume
from router.record.book_tables import charges_day, outcomes_day

_C, _O = charges_day.c, outcomes_day.c
_OUTPUT = DIRECTIONS[-1]
_CACHED = DIRECTIONS[1]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The returned answers of a model to a task that checks decided: `passed` of `n`."""

    passed: int
    n: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a model was sent and wrote: attempts, tokens by direction, and the answers by task.

    `cached` input tokens came from a prompt cache. `answers`: requests it answered, by task (None: unknown).
    """

    attempts: int
    input: int
    cached: int
    output: int
    answers: tuple[tuple[str | None, int], ...]

    @property
    def volumes(self) -> list[Volume]:
        """For the break-even: exact tokens of all attempts, and how many answers each task had."""
        tokens = Volume(None, 0, self.input, self.output)
        return [tokens, *(Volume(task, number, 0, 0) for task, number in self.answers)]


def verdicts(connection: Connection, filters: Filters) -> dict[tuple[str, str], Verdicts]:
    """By model and task, where a check decided anything."""
    decided = _O.verdict.in_((Verdict.PASSED.value, Verdict.FAILED.value))
    passed = func.sum(_O.requests).filter(_O.verdict == Verdict.PASSED.value)
    query: Select[Any] = (
        select(_O.model, _O.task, passed, func.sum(_O.requests))
        .where(*where(filters, _O), decided, _O.model.is_not(None), _O.task.is_not(None))
        .group_by(_O.model, _O.task)
    )
    return {
        (model, task): Verdicts(int(good or 0), int(n)) for model, task, good, n in connection.execute(query)
    }


def in_vain(connection: Connection, filters: Filters) -> dict[str, tuple[int, int]]:
    """By model: attempts whose answer was not returned (errors, rejected answers, escalations), of all."""
    counted = and_(_C.meter == ATTEMPTS, _C.kind != JUDGE)
    unserved = func.sum(_C.quantity).filter(_C.served.is_(False))
    query = select(_C.model, unserved, func.sum(_C.quantity)).where(*where(filters, _C), counted)
    return {
        model: (int(lost or 0), int(n)) for model, lost, n in connection.execute(query.group_by(_C.model))
    }


def work(connection: Connection, filters: Filters) -> dict[str, Work]:
    """By model, of every model that was called."""
    sums: defaultdict[str, dict[str, int]] = defaultdict(dict)
    meters = select(_C.model, _C.meter, func.sum(_C.quantity)).where(
        *where(filters, _C), _C.kind != JUDGE, _C.meter.in_((ATTEMPTS, *DIRECTIONS))
    )
    for model, meter, quantity in connection.execute(meters.group_by(_C.model, _C.meter)):
        sums[model][meter] = int(quantity)
    answered: defaultdict[str, list[tuple[str | None, int]]] = defaultdict(list)
    tasks = select(_O.model, _O.task, func.sum(_O.requests)).where(*where(filters, _O), _O.model.is_not(None))
    for model, task, number in connection.execute(tasks.group_by(_O.model, _O.task)):
        answered[model].append((task, int(number)))
    return {
        model: Work(
            found.get(ATTEMPTS, 0),
            sum(found.get(name, 0) for name in DIRECTIONS if name != _OUTPUT),
            found.get(_CACHED, 0),
            found.get(_OUTPUT, 0),
            tuple(answered.get(model, ())),
        )
        for model, found in sums.items()
    }
