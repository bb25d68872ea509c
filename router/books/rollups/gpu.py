"""Billed GPU hours as charges, so that what is reported of a self-hosted endpoint is what it really costs.

For every share of a request or of judging: the share of the bill, and as a line beside it what the price book
had reckoned, taken off again. Idle time, and what other clients of the server used, are kinds of their own
and of no team. All of an hour's shares are its bill. They count for the hour that was billed, which may be
one later than that of the request.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, literal, or_, select

from router.books.rollups.charges import SERVED, WHO
from router.books.rollups.facts import Hours, Key, Sums, add
from router.books.rollups.requests import integer
from router.books.rollups.tags import KeptTags
from router.domain.kinds import CostState
from router.gpu.allocate import Line
from router.record.book_tables import HOUR_US
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

SHARE, JUDGING, IDLE, OUTSIDE = "gpu", "gpu_judge", "gpu_idle", "gpu_outside"
KINDS = (SHARE, JUDGING, IDLE, OUTSIDE)
WORK, REPLACED = "gpu_work", "gpu_replaced"
"""Meters: a share of the bill, by work; and the price book's cost that it takes the place of."""
NO_TEAM = ""
_G, _H, _A, _R = gpu_allocations.c, gpu_hours.c, attempts.c, requests.c
_C, _J, _K = corrections.c, judge_calls.c, judge_corrections.c


def gpu_charges(connection: Connection, hours: Hours, tags: KeptTags, sums: Sums) -> None:
    """Adds the shares of the endpoints billed for the hours, by the latest version of each bill."""
    for hour in connection.execute(_BILLED_HOURS, hours.bounds).scalars().all():
        _charges_of_hour(connection, hour, tags, sums)


def _charges_of_hour(connection: Connection, hour_us: int, tags: KeptTags, sums: Sums) -> None:
    hour = {"start": hour_us, "end": hour_us + HOUR_US}
    for kind, query in ((SHARE, _REQUESTS), (JUDGING, _JUDGING)):
        for *who, work, high, low, cost_high, cost_low, list_high, list_low in connection.execute(
            query, hour
        ):
            share, cost, listed = whole(high, low), whole(cost_high, cost_low), whole(list_high, list_low)
            key = (hour_us, *_key(who, tags, kind))
            add(sums, (*key, WORK, None, None), (int(work), share, share))
            add(sums, (*key, REPLACED, None, None), (0, -cost, -listed))
    for endpoint, tier, model, rate_id, line, work, share in connection.execute(_UNUSED, hour):
        kind = IDLE if line == Line.IDLE else OUTSIDE
        key = (NO_TEAM, NO_TEAM, NO_TEAM, None, "{}", tier or "", model or "", endpoint, False, kind, False,
               CostState.PRICED.value, None, rate_id)  # fmt: skip
        add(sums, (hour_us, *key, WORK, None, None), (work, share, share))


def _key(who: list[Any], tags: KeptTags, kind: str) -> Key:
    """From the columns of `_shares`."""
    *team, tag_text, tier, model, endpoint, simulated, served, rate_id = who
    return (*team, tags.of(tag_text), tier, model, endpoint, bool(simulated), kind, bool(served),
            CostState.PRICED.value, None, rate_id)  # fmt: skip


_CURRENT = (
    select(_H.endpoint, func.max(_H.version).label("version"))
    .where(_H.hour_us == bindparam("start"))
    .group_by(_H.endpoint)
    .subquery("current")
)
_BILLED = and_(
    _H.endpoint == _CURRENT.c.endpoint, _H.version == _CURRENT.c.version, _H.hour_us == bindparam("start")
)
_PART = and_(_G.endpoint == _H.endpoint, _G.hour_us == _H.hour_us, _G.version == _H.version)


