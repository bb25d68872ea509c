"""How long answers were by the hour, by model, endpoint and task, whoever asked: a length is the model's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from router.books.rollups.facts import LENGTHS, Hours, Sums
from router.books.rollups.requests import HOUR, WITHIN
from router.domain.kinds import AttemptStatus
from router.record.outer import outer
from router.record.tables import attempts, requests

_A, _R = attempts.c, requests.c


def lengths_of(connection: Connection, hours: Hours) -> Sums:
    """By hour and the keys of `facts.LENGTHS`, for requests that started within the hours."""
    rows = connection.execute(_GROUPED, hours.bounds)
    width = len(LENGTHS.keys) + 1
    return {tuple(row[:width]): [int(n or 0) for n in row[width:]] for row in rows}


_OK = _A.status == AttemptStatus.OK.value
_KEYS = (_A.model, _A.endpoint, _R.task)


def _of_answers(amount: Any) -> ColumnElement[Any]:
    return func.sum(case((_OK, amount), else_=0))


_GROUPED = (
    select(
        HOUR,
        *_KEYS,
        _of_answers(1),
        _of_answers(_A.output),
        _of_answers(_A.output * _A.output),
        func.count(),
        func.sum(_A.uncached_input + _A.cache_read + _A.cache_write),
        func.sum(_A.output),
    )
    .join_from(requests, attempts, _A.request_id == outer(_R.id))
    .where(WITHIN, _A.output.is_not(None))
    .group_by(HOUR, *_KEYS)
)
