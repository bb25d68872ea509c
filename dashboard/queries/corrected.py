"""What corrections add to sums of requests and of attempts: a part of its own, so that it can be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from dashboard.filters import Filters
from dashboard.queries.selection import where
from dashboard.queries.sums import summed, whole
from router.record.tables import attempts, corrections, requests

_C = corrections.c
_R = requests.c
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Of some requests, in pico-USD: what their corrections add to spend, to the spend of simulated ones and
    to the cost that is compared with a baseline; of how many the cost became known; and the baseline of
    those that can be compared since."""

    spend: int = 0
    simulated_spend: int = 0
    resolved: int = 0
    compared: int = 0
    compared_cost: int = 0
    baseline: int = 0


NOTHING = Corrected()


def of_requests(
    connection: Connection, filters: Filters, groups: Sequence[ColumnElement[Any]] = ()
) -> Mapping[Key, Corrected]:
    """The corrections of the requests that `filters` leave, by `groups`; only groups that have some."""
    has_baseline = _R.baseline_pico.is_not(None)
    newly = and_(_C.request_resolves.is_(True), has_baseline)
    query: Select[Any] = (
        select(
            *groups,
            *summed("spend", _C.request_delta_pico),
            *summed("simulated_spend", _C.request_delta_pico, _R.simulated.is_(True)),
            func.count().filter(_C.request_resolves.is_(True)).label("resolved"),
            func.count().filter(newly).label("compared"),
            *summed("compared_cost", _C.request_delta_pico, has_baseline),
            *summed("baseline", _R.baseline_pico, newly),
        )
        .join_from(corrections, requests, _C.request_id == _R.id)
        .where(*where(filters))
        .group_by(*groups)
    )
    return {
        tuple(row[: len(groups)]): Corrected(
            whole(row, "spend") or 0,
            whole(row, "simulated_spend") or 0,
            row.resolved,
            row.compared,
            whole(row, "compared_cost") or 0,
            whole(row, "baseline") or 0,
        )
        for row in connection.execute(query)
    }


def of_attempts(
    connection: Connection, filters: Filters, groups: Sequence[ColumnElement[Any]]
) -> Mapping[Key, tuple[int, int, int, int]]:
    """The same attempt by attempt: what is added to spend, to input and to output, and how many costs became
    known. `groups` are columns of `attempts`."""
    sent = _C.delta_uncached_input + _C.delta_cache_read + _C.delta_cache_write
    query: Select[Any] = (
        select(
            *groups,
            *summed("spend", _C.delta_pico),
            *summed("input", sent),
            *summed("output", _C.delta_output),
            func.count().filter(_C.resolves.is_(True)).label("resolved"),
        )
        .join_from(corrections, requests, _C.request_id == _R.id)
        .join(attempts, and_(attempts.c.request_id == _C.request_id, attempts.c.n == _C.n))
        .where(*where(filters))
        .group_by(*groups)
    )
    return {
        tuple(row[: len(groups)]): (
            whole(row, "spend") or 0,
            whole(row, "input") or 0,
            whole(row, "output") or 0,
            row.resolved,
        )
        for row in connection.execute(query)
    }


def plus(recorded: int | None, added: int) -> int | None:
    """A sum with what corrections add; None where nothing was known and nothing was added."""
    return added or None if recorded is None else recorded + added
