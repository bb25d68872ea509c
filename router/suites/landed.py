"""How much of a run is in this machine's ledger as evidence. Reads only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from router.domain.kinds import Verdict
from router.record.tables import requests, verdicts

_AT_ONCE: Final = 500
_SECONDS: Final = 10.0
_SECONDS_FOR_ANY: Final = 3.0
"""After which a ledger without a single one of them is taken to be another gateway's, and a request without a
verdict to be one that nobody checks."""


@dataclass(frozen=True, slots=True)
class Landed:
    """Of the requests that were asked about: how many have a row, and how many a verdict of passed or
    failed."""

    booked: int
    verified: int


def landed(engine: Engine, ids: Sequence[str], sleep: Callable[[float], None] = time.sleep) -> Landed | None:
    """Waits up to ten seconds for rows and verdicts that are still on their way. None: the database
    cannot be read."""
    began = time.monotonic()
    try:
        while True:
            found = Landed(_count(engine, requests, ids), _count(engine, verdicts, ids))
            patience = _SECONDS if 0 < found.booked < len(ids) else _SECONDS_FOR_ANY
            if found.verified == len(ids) or time.monotonic() > began + patience:
                return found
            sleep(0.25)
    except SQLAlchemyError:
        return None


def _count(engine: Engine, table: Table, ids: Sequence[str]) -> int:
    column = table.c.id if table is requests else table.c.request_id
    total = 0
    with engine.connect() as connection:
        for start in range(0, len(ids), _AT_ONCE):
            query = select(func.count(column.distinct())).where(column.in_(ids[start : start + _AT_ONCE]))
            if table is verdicts:
                query = query.where(table.c.verdict.in_([Verdict.PASSED.value, Verdict.FAILED.value]))
            total += connection.execute(query).scalar_one()
    return total
