"""How long a month's answers were, by model and task: as it stands, or as its closing froze it."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import Connection, func, select

from router.books.months import month_of
from router.books.periods.calendar import Closing
from router.domain.savings import Lengths
from router.record.book_tables import lengths_day
from router.record.sums import halves, whole

ByModelAndTask = dict[tuple[str, str | None], Lengths]
_L = lengths_day.c


def lengths_of_month(connection: Connection, month: date, closing: Closing | None) -> ByModelAndTask:
    """Empty for a month that was closed before lengths were kept: its savings go by what was declared."""
    if closing is None:
        return lengths_between(connection, month, month_of(month, 1))
    rows = json.loads(closing.lengths or "[]")
    return {(model, task): Lengths(*numbers) for model, task, *numbers in rows}


def lengths_between(connection: Connection, first: date, end: date) -> ByModelAndTask:
    """Of the requests that started on the days in [first, end)."""
    query = (
        select(_L.model, _L.task, func.sum(_L.answers), *halves(_L.output), *halves(_L.output_squares))
        .where(_L.day >= first.isoformat(), _L.day < end.isoformat())
        .group_by(_L.model, _L.task)
        .order_by(_L.model, _L.task)
    )
    return {
        (model, task): Lengths(int(count), whole(*sums[:2]), whole(*sums[2:]))
        for model, task, count, *sums in connection.execute(query)
    }


def as_text(found: ByModelAndTask) -> str:
    """What a closing keeps."""
    rows = [[*key, one.count, one.total, one.squares] for key, one in found.items()]
    return json.dumps(sorted(rows, key=lambda row: (row[0], row[1] or "")), separators=(",", ":"))
