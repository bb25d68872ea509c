"""Hours billed: by the rate or OpenCost's bill, by the work of counters or of the ledger.

An hour is billed once; `again` writes a next version where the result differs. Nothing is changed in place.
An attempt counts for the hour in which it was sent, with the tokens that corrections leave it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, insert, select

from router.clock import utc
from router.domain.gpu import HOUR_US, GpuRate, GpuRates
from router.gpu.allocate import Basis, Line, Share, allocate
from router.gpu.samples import around, tokens_of
from router.gpu.served import attempts_served, judging_served
from router.record.marks import mark_hour
from router.record.tables import gpu_allocations, gpu_hours


class NoRate(Exception):
    """Nothing says what an hour costs; the message says which."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One billed hour. `method` is `rate` or `opencost`; `unknown` attempts have no known tokens, and no
    share; `endpoints` are all that the server serves."""

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
    endpoints: tuple[str, ...]

    def line(self, line: Line) -> int:
        """What one kind of line gets of the bill, in pico-USD."""
        return sum(share.share_pico for share in self.shares if share.line is line)


@dataclass(frozen=True, slots=True)
class Order:
    """What to bill by, and who asks. `bills` are OpenCost's, by endpoint and hour; empty: by the rates.
    `served`: tier and model of each endpoint, for the record."""

    rates: GpuRates
    bills: Mapping[tuple[str, int], int]
    now_us: int
    actor: str
    again: bool = False
    served: Mapping[str, tuple[str, str]] = field(default_factory=dict)


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
    served, unknown = attempts_served(connection, rate, hour_us)
    served += judging_served(connection, rate, hour_us)
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
        rate.endpoints,
    )


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
    tier, model = order.served.get(hour.endpoint, (None, None))
    row = {
        "endpoints": json.dumps(hour.endpoints),
        "tier": tier,
        "model": model,
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
    mark_hour(connection, hour.hour_us)
