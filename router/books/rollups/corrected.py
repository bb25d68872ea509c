"""The corrections of one hour's requests, as charges.

They count for the hour of the request they correct, as kind `correction`; the month it belongs to may be
closed by then, and `periods/` sees to that.
"""

from __future__ import annotations

from sqlalchemy import Connection, Integer, and_, bindparam, cast, func, select

from router.books.rollups.charges import SERVED, group_of, key_of
from router.books.rollups.facts import Sums, add
from router.books.rollups.meters import ATTEMPTS, CORRECTION
from router.books.rollups.tags import KeptTags
from router.domain.kinds import CostState
from router.domain.rates import DIRECTIONS
from router.record.book_tables import HOUR_US
from router.record.outer import outer
from router.record.tables import attempts, corrections, requests

KIND = "correction"
_A, _R, _C = attempts.c, requests.c, corrections.c
_RESOLVES = cast(_C.resolves, Integer)
_TOKENS = (_C.delta_uncached_input, _C.delta_cache_read, _C.delta_cache_write, _C.delta_output)


def correct_charges(connection: Connection, hour_us: int, tags: KeptTags, sums: Sums) -> None:
    """Adds what corrections change about the hour's charges."""
    hour = {"start": hour_us, "end": hour_us + HOUR_US}
    for row in connection.execute(_CHARGES, hour):
        *attempt, new_price = row[:13]
        cost, listed, resolved, *tokens = (int(n) for n in row[13:])
        before = key_of((*attempt, new_price), tags, KIND)
        after = (*before[:11], CostState.PRICED.value, *before[12:])
        add(sums, (*after, CORRECTION, None, None), (0, cost, listed))
        for direction, quantity in zip(DIRECTIONS, tokens, strict=True):
            add(sums, (*after, direction, None, None), (quantity, 0, 0))
        add(sums, (*before, ATTEMPTS, None, None), (-resolved, 0, 0))
        add(sums, (*after, ATTEMPTS, None, None), (resolved, 0, 0))


_GROUP = group_of(attempts, SERVED)
_CHARGES = (
    select(
        *_GROUP,
        _C.new_price_id,
        func.sum(_C.delta_pico),
        func.sum(_C.delta_list_pico),
        func.sum(_RESOLVES),
        *(func.sum(column) for column in _TOKENS),
    )
    .select_from(requests)
    .join(corrections, _C.request_id == outer(_R.id))
    .join(attempts, and_(_A.request_id == _C.request_id, _A.n == _C.n))
    .where(_R.started_us >= bindparam("start"), _R.started_us < bindparam("end"))
    .group_by(*_GROUP, _C.new_price_id)
)
