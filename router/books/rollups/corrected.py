"""The corrections of some hours' requests, as charges.

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
    cast,
    func,
    literal,
    select,
)

from router.books.rollups.charges import NEVER, SERVED, group_of, key_of
from router.books.rollups.facts import Hours, Sums, add
from router.books.rollups.meters import ATTEMPTS, CORRECTION
from router.books.rollups.requests import HOUR, WITHIN
from router.books.rollups.tags import KeptTags
from router.domain.kinds import CostState
from router.domain.rates import DIRECTIONS
from router.record.outer import outer
from router.record.tables import attempts, corrections, judge_calls, judge_corrections, requests

KIND = "correction"
_A, _R, _C = attempts.c, requests.c, corrections.c
_J, _K = judge_calls.c, judge_corrections.c
_NONE = literal(0)


def correct_charges(connection: Connection, hours: Hours, tags: KeptTags, sums: Sums) -> None:
    """Adds what corrections change about the hours' charges."""
    for query in (_ATTEMPTS, _JUDGING):
        for hour, *row in connection.execute(query, hours.bounds):
            *call, new_price = row[:13]
            cost, listed, resolved, *tokens = (int(n) for n in row[13:])
            before = key_of((*call, new_price), tags, KIND)
            after = (*before[:11], CostState.PRICED.value, *before[12:])
            add(sums, (hour, *after, CORRECTION, None, None), (0, cost, listed))
            for direction, quantity in zip(DIRECTIONS, tokens, strict=True):
                add(sums, (hour, *after, direction, None, None), (quantity, 0, 0))
            add(sums, (hour, *before, ATTEMPTS, None, None), (-resolved, 0, 0))
            add(sums, (hour, *after, ATTEMPTS, None, None), (resolved, 0, 0))


def _corrections(
    calls: Table, served: ColumnElement[bool], made: Table, on: ColumnElement[bool], tokens: Sequence[Any]
) -> Select[Any]:
    """Corrections in `made`, of `calls`, by who and what; `tokens`: what they change by direction."""
    c, group = made.c, group_of(calls, served)
    amounts = (c.delta_pico, c.delta_list_pico, cast(c.resolves, Integer), *tokens)
    return (
        select(HOUR, *group, c.new_price_id, *map(func.sum, amounts))
        .select_from(requests)
        .join(made, c.request_id == outer(_R.id))
        .join(calls, on)
        .where(WITHIN)
        .group_by(HOUR, *group, c.new_price_id)
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
