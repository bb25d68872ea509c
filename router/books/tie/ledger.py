"""A month added up from the ledger's own rows: attempts, judging, corrections, billed GPU hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from router.books.months import microseconds, month_of
from router.books.rollups.gpu import called_at
from router.gpu.allocate import Line
from router.record.sums import halves, whole
from router.record.tables import (
    attempts,
    corrections,
    gpu_allocations,
    gpu_hours,
    judge_calls,
    judge_corrections,
    requests,
)

_R, _A, _C, _J = requests.c, attempts.c, corrections.c, judge_calls.c
_K, _H, _G = judge_corrections.c, gpu_hours.c, gpu_allocations.c


@dataclass(frozen=True, slots=True)
class Rows:
    """Pico-USD, of the requests that started in a month; GPU hours of the month itself. `replaced` is what
    the price book had reckoned for what the GPU bills are for."""

    requests: int
    attempts: int
    attempts_cost: int
    judging: int
    corrections: int
    gpu_bills: int
    replaced: int

    @property
    def cost(self) -> int:
        """All that is paid, self-hosted endpoints by their bills as far as hours are billed."""
        return self.attempts_cost + self.judging + self.corrections + self.gpu_bills - self.replaced


def rows_of(connection: Connection, month: date) -> Rows:
    """Reads every row of the month: seconds to minutes on a large ledger."""
    span = microseconds(month), microseconds(month_of(month, 1))
    within = and_(_R.started_us >= span[0], _R.started_us < span[1])

    def amount(query: Select[Any]) -> int:
        return whole(*connection.execute(query).one())

    def of(column: ColumnElement[Any], table: Any) -> int:
        query = select(*halves(column)).join_from(requests, table, table.c.request_id == _R.id)
        return amount(query.where(within))

    tries = select(func.count()).join_from(requests, attempts, _A.request_id == _R.id).where(within)
    return Rows(
        requests=connection.execute(select(func.count()).select_from(requests).where(within)).scalar_one(),
        attempts=connection.execute(tries).scalar_one(),
        attempts_cost=of(_A.cost_pico, attempts),
        judging=of(_J.cost_pico, judge_calls) + of(_K.delta_pico, judge_corrections),
        corrections=of(_C.delta_pico, corrections),
        gpu_bills=amount(select(*halves(_H.bill_pico)).join(*_latest(span))),
        replaced=sum(map(amount, _replaced(span))),
    )


def _latest(span: tuple[int, int]) -> tuple[Any, ColumnElement[bool]]:
    """What joins the version of each billed hour that counts to `gpu_hours`."""
    query = select(_H.endpoint, _H.hour_us, func.max(_H.version).label("version"))
    found = query.where(_H.hour_us >= span[0], _H.hour_us < span[1]).group_by(_H.endpoint, _H.hour_us)
    last = found.subquery()
    same = (last.c.endpoint == _H.endpoint, last.c.hour_us == _H.hour_us, last.c.version == _H.version)
    return last, and_(*same)


def _replaced(span: tuple[int, int]) -> tuple[Select[Any], ...]:
    """Costs of the attempts with a share of a bill, their corrections, and the calls for judging with one."""
    part = and_(_G.endpoint == _H.endpoint, _G.hour_us == _H.hour_us, _G.version == _H.version)

    def of(line: Line, column: ColumnElement[Any], table: Any, on: ColumnElement[bool]) -> Select[Any]:
        query = select(*halves(column)).select_from(gpu_hours).join(*_latest(span))
        return query.join(gpu_allocations, and_(part, _G.line == line.value)).join(table, on)

    corrected = and_(_K.request_id == _J.request_id, _K.n == _J.n, _K.call == _J.call)
    called = (_J.request_id == _G.request_id, _J.n == _G.n, called_at(_J.endpoint))
    same_hour = and_(_J.started_us >= _G.hour_us, _J.started_us < _G.hour_us + 3_600_000_000)
    judged = of(Line.JUDGE, _J.cost_pico, judge_calls, and_(*called, same_hour))
    since = of(Line.JUDGE, _K.delta_pico, judge_calls, and_(*called, same_hour))
    return (
        of(Line.REQUEST, _A.cost_pico, attempts, and_(_A.request_id == _G.request_id, _A.n == _G.n)),
        of(Line.REQUEST, _C.delta_pico, corrections, and_(_C.request_id == _G.request_id, _C.n == _G.n)),
        judged,
        since.join(judge_corrections, corrected),
    )
