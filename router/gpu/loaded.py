"""What self-hosted endpoints cost in full: bills, who they were for, and what the price book had reckoned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from router.domain.gpu import HOUR_US
from router.gpu.allocate import Basis, Line
from router.record.sums import halves, whole
from router.record.tables import attempts, corrections, gpu_allocations, gpu_hours, requests


@dataclass(frozen=True, slots=True)
class Loaded:
    """One endpoint over the billed hours of a time; money in pico-USD.

    `requests`, `judges`, `outside` and `idle` add up to `bill`. `marginal` is what the attempts of these
    hours cost by the price book, corrections included: what decisions went by. `counted` hours had the
    server's counters.
    """

    endpoint: str
    hours: int
    counted: int
    bill: int
    requests: int
    judges: int
    outside: int
    idle: int
    work: int
    capacity: int
    marginal: int

    @property
    def utilisation(self) -> float:
        """Work done over what full hours could do; above 1 when the declared full load is too low."""
        return self.work / self.capacity if self.capacity else 0.0


def loaded(connection: Connection, first_us: int, end_us: int) -> list[Loaded]:
    """Every endpoint with a billed hour in [first, end), by name."""
    g, current = gpu_hours.c, _current(first_us, end_us)
    query = (
        select(
            g.endpoint,
            func.count(),
            func.count().filter(g.basis == Basis.COUNTERS.value),
            *halves(g.bill_pico),
            *halves(g.work),
            *halves(g.capacity),
        )
        .join_from(gpu_hours, current, _of_hour(g, current))
        .group_by(g.endpoint)
        .order_by(g.endpoint)
    )
    lines = _lines(connection, first_us, end_us)
    found = []
    for endpoint, hours, counted, *sums in connection.execute(query):
        bill, work, capacity = (whole(*sums[n : n + 2]) for n in (0, 2, 4))
        served, judges, outside, idle = (lines.get((endpoint, line.value), 0) for line in Line)
        marginal = _marginal(connection, endpoint, first_us, end_us)
        found.append(
            Loaded(endpoint, hours, counted, bill, served, judges, outside, idle, work, capacity, marginal)
        )
    return found


def _current(first_us: int, end_us: int) -> Any:
    """The version that counts of every hour."""
    g = gpu_hours.c
    query = select(g.endpoint, g.hour_us, func.max(g.version).label("version"))
    return query.where(g.hour_us >= first_us, g.hour_us < end_us).group_by(g.endpoint, g.hour_us).subquery()


def _of_hour(columns: Any, current: Any) -> ColumnElement[bool]:
    known = current.c
    return and_(
        columns.endpoint == known.endpoint,
        columns.hour_us == known.hour_us,
        columns.version == known.version,
    )


def _lines(connection: Connection, first_us: int, end_us: int) -> dict[tuple[str, str], int]:
    a, current = gpu_allocations.c, _current(first_us, end_us)
    query: Select[Any] = select(a.endpoint, a.line, *halves(a.share_pico))
    query = query.join_from(gpu_allocations, current, _of_hour(a, current)).group_by(a.endpoint, a.line)
    return {(row[0], row[1]): whole(row[2], row[3]) for row in connection.execute(query)}


def _marginal(connection: Connection, endpoint: str, first_us: int, end_us: int) -> int:
    """Of the attempts that have a share in the billed hours."""
    s, a, c, current = gpu_allocations.c, attempts.c, corrections.c, _current(first_us, end_us)
    ours = and_(s.endpoint == endpoint, s.line == Line.REQUEST.value)
    booked: Select[Any] = (
        select(*halves(a.cost_pico))
        .join_from(gpu_allocations, current, _of_hour(s, current))
        .join(attempts, and_(a.request_id == s.request_id, a.n == s.n))
        .where(ours)
    )
    since: Select[Any] = (
        select(*halves(c.delta_pico))
        .join_from(gpu_allocations, current, _of_hour(s, current))
        .join(corrections, and_(c.request_id == s.request_id, c.n == s.n))
        .where(ours)
    )
    return sum(whole(*connection.execute(query).one()) for query in (booked, since))


@dataclass(frozen=True, slots=True)
class Volume:
    """What an endpoint was asked, by task (None: unknown): attempts, and their tokens in and out."""

    task: str | None
    attempts: int
    input: int
    output: int


def volumes(connection: Connection, endpoints: Sequence[str], first_us: int, end_us: int) -> list[Volume]:
    """Attempts with known tokens of requests that started in [first, end)."""
    a = attempts.c
    query = (
        select(
            requests.c.task,
            func.count(),
            *halves(a.uncached_input + a.cache_read + a.cache_write),
            *halves(a.output),
        )
        .join_from(attempts, requests, a.request_id == requests.c.id)
        .where(
            requests.c.started_us >= first_us,
            requests.c.started_us < end_us,
            a.endpoint.in_(endpoints),
            a.output.is_not(None),
        )
        .group_by(requests.c.task)
        .order_by(requests.c.task)
    )
    return [
        Volume(task, count, whole(*sums[:2]), whole(*sums[2:]))
        for task, count, *sums in connection.execute(query)
    ]


def hours_between(first_us: int, end_us: int) -> range:
    """The starts of the full hours in [first, end)."""
    return range(-(-first_us // HOUR_US) * HOUR_US, end_us - HOUR_US + 1, HOUR_US)
