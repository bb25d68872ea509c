"""Rollups: sums of the ledger's rows and nothing else, whatever the order of arriving and rolling."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, func, select

from router.books.rollups.facts import CHARGES, OUTCOMES
from router.books.rollups.roll import mark_all, roll, waiting
from router.corrections.run import rerate
from router.domain.usage import Usage
from router.record.book_tables import HOUR_US, late_arrivals, rollup_marks
from router.record.lines import Done, as_done
from router.record.tables import attempts, requests
from router.record.write import LedgerWriter
from tests.corrections import made
from tests.record import rows

TAGS = ("cost_centre",)


def done(hour: int = 0, count: int = 1, team: str = "search", **changes: Any) -> Done:
    """A request in that hour after `rows.STARTED_US` with `count` attempts of exact cost."""
    key = rows.new_id()
    tries = [
        rows.attempt(key, n, output=51 + n, cost_pico=100 * 4_874 + (51 + n) * 10_051,
                     list_pico=100 * 4_874 + (51 + n) * 10_051, **changes)
        for n in range(1, count + 1)
    ]  # fmt: skip
    started = rows.STARTED_US + hour * HOUR_US
    day = ("2026-09-21", "2026-09-22")[hour >= 11]
    costs = [t.cost_pico for t in tries]
    total = None if None in costs else sum(c for c in costs if c is not None)
    request = rows.request(key, count, started_us=started, day=day, team=team, cost_pico=total,
                           tags='{"cost_centre":"7","user":"u1"}')  # fmt: skip
    return as_done(request, tries)


def sums(engine: Engine) -> dict[str, tuple[int, int, int]]:
    """Ledger, hours and days: attempts, known cost, list cost."""
    found = {}
    with engine.connect() as connection:
        query = select(func.count(), func.sum(attempts.c.cost_pico), func.sum(attempts.c.list_pico))
        found["ledger"] = tuple(int(n or 0) for n in connection.execute(query).one())
        for table in (CHARGES.hour, CHARGES.day):
            query = select(
                func.sum(table.c.quantity).filter(table.c.meter == "attempts"),
                func.sum(table.c.cost_pico),
                func.sum(table.c.list_pico),
            )
            found[table.name] = tuple(int(n or 0) for n in connection.execute(query).one())
    return found


def content(engine: Engine) -> list[list[tuple[Any, ...]]]:
    """All rows of all four tables, in one order."""
    with engine.connect() as connection:
        return [
            sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for fact in (CHARGES, OUTCOMES)
            for table in (fact.hour, fact.day)
        ]


def test_sums_are_those_of_the_ledger(ledger: Engine) -> None:
    """Cost, list cost and attempts are equal to the pico in ledger, hours and days."""
    LedgerWriter(ledger).insert([done(hour, 1 + hour % 3) for hour in range(20)])
    rolled = roll(ledger, TAGS, 1)
    assert (rolled.days, rolled.hours) == (2, 20)
    found = sums(ledger)
    assert found["ledger"] == found["charges_hour"] == found["charges_day"]
    assert roll(ledger, TAGS, 2).hours == 0


def test_unknown_cost_is_counted_and_never_zero(ledger: Engine) -> None:
    """An unpriced attempt keeps its tokens without a cost; one of unknown usage is counted by its state."""
    LedgerWriter(ledger).insert([done(), _unknown("unpriced"), _unknown("usage_missing")])
    roll(ledger, TAGS, 1)
    c = CHARGES.day.c
    with ledger.connect() as connection:
        query = select(c.meter, c.quantity, c.cost_pico).where(c.cost_state == "unpriced").order_by(c.meter)
        assert [tuple(row) for row in connection.execute(query)] == [
            ("attempts", 1, 0), ("output", 51, None), ("uncached_input", 100, None)]  # fmt: skip
        query = select(c.meter, c.quantity).where(c.cost_state == "usage_missing")
        assert [tuple(row) for row in connection.execute(query)] == [("attempts", 1)]


def _unknown(state: str) -> Done:
    key = rows.new_id()
    changes: dict[str, Any] = {**rows.UNPRICED, "cost_state": state}
    if state == "usage_missing":
        changes |= {"uncached_input": None, "cache_read": None, "cache_write": None, "output": None}
    request = rows.request(key, cost_pico=None, list_pico=None, cost_state=state)
    return as_done(request, [rows.attempt(key, **changes)])


def test_units_have_meters_of_their_own(ledger: Engine) -> None:
    """What is billed apart is taken out of its direction; the products still make the stored cost."""
    key = rows.new_id()
    units = '{"cache_write_1h":[30,6000000,7000000],"search":[2,10000000000,10000000000]}'
    cost = 70 * 3_000_000 + 20 * 3_750_000 + 30 * 6_000_000 + 2 * 10_000_000_000 + 10 * 15_000_000
    listed = 70 * 3_000_000 + 20 * 3_750_000 + 30 * 7_000_000 + 2 * 10_000_000_000 + 10 * 15_000_000
    names = ("input", "cache_read", "cache_write", "output")
    values = (3_000_000, 300_000, 3_750_000, 15_000_000)
    prices = {f"{name}_price": price for name, price in zip(names, values, strict=True)}
    prices |= {name.replace("_price", "_list_price"): p for name, p in prices.items()}
    attempt = rows.attempt(key, uncached_input=70, cache_write=50, output=10, units=units, cost_pico=cost,
                           list_pico=listed, **prices)  # fmt: skip
    LedgerWriter(ledger).insert([as_done(rows.request(key, cost_pico=cost), [attempt])])
    roll(ledger, TAGS, 1)
    c = CHARGES.day.c
    with ledger.connect() as connection:
        found = {row.meter: row[-3:] for row in connection.execute(select(CHARGES.day))}
        assert int(connection.execute(select(func.sum(c.cost_pico))).scalar_one()) == cost
    assert found["cache_write"] == (20, 20 * 3_750_000, 20 * 3_750_000)
    assert found["cache_write_1h"] == (30, 180_000_000, 210_000_000)
    assert found["search"][0] == 2 and "unexplained" not in found


def test_a_stored_cost_that_its_prices_do_not_make_is_kept_and_named(ledger: Engine) -> None:
    """Sums stay those of the ledger even for a row somebody altered; the rest is called unexplained."""
    key = rows.new_id()
    altered = rows.attempt(key, cost_pico=1_000_008, list_pico=1_000_008)
    LedgerWriter(ledger).insert([as_done(rows.request(key, cost_pico=1_000_008), [altered])])
    roll(ledger, TAGS, 1)
    found = sums(ledger)
    assert found["ledger"] == found["charges_day"] == (1, 1_000_008, 1_000_008)
    c = CHARGES.day.c
    with ledger.connect() as connection:
        beyond = connection.execute(select(c.cost_pico).where(c.meter == "unexplained")).scalar_one()
    assert beyond == 7


def test_only_allocation_tags_are_kept(ledger: Engine) -> None:
    """A tag that is not among them makes no sums of its own."""
    LedgerWriter(ledger).insert([done(), done()])
    roll(ledger, TAGS, 1)
    with ledger.connect() as connection:
        assert set(connection.execute(select(CHARGES.day.c.tags)).scalars()) == {'{"cost_centre":"7"}'}


def test_verdicts_and_reports_that_come_later(ledger: Engine) -> None:
    """A check after the reply changes the hour it belongs to; the latest report of a key counts, once."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert(
        [as_done(rows.request(key, verdict="unverified", outcome="unverified"), [rows.attempt(key)])]
    )
    roll(ledger, TAGS, 1)
    writer.insert_later("verdicts", [astuple(rows.verdict(key, verdict="failed"))])
    writer.insert_later(
        "feedback", [astuple(rows.feedback(key)), astuple(rows.feedback(key, 2, thumb="down"))]
    )
    assert roll(ledger, TAGS, 2).hours == 1
    o = OUTCOMES.day.c
    with ledger.connect() as connection:
        row = connection.execute(select(o.verdict, o.requests, o.reported, o.reported_good)).one()
    assert tuple(row) == ("failed", 1, 1, 0)


