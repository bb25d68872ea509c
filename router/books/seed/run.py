"""All days of a seeded ledger, in order; a day is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, Engine, insert, select

from router.books.months import microseconds
from router.books.seed import columns
from router.books.seed.calendar import calendar
from router.books.seed.draw import Attempts, Requests, Shape, draw, mixes_of, story_shift
from router.books.seed.judged import judged_columns
from router.books.seed.sheet import Ints, PriceSheet, Slot, slots
from router.books.seed.write import bulk, put
from router.domain.catalog import Catalog
from router.domain.prices import PriceBook
from router.record.book_tables import HOUR_US, rollup_marks
from router.record.planner import analyse
from router.record.tables import attempts, feedback, judge_calls, judgements, requests, verdicts

_MOST_AT_ONCE = 50_000
_SEEDED = (requests, attempts, verdicts, judgements, judge_calls, feedback)


class HoldsRealRows(ValueError):
    """The ledger has rows of real traffic: nothing invented is ever put beside them."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to seed: `rows` requests over `months` calendar months, the last one that of `last`."""

    rows: int
    months: int
    seed: int
    last: date


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was written, and the week in which one team's bill rises."""

    requests: int
    rows: int
    story: tuple[date, ...]


def seed_ledger(
    engine: Engine, order: Order, catalog: Catalog, prices: PriceBook, progress: Callable[[int], None]
) -> Seeded:
    """Fills an empty or seeded ledger. Raises HoldsRealRows, NothingPriced, SQLAlchemyError.

    Seeding twice with different seeds adds up; with the same one it stops at the first id that is there.
    """
    with engine.connect() as connection:
        if connection.execute(select(requests.c.id).where(requests.c.simulated.is_(False)).limit(1)).first():
            raise HoldsRealRows("the ledger holds real rows: seed another one (TIERGATE_DATABASE_URL)")
    plan = calendar(order.rows, order.months, order.last)
    places = slots(catalog, prices)
    sheet = PriceSheet(prices, places)
    shift = story_shift(sheet, plan.story[0])
    written = 0
    with bulk(engine) as connection:
        for day, count in zip(plan.days, plan.counts, strict=True):
            rng = np.random.default_rng((order.seed, day.toordinal()))
            for start in range(0, count, _MOST_AT_ONCE):
                part = min(_MOST_AT_ONCE, count - start)
                drawn = draw(day, part, mixes_of(day, plan.story, shift), sheet, rng)
                written += _write(connection, day, drawn, places, sheet, prices.version, rng)
                progress(part)
            _mark(connection, day)
            connection.commit()
    analyse(engine, _SEEDED)
    return Seeded(order.rows, written, plan.story)


def _write(
    connection: Connection,
    day: date,
    drawn: tuple[Requests, Attempts, Attempts],
    places: tuple[Slot, ...],
    sheet: PriceSheet,
    price_book: str,
    rng: np.random.Generator,
) -> int:
    asked, *tries = drawn
    ids = columns.ids_of(asked, rng)
    cost, listed, state, output = (np.zeros(len(asked), dtype=np.int64) for _ in range(4))
    booked = []
    for attempt in tries:
        found, *amounts = columns.attempt_columns(ids, asked, attempt, places, sheet)
        booked.append(found)
        cost[attempt.request] += amounts[0]
        listed[attempt.request] += amounts[1]
        state[attempt.request] = np.maximum(state[attempt.request], amounts[2])
        output[attempt.request] += np.where(_wrote(asked, attempt), attempt.written, 0)
    sums = (cost, listed, state, output)
    total = put(connection, requests, columns.request_columns(
        ids, day.isoformat(), asked, sums, places, sheet, price_book))  # fmt: skip
    total += sum(put(connection, attempts, one) for one in booked)
    total += put(connection, verdicts, columns.verdict_columns(ids, asked))
    judged = judged_columns(ids, day, asked, places, sheet, rng.spawn(1)[0])
    total += sum(
        put(connection, table, one) for table, one in zip((judgements, judge_calls), judged, strict=True)
    )
    return total + put(connection, feedback, columns.feedback_columns(ids, asked))


def _mark(connection: Connection, day: date) -> None:
    midnight = microseconds(day)
    connection.execute(insert(rollup_marks), [{"hour_us": midnight + n * HOUR_US} for n in range(24)])


def _wrote(asked: Requests, attempt: Attempts) -> Ints:
    """Whether the attempt's tokens count: not where it failed before the upstream did anything."""
    failed = (Shape.RETRIED, Shape.LOST, Shape.EXHAUSTED)
    return np.asarray(~np.isin(asked.shape[attempt.request], failed) | (attempt.n == 2))
