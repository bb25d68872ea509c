"""Requests read for correction, page by page, and corrections written: each page in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, insert, select, tuple_

from router.corrections.amend import corrected
from router.domain.corrections import CorrectionRecord
from router.domain.records import AttemptRecord
from router.record.marks import mark_hours_of
from router.record.tables import attempts, corrections, requests

PAGE = 500
_ATTEMPT = tuple(attempts.c[field.name] for field in fields(AttemptRecord))
_CORRECTION = tuple(corrections.c[field.name] for field in fields(CorrectionRecord))
Key = tuple[int, str]
"""A request's start and id: the order of pages."""


@dataclass(slots=True)
class Held:
    """One request: its start (prices go by it) and its attempts as corrected so far, with how often each
    was."""

    started_us: int
    attempts: list[AttemptRecord]
    corrections: dict[int, int]


def keys(connection: Connection, first_us: int, end_us: int, after: Key | None) -> list[Key]:
    """The next page of requests that started in [first, end)."""
    r = requests.c
    query = select(r.started_us, r.id).where(r.started_us >= first_us, r.started_us < end_us)
    if after is not None:
        query = query.where(tuple_(r.started_us, r.id) > after)
    query = query.order_by(r.started_us, r.id).limit(PAGE)
    return [(row.started_us, row.id) for row in connection.execute(query)]


def held(connection: Connection, page: Sequence[Key]) -> Iterator[Held]:
    """The requests of a page that made attempts."""
    ids = [request_id for _, request_id in page]
    made: defaultdict[str, list[AttemptRecord]] = defaultdict(list)
    query = select(*_ATTEMPT).where(attempts.c.request_id.in_(ids)).order_by(attempts.c.n)
    for row in connection.execute(query):
        made[row.request_id].append(AttemptRecord(*row))
    last: dict[tuple[str, int], CorrectionRecord] = {}
    query = select(*_CORRECTION).where(corrections.c.request_id.in_(ids)).order_by(corrections.c.seq)
    for row in connection.execute(query):
        last[row.request_id, row.n] = CorrectionRecord(*row)
    for started_us, request_id in page:
        if request_id in made:
            found = made[request_id]
            known = {a.n: last[request_id, a.n] for a in found if (request_id, a.n) in last}
            now = [corrected(attempt, known.get(attempt.n)) for attempt in found]
            yield Held(started_us, now, {n: row.seq for n, row in known.items()})


def append(connection: Connection, rows: Sequence[CorrectionRecord]) -> None:
    """Raises IntegrityError when somebody else corrected one of the attempts meanwhile."""
    if rows:
        connection.execute(insert(corrections), [asdict(row) for row in rows])
        mark_hours_of(connection, (row.request_id for row in rows))
