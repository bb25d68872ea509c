"""Hours billed: by the rate or OpenCost's bill, by the work of counters or of the ledger.

An hour is billed once; `again` writes a next version where the result differs. Nothing is changed in place.
An attempt counts for the hour in which it was sent, with the tokens that corrections leave it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select

from router.clock import utc
from router.domain.gpu import HOUR_US, GpuRate, GpuRates
from router.domain.kinds import CostState
from router.gpu.allocate import Basis, Line, Served, Share, allocate
from router.gpu.samples import around, tokens_of
from router.record.tables import (
    attempts,
    corrections,
    gpu_allocations,
    gpu_hours,
    judge_calls,
    requests,
)

_LONGEST_US = 6 * HOUR_US
"""An attempt is sent at most this long after its request came; it bounds the search by request."""


class NoRate(Exception):
    """Nothing says what an hour costs; the message says which."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One billed hour. `method` is `rate` or `opencost`; `unknown` attempts have no known tokens, and no
    share."""

    endpoint: str
    hour_us: int
    version: int
    bill_pico: int
    method: str
    basis: Basis
    rate_id: str
    work: int
    capacity: int
    unknown: int
    shares: Sequence[Share]

    def line(self, line: Line) -> int:
        """What one kind of line gets of the bill, in pico-USD."""
        return sum(share.share_pico for share in self.shares if share.line is line)


@dataclass(frozen=True, slots=True)
class Order:
    """What to bill by, and who asks. `bills` are OpenCost's, by endpoint and hour; empty: by the rates."""

    rates: GpuRates
    bills: Mapping[tuple[str, int], int]
    now_us: int
    actor: str
    again: bool = False


def bill_hour(connection: Connection, order: Order, endpoint: str, hour_us: int) -> Hour | None:
    """The bill of an hour, written; None: it was billed before, and not `again`. Raises NoRate."""
    version = _version(connection, endpoint, hour_us)
    if version and not order.again:
        return None
    rate = order.rates.find(endpoint, utc(hour_us))
    if rate is None:
        message = f"endpoint {endpoint} has no GPU-hour rate in force at {utc(hour_us):%Y-%m-%d %H:%M} UTC"
        raise NoRate(f"{message}; add it to the price book's gpu_hours")
    hour = _made(connection, order, rate, hour_us, version + 1)
    if version and _same(connection, hour):
        return None
    _write(connection, hour, order)
    return hour


def _made(connection: Connection, order: Order, rate: GpuRate, hour_us: int, version: int) -> Hour:
    billed = order.bills.get((rate.endpoint, hour_us))
    if order.bills and billed is None:
        message = f"endpoint {rate.endpoint} has no row for {utc(hour_us):%Y-%m-%d %H:%M} UTC"
        raise NoRate(f"{message} in the export")
    served, unknown = _served(connection, rate, hour_us)
    served += _judged(connection, rate, hour_us)
    counted = tokens_of(
        around(connection, rate.endpoint, hour_us, hour_us + HOUR_US), hour_us, hour_us + HOUR_US
    )
    measured = None if counted is None else rate.work(*counted)
    bill = int(rate.per_hour) if billed is None else billed
    found = allocate(bill, rate.capacity, served, measured)
    return Hour(
        rate.endpoint,
        hour_us,
        version,
        bill,
        "rate" if billed is None else "opencost",
        Basis.LEDGER if counted is None else Basis.COUNTERS,
        rate.id,
        sum(share.work for share in found if share.line is not Line.IDLE),
        rate.capacity,
        unknown,
        found,
    )


def _served(connection: Connection, rate: GpuRate, hour_us: int) -> tuple[list[Served], int]:
    """The work of every attempt that was sent in the hour, in a fixed order; and how many are unknown."""
    a, c = attempts.c, corrections.c
    sent = func.coalesce(func.sum(c.delta_uncached_input + c.delta_cache_write), 0)
    query = (
        select(
            a.request_id,
            a.n,
            a.uncached_input + a.cache_write,
            a.output,
            sent,
            func.coalesce(func.sum(c.delta_output), 0),
        )
        .join_from(attempts, requests, a.request_id == requests.c.id)
        .outerjoin(corrections, and_(c.request_id == a.request_id, c.n == a.n))
        .where(
            requests.c.started_us >= hour_us - _LONGEST_US,
            requests.c.started_us < hour_us + HOUR_US,
            a.endpoint == rate.endpoint,
            a.cost_state != CostState.FREE.value,
            a.started_us >= hour_us,
            a.started_us < hour_us + HOUR_US,
        )
        .group_by(a.request_id, a.n, a.uncached_input, a.cache_write, a.output)
        .order_by(a.request_id, a.n)
    )
    served, unknown = [], 0
    for request_id, n, tokens_in, output, more_in, more_out in connection.execute(query):
        if output is None and not more_out:
            unknown += 1
            continue
        work = rate.work((tokens_in or 0) + int(more_in), (output or 0) + int(more_out))
        served.append(Served(request_id, n, work))
    return served, unknown


def _judged(connection: Connection, rate: GpuRate, hour_us: int) -> list[Served]:
    """The work of the calls that were made to judge answers."""
    j = judge_calls.c
    query = (
        select(j.request_id, j.n, func.sum(j.uncached_input + j.cache_write), func.sum(j.output))
        .join_from(judge_calls, requests, j.request_id == requests.c.id)
        .where(
            requests.c.started_us >= hour_us - _LONGEST_US,
            requests.c.started_us < hour_us + HOUR_US,
            j.endpoint == rate.endpoint,
            j.started_us >= hour_us,
            j.started_us < hour_us + HOUR_US,
            j.output.is_not(None),
        )
        .group_by(j.request_id, j.n)
        .order_by(j.request_id, j.n)
    )
    return [
        Served(request_id, n, rate.work(int(sent), int(written)), Line.JUDGE)
        for request_id, n, sent, written in connection.execute(query)
    ]


def _version(connection: Connection, endpoint: str, hour_us: int) -> int:
    g = gpu_hours.c
    query = select(func.max(g.version)).where(g.endpoint == endpoint, g.hour_us == hour_us)
    return connection.execute(query).scalar_one() or 0


def _same(connection: Connection, hour: Hour) -> bool:
    """Whether the version before says the same."""
    g = gpu_allocations.c
    query = select(g.line, g.request_id, g.n, g.work, g.share_pico).where(
        g.endpoint == hour.endpoint, g.hour_us == hour.hour_us, g.version == hour.version - 1
    )
    known = {Share(Line(row.line), *row[1:]) for row in connection.execute(query)}
    return known == set(hour.shares)


def _write(connection: Connection, hour: Hour, order: Order) -> None:
    key = {"endpoint": hour.endpoint, "hour_us": hour.hour_us, "version": hour.version}
    row = {
        "bill_pico": hour.bill_pico,
        "method": hour.method,
        "basis": str(hour.basis),
        "rate_id": hour.rate_id,
        "work": hour.work,
        "capacity": hour.capacity,
        "created_us": order.now_us,
        "actor": order.actor,
    }
    connection.execute(insert(gpu_hours).values({**key, **row}))
    lines = [
        {
            **key,
            "line": str(share.line),
            "request_id": share.request_id,
            "n": share.n,
            "work": share.work,
            "share_pico": share.share_pico,
        }
        for share in hour.shares
    ]
    connection.execute(insert(gpu_allocations), lines)