def _shares(line: Line, calls: Any, served: ColumnElement[bool], cost: Any, listed: Any) -> Select[Any]:
    """Shares of one kind of line by who, what and the rate; with the cost of the `calls` they are for."""
    group = (*WHO, calls.tier, calls.model, _G.endpoint, calls.simulated, served.label("served"), _H.rate_id)
    return (
        select(*group, func.sum(_G.work), *halves(_G.share_pico), *halves(cost), *halves(listed))
        .select_from(gpu_hours)
        .join(_CURRENT, _BILLED)
        .join(gpu_allocations, and_(_PART, _G.line == line.value))
        .join(requests, _R.id == _G.request_id)
        .group_by(*group)
    )


def _of_requests() -> Select[Any]:
    since = (
        select(
            _C.request_id,
            _C.n,
            integer(func.sum(_C.delta_pico)).label("cost"),
            integer(func.sum(_C.delta_list_pico)).label("listed"),
        )
        .where(_C.request_id.in_(select(_G.request_id).where(_G.hour_us == bindparam("start"))))
        .group_by(_C.request_id, _C.n)
        .subquery()
    )
    cost = func.coalesce(_A.cost_pico, 0) + func.coalesce(since.c.cost, 0)
    listed = func.coalesce(_A.list_pico, 0) + func.coalesce(since.c.listed, 0)
    return (
        _shares(Line.REQUEST, _A, SERVED, cost, listed)
        .join(attempts, and_(_A.request_id == _G.request_id, _A.n == _G.n))
        .outerjoin(since, and_(since.c.request_id == _A.request_id, since.c.n == _A.n))
    )


def _of_judging() -> Select[Any]:
    """All calls for judging one answer at that endpoint in that hour have one share."""
    within = and_(_J.started_us >= bindparam("start"), _J.started_us < bindparam("end"))
    since = (
        select(
            _K.request_id,
            _K.n,
            _K.call,
            integer(func.sum(_K.delta_pico)).label("cost"),
            integer(func.sum(_K.delta_list_pico)).label("listed"),
        )
        .where(_K.request_id.in_(select(_G.request_id).where(_G.hour_us == bindparam("start"))))
        .group_by(_K.request_id, _K.n, _K.call)
        .subquery()
    )
    since_cost, since_listed = func.coalesce(since.c.cost, 0), func.coalesce(since.c.listed, 0)
    same = (since.c.request_id == _J.request_id, since.c.n == _J.n, since.c.call == _J.call)
    calls = (
        select(
            _H.endpoint.label("billed"),
            _J.request_id,
            _J.n,
            func.min(_J.tier).label("tier"),
            func.min(_J.model).label("model"),
            func.max(case((_J.simulated.is_(True), 1), else_=0)).label("simulated"),
            integer(func.sum(func.coalesce(_J.cost_pico, 0) + since_cost)).label("cost"),
            integer(func.sum(func.coalesce(_J.list_pico, 0) + since_listed)).label("listed"),
        )
        .select_from(gpu_hours)
        .join(_CURRENT, _BILLED)
        .join(judge_calls, and_(within, called_at(_J.endpoint)))
        .outerjoin(since, and_(*same))
        .group_by(_H.endpoint, _J.request_id, _J.n)
        .subquery("calls")
    )
    c = calls.c
    on = and_(c.request_id == _G.request_id, c.n == _G.n, c.billed == _G.endpoint)
    return _shares(Line.JUDGE, c, _G.n < 0, c.cost, c.listed).join(calls, on)


def called_at(endpoint: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the server of a billed hour serves that endpoint."""
    quoted = literal('"') + endpoint + literal('"')
    return or_(endpoint == _H.endpoint, _H.endpoints.contains(quoted, autoescape=False))


_BILLED_HOURS = (
    select(_H.hour_us).distinct().where(_H.hour_us >= bindparam("start"), _H.hour_us < bindparam("end"))
)
_REQUESTS, _JUDGING = _of_requests(), _of_judging()
_UNUSED = (
    select(_H.endpoint, _H.tier, _H.model, _H.rate_id, _G.line, _G.work, _G.share_pico)
    .select_from(gpu_hours)
    .join(_CURRENT, _BILLED)
    .join(gpu_allocations, and_(_PART, _G.line.in_((Line.IDLE.value, Line.OUTSIDE.value))))
)
