"""Whose a request is and what was reported of its answer so far, wherever those rows are by now.

A request is in the journal first and in the database within seconds; both are asked. Blocks: call it off the
event loop.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from router.domain.opinions import FeedbackRecord
from router.domain.value import value
from router.record.lines import REQUEST_COLUMNS, Done, Later
from router.record.opened import OpenRecord
from router.record.search import lines_about
from router.record.tables import feedback, requests
from router.record.write import brief

Owner = tuple[str, str, str]
"""Organisation, team and project."""
_OWNER = tuple(REQUEST_COLUMNS.index(name) for name in ("organisation", "team", "project"))
_DATA_CLASS = REQUEST_COLUMNS.index("data_class")
_WANTED = (requests.c.organisation, requests.c.team, requests.c.project, requests.c.data_class)


class NotReadable(Exception):
    """The database is away, so that nobody can say whether the request exists."""


@value
class Reported:
    """`owner` is None for a request that does not exist, `data_class` is its content's; `rows` are
    oldest first."""

    owner: Owner | None
    data_class: str | None = None
    rows: tuple[FeedbackRecord, ...] = ()


class ReportedFeedback:
    """Reads the ledger's database and the journals under `journals`."""

    def __init__(self, engine: Engine, journals: Path) -> None:
        self._engine = engine
        self._journals = journals

    def of(self, request_id: str) -> Reported:
        """What is known of a request. Raises NotReadable, only where the journals do not have it either."""
        problem = None
        try:
            booked = self._booked(request_id)
        except SQLAlchemyError as error:
            booked, problem = Reported(None), brief(error)
        journalled = _journalled(self._journals, request_id)
        if booked.owner is None and journalled.owner is None:
            if problem is not None:
                raise NotReadable(problem)
            booked = self._booked_meanwhile(request_id)
        rows = {row.id: row for row in (*booked.rows, *journalled.rows)}
        ordered = sorted(rows.values(), key=lambda row: (row.created_us, row.version))
        found = booked if booked.owner is not None else journalled
        return Reported(found.owner, found.data_class, tuple(ordered))

    def _booked_meanwhile(self, request_id: str) -> Reported:
        """Between the two looks the shipper may have moved the row from one place to the other."""
        try:
            return self._booked(request_id)
        except SQLAlchemyError as error:
            raise NotReadable(brief(error)) from error

    def _booked(self, request_id: str) -> Reported:
        with self._engine.connect() as connection:
            row = connection.execute(select(*_WANTED).where(requests.c.id == request_id)).one_or_none()
            rows = booked_feedback(connection, request_id)
            return Reported(None, None, rows) if row is None else Reported(tuple(row[:3]), row[3], rows)


def booked_feedback(connection: Connection, request_id: str) -> tuple[FeedbackRecord, ...]:
    """All versions of all reports on a request that are in the database, oldest first."""
    query = select(feedback).where(feedback.c.request_id == request_id)
    query = query.order_by(feedback.c.created_us, feedback.c.version)
    return tuple([FeedbackRecord(*row) for row in connection.execute(query)])


def _journalled(root: Path, request_id: str) -> Reported:
    owner: Owner | None = None
    data_class: str | None = None
    rows: list[FeedbackRecord] = []
    for found in lines_about(root, request_id):
        if isinstance(found, OpenRecord):
            owner, data_class = (found.organisation, found.team, found.project), found.data_class
        elif isinstance(found, Done):
            organisation, team, project = (found.request[column] for column in _OWNER)
            owner, data_class = (organisation, team, project), str(found.request[_DATA_CLASS])
        elif isinstance(found, Later) and found.table == feedback.name:
            rows += [FeedbackRecord(*row) for row in found.rows]
    return Reported(owner, data_class, tuple([row for row in rows if row.request_id == request_id]))
