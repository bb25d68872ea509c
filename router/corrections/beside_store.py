"""Judges' calls and baselines read for correction, page by page, and their corrections written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace

from sqlalchemy import Connection, insert, select

from router.clock import utc
from router.corrections.amend import Stamp
from router.corrections.beside import (
    Baseline,
    baseline_correction,
    baseline_price,
    judge_correction,
    moved,
)
from router.domain.catalog import Catalog
from router.domain.corrections import BaselineCorrectionRecord, JudgeCorrectionRecord
from router.domain.opinions import JudgeCallRecord
from router.domain.prices import PriceBook
from router.domain.value import value
from router.record.marks import mark_hours_of
from router.record.tables import baseline_corrections, judge_calls, judge_corrections, requests

_R = requests.c
_CALL = tuple(judge_calls.c[field.name] for field in fields(JudgeCallRecord))
_JUDGED = tuple(judge_corrections.c[field.name] for field in fields(JudgeCorrectionRecord))
_REBASED = tuple(baseline_corrections.c[field.name] for field in fields(BaselineCorrectionRecord))


@value
class Prices:
    """What calls and baselines are priced by; `catalog` None: baselines by their models' own prices."""

    book: PriceBook
    catalog: Catalog | None


def judging(
    connection: Connection, starts: dict[str, int], prices: Prices, stamp: Stamp
) -> Iterator[JudgeCorrectionRecord]:
    """The correction of every call for judging these requests that the prices change. `starts` by id,
    Unix microseconds: a call is priced as of then, as its answer is."""
    last: dict[tuple[str, int, int], JudgeCorrectionRecord] = {}
    c = judge_corrections.c
    query = select(*_JUDGED).where(c.request_id.in_(list(starts))).order_by(c.seq)
    for row in connection.execute(query):
        last[row.request_id, row.n, row.call] = JudgeCorrectionRecord(*row)
    j = judge_calls.c
    rows = connection.execute(
        select(*_CALL).where(j.request_id.in_(list(starts))).order_by(j.request_id, j.n, j.call)
    )
    for row in rows:
        booked = JudgeCallRecord(*row)
        before = last.get((booked.request_id, booked.n, booked.call))
        call = replace(booked, **json.loads(before.state)) if before else booked
        price = prices.book.find(call.model, call.endpoint, utc(starts[call.request_id]))
        made = judge_correction(stamp, call, before.seq if before else 0, price)
        if made is not None:
            yield made


def baselines(
    connection: Connection, ids: Sequence[str], prices: Prices, stamp: Stamp
) -> Iterator[BaselineCorrectionRecord]:
    """The correction of every baseline of these requests that the prices change. One that had no price
    when its request was served has none since: the length it would have had was not booked."""
    last: dict[str, BaselineCorrectionRecord] = {}
    c = baseline_corrections.c
    for row in connection.execute(select(*_REBASED).where(c.request_id.in_(ids)).order_by(c.seq)):
        last[row.request_id] = BaselineCorrectionRecord(*row)
    columns = (_R.id, _R.started_us, _R.baseline_model, _R.baseline_pico, _R.baseline_output,
               _R.baseline_input_price, _R.baseline_output_price)  # fmt: skip
    known = (_R.id.in_(ids), _R.baseline_pico.is_not(None), _R.baseline_output.is_not(None),
             _R.baseline_input_price > 0)  # fmt: skip
    for key, started, model, pico, output, sent_price, price in connection.execute(
        select(*columns).where(*known).order_by(_R.id)
    ):
        sent = (pico - output * price) // sent_price
        held = Baseline(key, started, model, sent, output, sent_price, price, 0)
        held = moved(held, last[key]) if key in last else held
        at = utc(started)
        made = baseline_correction(stamp, held, baseline_price(prices.book, prices.catalog, model, at), at)
        if made is not None:
            yield made


def append_beside(
    connection: Connection,
    judged: Sequence[JudgeCorrectionRecord],
    rebased: Sequence[BaselineCorrectionRecord],
) -> None:
    """Raises IntegrityError when somebody else corrected one of them meanwhile."""
    for table, rows in ((judge_corrections, judged), (baseline_corrections, rebased)):
        if rows:
            connection.execute(insert(table), [asdict(row) for row in rows])
            mark_hours_of(connection, (row.request_id for row in rows))
