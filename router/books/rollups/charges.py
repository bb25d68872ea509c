"""The charges of some hours, from the ledger's attempts and from the calls that judges made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, select

from router.books.rollups.facts import Hours, Key, Sums, add
from router.books.rollups.meters import charges
from router.books.rollups.requests import HOUR, WITHIN
from router.books.rollups.tags import KeptTags
from router.record.outer import outer
from router.record.tables import attempts, judge_calls, requests

USAGE, JUDGE = "usage", "judge"
_R, _A = requests.c, attempts.c
WHO = (_R.organisation, _R.team, _R.project, _R.workload, _R.tags)
_PRICES = (
    "input_price", "cache_read_price", "cache_write_price", "output_price",
    "input_list_price", "cache_read_list_price", "cache_write_list_price", "output_list_price",
)  # fmt: skip
_AMOUNTS = ("uncached_input", "cache_read", "cache_write", "output", "cost_pico", "list_pico")


def charges_of(connection: Connection, hours: Hours, tags: KeptTags) -> Sums:
    """By hour and the keys of `facts.CHARGES`, for requests that started within the hours."""
    sums: Sums = {}
    for kind, query in _QUERIES.items():
        for hour, units, *row in connection.execute(query, hours.bounds):
            _add(sums, hour, row, units, tags, kind)
    return sums


def key_of(row: Sequence[Any], tags: KeptTags, kind: str) -> Key:
    """The first 14 keys of a charge, from the columns of `group_of` and the id of a price."""
    who, what, served, how = row[:5], row[5:9], row[9], row[10:13]
    return (*who[:4], tags.of(who[4]), *what[:3], bool(what[3]), kind, bool(served), *how)


def group_of(table: Table, served: ColumnElement[bool]) -> tuple[ColumnElement[Any], ...]:
    """What rows of `table` are summed by, but for prices."""
    names = ("tier", "model", "endpoint", "simulated")
    what = tuple(table.c[name] for name in names)
    return (*WHO, *what, served.label("served"), table.c.cost_state, table.c.service_tier)


def _add(sums: Sums, hour: int, row: Sequence[Any], units: str | None, tags: KeptTags, kind: str) -> None:
    prices, count, numbers = row[13:21], row[21], [None if n is None else int(n) for n in row[22:28]]
    key, state = key_of(row, tags, kind), row[10]
    for charge in charges(state, count, numbers[:4], prices, (numbers[4], numbers[5]), units):
        measures = (charge.quantity, charge.cost, charge.listed)
        add(sums, (hour, *key, charge.meter, charge.price, charge.list_price), measures)


def _query(table: Table, served: ColumnElement[bool]) -> Select[Any]:
    """What has one price per direction, summed; what has prices of its own, one by one: it is rare."""
    group = (HOUR, table.c.units, *group_of(table, served), table.c.price_id, *(table.c[n] for n in _PRICES))
    one_by_one = (case((table.c.units.is_not(None), column)) for column in table.primary_key)
    return (
        select(*group, func.count(), *(func.sum(table.c[name]) for name in _AMOUNTS))
        .join_from(requests, table, table.c.request_id == outer(_R.id))
        .where(WITHIN)
        .group_by(*group, *one_by_one)
    )


SERVED = and_(_R.answered_n.is_not(None), _A.n == _R.answered_n)
NEVER = judge_calls.c.call < 0  # no constant: databases refuse to group by one
_QUERIES = {USAGE: _query(attempts, SERVED), JUDGE: _query(judge_calls, NEVER)}
