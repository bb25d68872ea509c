"""Says which hours changed, in the transaction that changes them, so that the books follow.

Late arrivals are kept by id, for a closed month has to name what came after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from router.record.book_tables import HOUR_US, late_arrivals, rollup_marks
from router.record.tables import requests

_LATE_US = 3 * HOUR_US
"""After the start of a request's hour: two hours after its end."""

_HOURS_OF = (
    select((requests.c.started_us - requests.c.started_us % HOUR_US).label("hour_us"))
    .where(requests.c.id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_MARK_OF = insert(rollup_marks).from_select(["hour_us"], _HOURS_OF)


def mark_requests(connection: Connection, started: Sequence[tuple[str, int]]) -> None:
    """For requests just booked: their ids and when they started (Unix microseconds)."""
    hours = {at - at % HOUR_US for _, at in started}
    if not hours:
        return
    connection.execute(insert(rollup_marks), [{"hour_us": hour} for hour in sorted(hours)])
    now = time.time_ns() // 1000
    late = [(key, at - at % HOUR_US) for key, at in started if at - at % HOUR_US < now - _LATE_US]
    if late:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        rows = [{"request_id": key, "hour_us": hour, "arrived_us": now} for key, hour in late]
        connection.execute(dialect.insert(late_arrivals).on_conflict_do_nothing(), rows)


def mark_hours_of(connection: Connection, request_ids: Iterable[str]) -> None:
    """For rows about requests that are booked already, or not yet: those mark their hour themselves."""
    connection.execute(_MARK_OF, {"ids": sorted(set(request_ids))})
