"""What self-hosted endpoints cost in full: bills, who they were for, and what the price book had reckoned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from router.books.rollups.facts import CHARGES, LENGTHS
from router.books.rollups.gpu import KINDS, REPLACED, SHARE, WORK
from router.books.rollups.summed import Period, summed
from router.domain.gpu import HOUR_US
from router.gpu.allocate import Basis
from router.record.sums import halves, whole
from router.record.tables import gpu_hours


@dataclass(frozen=True, slots=True)
class Loaded:
    """One endpoint over the billed hours of a time; money in pico-USD.

    `requests`, `judges`, `outside` and `idle` add up to `bill` where the sums are up to date. `marginal` is
    what the attempts of these hours cost by the price book, corrections included: what decisions went by.
    `counted` hours had the server's counters.
    """

    endpoint: str
    hours: int
    counted: int
    bill: int
    requests: int
    judges: int
    idle: int
    outside: int
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
    whole_hours = Period(-(-first_us // HOUR_US) * HOUR_US, end_us)
    shares = summed(
        connection, whole_hours, CHARGES, "all", ("endpoint", "kind", "meter"), ("cost_pico",),
        lambda c: c.kind.in_(KINDS),
    )  # fmt: skip
    found = []
    for endpoint, hours, counted, *sums in connection.execute(query):
        bill, work, capacity = (whole(*sums[n : n + 2]) for n in (0, 2, 4))
        served, judges, idle, outside = (shares.get(("all", endpoint, kind, WORK), [0])[0] for kind in KINDS)
        [replaced] = shares.get(("all", endpoint, SHARE, REPLACED), [0])
        whole_of = (bill, served, judges, idle, outside, work, capacity, -replaced)
        found.append(Loaded(endpoint, hours, counted, *whole_of))
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


@dataclass(frozen=True, slots=True)
class Volume:
    """What an endpoint was asked, by task (None: unknown): attempts, and their tokens in and out."""

    task: str | None
    attempts: int
    input: int
    output: int


def volumes(connection: Connection, endpoints: Sequence[str], first_us: int, end_us: int) -> list[Volume]:
    """Attempts with known tokens of requests that started in [first, end), widened to whole hours."""
    rows = summed(
        connection, Period(first_us, end_us), LENGTHS, "all", ("task",),
        ("attempts", "input_tokens", "output_tokens"), lambda c: c.endpoint.in_(endpoints),
    )  # fmt: skip
    return [Volume(task, *rows["all", task]) for _, task in sorted(rows, key=lambda key: key[1] or "")]


def hours_between(first_us: int, end_us: int) -> range:
    """The starts of the full hours in [first, end)."""
    return range(-(-first_us // HOUR_US) * HOUR_US, end_us - HOUR_US + 1, HOUR_US)
