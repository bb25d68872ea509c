"""Says which hours changed, in the transaction that changes them, so that the books follow.

Late arrivals are kept by id, for a closed month has to name what came after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from router.record.book_tables import HOUR_US, late_arrivals, rollup_marks
from router.record.tables import gpu_allocations, requests

_LATE_US = 3 * HOUR_US
"""After the start of a request's hour: two hours after its end. What arrives in another month than it started
in is late in any case: that month may be closed."""

_HOURS_OF = (
    select((requests.c.started_us - requests.c.started_us % HOUR_US).label("hour_us"))
    .where(requests.c.id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_MARK_OF = insert(rollup_marks).from_select(["hour_us"], _HOURS_OF)
_MARK_BILLED = insert(rollup_marks).from_select(
    ["hour_us"],
    select(gpu_allocations.c.hour_us)
    .where(gpu_allocations.c.request_id.in_(bindparam("ids", expanding=True)))
    .distinct(),
)


def mark_requests(connection: Connection, started: Sequence[tuple[str, int]]) -> None:
    """For requests just booked: their ids and when they started (Unix microseconds)."""
    hours = {at - at % HOUR_US for _, at in started}
    if not hours:
        return
    connection.execute(insert(rollup_marks), [{"hour_us": hour} for hour in sorted(hours)])
    now = time.time_ns() // 1000
    edge = max(now - _LATE_US, _month_start(now))
    late = [(key, at - at % HOUR_US) for key, at in started if at - at % HOUR_US < edge]
    if late:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        rows = [{"request_id": key, "hour_us": hour, "arrived_us": now} for key, hour in late]
        connection.execute(dialect.insert(late_arrivals).on_conflict_do_nothing(), rows)


def _month_start(now_us: int) -> int:
    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    return int(datetime(now.year, now.month, 1, tzinfo=UTC).timestamp()) * 1_000_000


def mark_hours_of(connection: Connection, request_ids: Iterable[str]) -> None:
    """For rows about requests that are booked already, or not yet: those mark their hour themselves.

    The hours in which billed GPUs worked for them are marked too: what the bill takes the place of may have
    changed.
    """
    ids = {"ids": sorted(set(request_ids))}
    connection.execute(_MARK_OF, ids)
    connection.execute(_MARK_BILLED, ids)


def mark_hour(connection: Connection, hour_us: int) -> None:
    """For an hour of which something was booked that is of no single request."""
    connection.execute(insert(rollup_marks), {"hour_us": hour_us})
