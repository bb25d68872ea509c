"""The charges of one hour, from the ledger's attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, literal, select

from router.books.rollups.facts import Key, Sums, add
from router.books.rollups.meters import charges
from router.books.rollups.tags import KeptTags
from router.record.book_tables import HOUR_US
from router.record.tables import attempts, requests

USAGE = "usage"
_R, _A = requests.c, attempts.c
_SERVED = and_(_A.n == _R.attempts, _R.tier.is_not(None))
_WHO = (_R.organisation, _R.team, _R.project, _R.workload, _R.tags)
_WHAT = (_A.tier, _A.model, _A.endpoint, _A.simulated)
_PRICES = (
    _A.input_price, _A.cache_read_price, _A.cache_write_price, _A.output_price,
    _A.input_list_price, _A.cache_read_list_price, _A.cache_write_list_price, _A.output_list_price,
)  # fmt: skip
_TOKENS = (_A.uncached_input, _A.cache_read, _A.cache_write, _A.output)


def charges_of(connection: Connection, hour_us: int, tags: KeptTags) -> Sums:
    """By the keys of `facts.CHARGES`, for requests that started within the hour."""
    sums: Sums = {}
    hour = {"start": hour_us, "end": hour_us + HOUR_US}
    for row in connection.execute(_PLAIN, hour):
        _add(sums, tuple(row), None, tags)
    for *single, units in connection.execute(_APART, hour):
        _add(sums, tuple(single), units, tags)
    return sums


def _of_hour(query: Select[Any], condition: ColumnElement[bool]) -> Select[Any]:
    within = and_(_R.started_us >= bindparam("start"), _R.started_us < bindparam("end"))
    return query.join_from(requests, attempts, _A.request_id == _R.id).where(within, condition)


GROUP_OF_ATTEMPT = (*_WHO, *_WHAT, _SERVED.label("served"), _A.cost_state, _A.service_tier)
_GROUP = (*GROUP_OF_ATTEMPT, _A.price_id, *_PRICES)
_AMOUNTS = (*_TOKENS, _A.cost_pico, _A.list_pico)
_PLAIN = _of_hour(
    select(*_GROUP, func.count(), *(func.sum(column) for column in _AMOUNTS)).group_by(*_GROUP),
    _A.units.is_(None),
)
_APART = _of_hour(select(*_GROUP, literal(1), *_AMOUNTS, _A.units), _A.units.is_not(None))
"""What has prices of its own is read attempt by attempt: it is rare."""


def key_of(row: Sequence[Any], tags: KeptTags, kind: str) -> Key:
    """The first 14 keys of a charge, from the columns of `GROUP_OF_ATTEMPT` and the id of a price."""
    who, what, served, how = row[:5], row[5:9], row[9], row[10:13]
    return (*who[:4], tags.of(who[4]), *what[:3], bool(what[3]), kind, bool(served), *how)


def _add(sums: Sums, row: tuple[Any, ...], units: str | None, tags: KeptTags) -> None:
    prices, count, numbers = row[13:21], row[21], [None if n is None else int(n) for n in row[22:28]]
    key, state = key_of(row, tags, USAGE), row[10]
    for charge in charges(state, count, numbers[:4], prices, (numbers[4], numbers[5]), units):
        measures = (charge.quantity, charge.cost, charge.listed)
        add(sums, (*key, charge.meter, charge.price, charge.list_price), measures)


GROUP_OF_ATTEMPT = (*_WHO, *_WHAT, _SERVED.label("served"), _A.cost_state, _A.service_tier)
_GROUP = (*GROUP_OF_ATTEMPT, _A.price_id, *_PRICES)
_AMOUNTS = (*_TOKENS, _A.cost_pico, _A.list_pico)
_PLAIN = _of_hour(
    select(*_GROUP, func.count(), *(func.sum(column) for column in _AMOUNTS)).group_by(*_GROUP),
    _A.units.is_(None),
)
_APART = _of_hour(select(*_GROUP, literal(1), *_AMOUNTS, _A.units), _A.units.is_not(None))
"""What has prices of its own is read attempt by attempt: it is rare."""
