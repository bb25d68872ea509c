"""The work of an hour as the ledger has it: attempts, with the tokens that corrections leave, and judging.

What was sent within the hour counts for it, however long it took.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, select

from router.domain.gpu import HOUR_US, GpuRate
from router.domain.kinds import CostState
from router.gpu.allocate import Line, Served
from router.record.tables import attempts, corrections, judge_calls, requests

_LONGEST_US = 6 * HOUR_US
"""An attempt is sent at most this long after its request came; it bounds the search by request."""


def attempts_served(connection: Connection, rate: GpuRate, hour_us: int) -> tuple[list[Served], int]:
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
            a.endpoint.in_(rate.endpoints),
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


def judging_served(connection: Connection, rate: GpuRate, hour_us: int) -> list[Served]:
    """The work of the calls that were made to judge answers."""
    j = judge_calls.c
    query = (
        select(j.request_id, j.n, func.sum(j.uncached_input + j.cache_write), func.sum(j.output))
        .join_from(judge_calls, requests, j.request_id == requests.c.id)
        .where(
            requests.c.started_us >= hour_us - _LONGEST_US,
            requests.c.started_us < hour_us + HOUR_US,
            j.endpoint.in_(rate.endpoints),
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