@pytest.mark.parametrize(
    ("first", "later", "verdict"),
    [("passed", "failed", "failed"), ("failed", "passed", "failed"), ("unverified", "passed", "passed")],
)
def test_one_failed_check_fails_an_answer_whenever_it_ran(
    ledger: Engine, first: str, later: str, verdict: str
) -> None:
    """A late check that fails takes back what an early one passed, here as in every other report."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key, verdict=first), [rows.attempt(key)])])
    roll(ledger, TAGS, 1)
    writer.insert_later("verdicts", [astuple(rows.verdict(key, verdict=later))])
    roll(ledger, TAGS, 2)
    with ledger.connect() as connection:
        assert list(connection.execute(select(OUTCOMES.day.c.verdict)).scalars()) == [verdict]


def test_late_rows_roll_into_their_hour_and_are_named(ledger: Engine) -> None:
    """What arrives hours late is added to the hour it belongs to, and its id is kept."""
    writer = LedgerWriter(ledger)
    writer.insert([done()])
    roll(ledger, TAGS, 1)
    late = done()
    writer.insert([late])
    assert roll(ledger, TAGS, 2).hours == 1
    found = sums(ledger)
    assert found["ledger"] == found["charges_hour"] == found["charges_day"]
    with ledger.connect() as connection:
        assert late.request[0] in set(connection.execute(select(late_arrivals.c.request_id)).scalars())


def test_a_crash_at_any_statement_counts_nothing_twice(sqlite_ledger: Engine) -> None:
    """However far a roll came before it died, the next one ends with the same sums."""
    LedgerWriter(sqlite_ledger).insert([done(hour) for hour in (0, 1, 14)])
    roll(sqlite_ledger, TAGS, 1)
    whole = content(sqlite_ledger)
    for statement in range(1, 40):
        mark_all(sqlite_ledger)
        seen = 0

        def die(*_: object, limit: int = statement) -> None:
            nonlocal seen
            seen += 1
            if seen == limit:
                raise KeyboardInterrupt

        event.listen(sqlite_ledger, "before_cursor_execute", die)
        try:
            roll(sqlite_ledger, TAGS, 1)
        except KeyboardInterrupt:
            pass
        finally:
            event.remove(sqlite_ledger, "before_cursor_execute", die)
        roll(sqlite_ledger, TAGS, 1)
        assert content(sqlite_ledger) == whole


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 3), st.sampled_from("ab"), st.booleans()), max_size=12
    )
)
def test_any_order_of_arriving_and_rolling_ends_the_same(
    sqlite_ledger: Engine, steps: list[tuple[int, int, str, bool]]
) -> None:
    """Rolling after any of the arrivals, or only at the end, makes the same sums, and those of the ledger."""
    _empty(sqlite_ledger)
    writer = LedgerWriter(sqlite_ledger)
    for hour, count, team, now in steps:
        writer.insert([done(hour, count, team)])
        if now:
            roll(sqlite_ledger, TAGS, 1)
    roll(sqlite_ledger, TAGS, 1)
    found, kept = sums(sqlite_ledger), content(sqlite_ledger)
    assert found["ledger"] == found["charges_hour"] == found["charges_day"]
    mark_all(sqlite_ledger)
    roll(sqlite_ledger, TAGS, 1)
    assert content(sqlite_ledger) == kept
    with sqlite_ledger.connect() as connection:
        assert waiting(connection) == 0


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in (
            attempts,
            requests,
            CHARGES.hour,
            CHARGES.day,
            OUTCOMES.hour,
            OUTCOMES.day,
            rollup_marks,
        ):
            connection.execute(delete(table))


def test_corrections_change_the_sums_of_their_hour(ledger: Engine) -> None:
    """Prices that came later make an unknown cost known: its hour is rolled up again, and the sums are those
    of attempts and corrections together."""
    unknown = made.request([made.Try("small", Usage(100, 0, 0, 50)), made.Try("big", Usage(10, 0, 0, 5))],
                           made.book(big=(7, 9, 8)))  # fmt: skip
    LedgerWriter(ledger).insert([as_done(*unknown)])
    roll(ledger, TAGS, 1)
    book = made.book(big=(7, 9, 8), small=(2, 3, 4))
    rerate(ledger, book, 0, 2**62, made.stamp(), dry_run=False)
    assert roll(ledger, TAGS, 2).hours == 1
    c, o = CHARGES.day.c, OUTCOMES.day.c
    with ledger.connect() as connection:
        cost, listed = connection.execute(select(func.sum(c.cost_pico), func.sum(c.list_pico))).one()
        assert (int(cost), int(listed)) == (
            10 * 7 + 5 * 9 + 100 * 2 + 50 * 3,
            10 * 8 + 5 * 9 + 100 * 4 + 50 * 3,
        )
        states = (
            select(c.cost_state, func.sum(c.quantity)).where(c.meter == "attempts").group_by(c.cost_state)
        )
        assert {state: int(n) for state, n in connection.execute(states)} == {"priced": 2, "unpriced": 0}
        found = connection.execute(
            select(o.cost_state, o.cost_pico, o.answers_pico + o.escalations_pico, o.unanswered_pico)
        ).all()
    # Without a baseline nothing is compared: what it cost is among what saved nothing.
    assert found == [("priced", int(cost), 0, int(cost))]


def test_what_judges_cost_is_a_kind_of_its_own(ledger: Engine) -> None:
    """A judge's call belongs to the hour of the request that it judges, and is no answer's cost."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key), [rows.attempt(key)])])
    roll(ledger, TAGS, 1)
    call = rows.judge_call(key)
    writer.insert_later("judge_calls", [astuple(call)])
    assert roll(ledger, TAGS, 2).hours == 1
    c = CHARGES.day.c
    with ledger.connect() as connection:
        query = select(c.kind, func.sum(c.cost_pico)).group_by(c.kind)
        found = {kind: int(cost) for kind, cost in connection.execute(query)}
    assert found == {"usage": 1_000_001, "judge": call.cost_pico}


def test_two_rollers_at_once(ledger: Engine) -> None:
    """They take turns: nothing is counted twice."""
    LedgerWriter(ledger).insert([done(hour) for hour in range(12)])
    with ThreadPoolExecutor(3) as pool:
        rolled = list(pool.map(lambda n: roll(ledger, TAGS, n), range(3)))
    assert sum(one.hours for one in rolled) == 12
    found = sums(ledger)
    assert found["ledger"] == found["charges_hour"] == found["charges_day"]


@pytest.mark.parametrize("text", ["", "[]", "no json", '{"other":1}'])
def test_strange_tags_are_no_tags(ledger: Engine, text: str) -> None:
    """Whatever stands in the column, the sums are made."""
    one = done()
    request = list(one.request)
    request[[c.name for c in requests.columns].index("tags")] = text
    LedgerWriter(ledger).insert([Done(tuple(request), one.attempts)])
    roll(ledger, TAGS, 1)
    with ledger.connect() as connection:
        assert set(connection.execute(select(CHARGES.day.c.tags)).scalars()) == {"{}"}
