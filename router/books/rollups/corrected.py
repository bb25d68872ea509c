"""The corrections of one hour's requests, as charges.

They count for the hour of the request they correct, as kind `correction`; the month it belongs to may be
closed by then, and `periods/` sees to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
)

from router.books.rollups.charges import NEVER, SERVED, group_of, key_of
from router.books.rollups.facts import Sums, add
from router.books.rollups.meters import ATTEMPTS, CORRECTION
from router.books.rollups.tags import KeptTags
from router.domain.kinds import CostState
from router.domain.rates import DIRECTIONS
from router.record.book_tables import HOUR_US
from router.record.outer import outer
from router.record.tables import attempts, corrections, judge_calls, judge_corrections, requests

KIND = "correction"
_A, _R, _C = attempts.c, requests.c, corrections.c
_J, _K = judge_calls.c, judge_corrections.c
_NONE = literal(0)


def correct_charges(connection: Connection, hour_us: int, tags: KeptTags, sums: Sums) -> None:
    """Adds what corrections change about the hour's charges."""
    hour = {"start": hour_us, "end": hour_us + HOUR_US}
    for query in (_ATTEMPTS, _JUDGING):
        for row in connection.execute(query, hour):
            *call, new_price = row[:13]
            cost, listed, resolved, *tokens = (int(n) for n in row[13:])
            before = key_of((*call, new_price), tags, KIND)
            after = (*before[:11], CostState.PRICED.value, *before[12:])
            add(sums, (*after, CORRECTION, None, None), (0, cost, listed))
            for direction, quantity in zip(DIRECTIONS, tokens, strict=True):
                add(sums, (*after, direction, None, None), (quantity, 0, 0))
            add(sums, (*before, ATTEMPTS, None, None), (-resolved, 0, 0))
            add(sums, (*after, ATTEMPTS, None, None), (resolved, 0, 0))


def _corrections(
    calls: Table, served: ColumnElement[bool], made: Table, on: ColumnElement[bool], tokens: Sequence[Any]
) -> Select[Any]:
    """Corrections in `made`, of `calls`, by who and what; `tokens`: what they change by direction."""
    c, group = made.c, group_of(calls, served)
    amounts = (c.delta_pico, c.delta_list_pico, cast(c.resolves, Integer), *tokens)
    return (
        select(*group, c.new_price_id, *map(func.sum, amounts))
        .select_from(requests)
        .join(made, c.request_id == outer(_R.id))
        .join(calls, on)
        .where(_R.started_us >= bindparam("start"), _R.started_us < bindparam("end"))
        .group_by(*group, c.new_price_id)
    )


_ATTEMPTS = _corrections(
    attempts, SERVED, corrections, and_(_A.request_id == _C.request_id, _A.n == _C.n),
    (_C.delta_uncached_input, _C.delta_cache_read, _C.delta_cache_write, _C.delta_output),
)  # fmt: skip
_JUDGING = _corrections(
    judge_calls, NEVER, judge_corrections,
    and_(_J.request_id == _K.request_id, _J.n == _K.n, _J.call == _K.call),
    (_NONE, _NONE, _NONE, _NONE),
)  # fmt: skip
