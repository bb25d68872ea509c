"""A seeded ledger: exact size, exact arithmetic, the same again, never beside real rows, with its story."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from router.books.seed.calendar import calendar
from router.books.seed.run import HoldsRealRows, Order, Seeded, seed_ledger
from router.books.seed.world import STORY, STORY_RISE, WORKLOADS
from router.domain.arithmetic import attempt_cost, attempt_list_cost
from router.domain.records import AttemptRecord
from router.policy.documents import Bundle
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.tables import attempts, feedback, judge_calls, judgements, requests, verdicts
from router.record.write import LedgerWriter
from tests.record import rows

OCTOBER = date(2026, 10, 1)


def seeded(engine: Engine, shipped: Bundle, count: int = 3_000, seed: int = 1, months: int = 2) -> Seeded:
    """`count` requests over the `months` that end with October 2026."""
    order = Order(count, months, seed, OCTOBER)
    return seed_ledger(engine, order, shipped.catalog, shipped.prices, lambda _: None)


def all_rows(engine: Engine) -> dict[str, list[Any]]:
    """Everything in the ledger, in order."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (requests, attempts, verdicts, feedback, judgements, judge_calls)
        }


def test_as_many_requests_as_were_asked_for(ledger: Engine, shipped: Bundle) -> None:
    """Every day of both months has its share, and the counts add up to the order exactly."""
    done = seeded(ledger, shipped)
    found = all_rows(ledger)
    assert len(found["requests"]) == done.requests == 3_000
    assert sum(map(len, found.values())) == done.rows
    days = {row[3] for row in found["requests"]}
    assert (min(days), max(days), len(days)) == ("2026-09-01", "2026-10-31", 61)


def test_every_cost_can_be_redone_from_its_row(sqlite_ledger: Engine, shipped: Bundle) -> None:
    """Tokens times prices is the stored cost, agreed and listed, and a request's cost is its attempts'."""
    seeded(sqlite_ledger, shipped)
    found = all_rows(sqlite_ledger)
    names = [field.name for field in fields(AttemptRecord)]
    by_request: dict[str, list[AttemptRecord]] = {}
    for row in found["attempts"]:
        attempt = AttemptRecord(**dict(zip(names, row, strict=True)))
        by_request.setdefault(attempt.request_id, []).append(attempt)
        assert attempt_cost(attempt) == attempt.cost_pico
        assert attempt_list_cost(attempt) == attempt.list_pico
    columns = [column.name for column in requests.columns]
    for row in found["requests"]:
        request = dict(zip(columns, row, strict=True))
        costs = [attempt.cost_pico for attempt in by_request.get(request["id"], [])]
        assert len(costs) == request["attempts"]
        known = [cost for cost in costs if cost is not None]
        assert request["cost_pico"] == (sum(known) if len(known) == len(costs) else None)
    assert {row[columns.index("cost_state")] for row in found["requests"]} == {
        "priced", "estimated", "free", "usage_missing"}  # fmt: skip


def test_some_are_judged_and_some_held_out(sqlite_ledger: Engine, shipped: Bundle) -> None:
    """Graded answers with a call each, whose cost is tokens times prices; a holdout of baseline answers."""
    seeded(sqlite_ledger, shipped)
    j, r = judge_calls.c, requests.c
    with sqlite_ledger.connect() as connection:
        count = connection.execute(select(func.count()).select_from(judgements)).scalar_one()
        calls = connection.execute(select(
            j.cost_pico, j.uncached_input * j.input_price + j.output * j.output_price)).all()  # fmt: skip
        held = connection.execute(select(r.holdout, r.model).where(r.holdout.is_not(None))).all()
        baseline = (
            connection.execute(select(r.baseline_model).where(r.holdout.is_not(None))).scalars().first()
        )
    assert len(calls) == count > 10 and all(cost == made for cost, made in calls)
    assert {model for held_out, model in held if held_out} == {baseline}
    assert 0 < sum(held_out for held_out, _ in held) < 0.1 * len(held)


def test_the_same_seed_makes_the_same_rows(
    sqlite_ledger: Engine, shipped: Bundle, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another ledger filled with the same arguments is equal row by row; another seed is not."""
    seeded(sqlite_ledger, shipped, 500)
    others = []
    for seed in (1, 2):
        other = ledger_engine(f"sqlite:///{tmp_path_factory.mktemp('again') / 'ledger.sqlite'}")
        migrate(other)
        seeded(other, shipped, 500, seed)
        others.append(all_rows(other))
        other.dispose()
    assert all_rows(sqlite_ledger) == others[0] != others[1]


def test_it_is_never_put_beside_real_rows(ledger: Engine, shipped: Bundle) -> None:
    """A ledger with one real row is refused and left as it is; every seeded row says simulated."""
    seeded(ledger, shipped, 100)
    with ledger.connect() as connection:
        for table in (requests, attempts):
            assert set(connection.execute(select(table.c.simulated)).scalars()) == {True}
    key = rows.new_id()
    LedgerWriter(ledger).insert([as_done(rows.request(key), [rows.attempt(key)])])
    with pytest.raises(HoldsRealRows, match="real rows"):
        seeded(ledger, shipped, 100, seed=2)
    assert len(all_rows(ledger)["requests"]) == 101


def test_the_story_is_there(sqlite_ledger: Engine, shipped: Bundle) -> None:
    """In the third whole week the team's cost per request is a third higher than the week before, for one
    workload went to the frontier more often; its other workload did not."""
    done = seeded(sqlite_ledger, shipped, 80_000, months=1)
    story = WORKLOADS[STORY]
    assert (done.story[0], done.story[-1]) == (date(2026, 10, 19), date(2026, 10, 25))
    before, during = (_week(sqlite_ledger, date(2026, 10, monday), story.team, None) for monday in (12, 19))
    assert during == pytest.approx(before * (1 + STORY_RISE), rel=0.06)
    other = next(w for w in WORKLOADS if w.team == story.team and w is not story)
    quiet = [_week(sqlite_ledger, date(2026, 10, monday), story.team, other.name) for monday in (12, 19)]
    assert quiet[1] == pytest.approx(quiet[0], rel=0.08)


def _week(engine: Engine, monday: date, team: str, workload: str | None) -> float:
    """Mean cost of a team's requests in that week, pico-USD."""
    days = [date.fromordinal(monday.toordinal() + n).isoformat() for n in range(7)]
    query = select(func.sum(requests.c.cost_pico), func.count()).where(
        requests.c.day.in_(days), requests.c.team == team
    )
    if workload is not None:
        query = query.where(requests.c.workload == workload)
    with engine.connect() as connection:
        cost, count = connection.execute(query).one()
    return int(cost) / count


def test_weekdays_are_busier_than_weekends() -> None:
    """The calendar has the shape of office work, and growth."""
    plan = calendar(100_000, 2, OCTOBER)
    by_day = dict(zip(plan.days, plan.counts, strict=True))
    assert sum(plan.counts) == 100_000
    assert by_day[date(2026, 10, 13)] > 2 * by_day[date(2026, 10, 11)]
    assert by_day[date(2026, 10, 27)] > by_day[date(2026, 9, 1)]
