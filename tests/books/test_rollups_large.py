"""Rolling up much at once: the sums are those of every hour by itself, the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from router.books.bulk import insert_rows
from router.books.rollups.facts import CHARGES, LENGTHS, OUTCOMES, Hours, in_a_row
from router.books.rollups.roll import mark_all, roll
from router.books.seed.run import Order, seed_ledger
from router.policy.documents import Bundle
from router.record.book_tables import HOUR_US, rollup_marks
from router.record.engine import ledger_engine
from router.record.lines import Done, as_done
from router.record.migrate import migrate
from router.record.planner import analyse_changed, plan_for_hours
from router.record.tables import attempts, requests
from router.record.write import LedgerWriter
from tests.record import rows

TAGS = ("cost_centre",)
FACTS = (CHARGES, OUTCOMES, LENGTHS)


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of sums, in one order."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for fact in FACTS
            for table in (fact.hour, fact.day)
        }


def seeded(engine: Engine, shipped: Bundle) -> None:
    order = Order(1_500, 1, 1, date(2026, 10, 1))
    seed_ledger(engine, order, shipped.catalog, shipped.prices, lambda _: None)


@pytest.fixture
def postgres_ledger(postgres_url: str) -> Iterator[Engine]:
    """An empty ledger with its tables, on PostgreSQL."""
    engine = ledger_engine(postgres_url)
    migrate(engine)
    yield engine
    engine.dispose()


def test_both_databases_make_the_same_sums(
    sqlite_ledger: Engine, postgres_ledger: Engine, shipped: Bundle
) -> None:
    """Of the same rows, to the last column."""
    for engine in (sqlite_ledger, postgres_ledger):
        seeded(engine, shipped)
        assert roll(engine, TAGS, 1).days == 31
    found = content(postgres_ledger)
    assert all(found.values())
    assert content(sqlite_ledger) == found


def test_hours_at_once_are_as_each_by_itself(ledger: Engine, shipped: Bundle) -> None:
    """Days in one statement, and hour after hour, end with the same rows."""
    seeded(ledger, shipped)
    roll(ledger, TAGS, 1)
    kept = content(ledger)
    hours = sorted({row[0] for row in kept["charges_hour"]})[:60]
    for hour in (*hours[::2], *hours[1::2]):
        with ledger.begin() as connection:
            connection.execute(insert(rollup_marks), {"hour_us": hour})
        assert roll(ledger, TAGS, 1).hours == 1
    assert content(ledger) == kept


def test_a_day_takes_as_many_statements_as_an_hour(ledger: Engine) -> None:
    """What is asked does not grow with the hours of a day that changed."""
    writer, asked = LedgerWriter(ledger), []
    event.listen(ledger, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
    taken = []
    for hours in (1, 8):
        writer.insert([_at(hour) for hour in range(hours)])
        asked.clear()
        assert roll(ledger, TAGS, 1).hours == hours
        taken.append(len(asked))
    assert taken[0] == taken[1]


def _at(hour: int, **changes: Any) -> Done:
    key = rows.new_id()
    request = rows.request(key, started_us=rows.STARTED_US + hour * HOUR_US)
    return as_done(request, [rows.attempt(key, **changes)])


def test_attempts_with_prices_of_their_own_are_told_apart(ledger: Engine) -> None:
    """Two with the same units in one hour, and one more later, are all counted."""
    units = '{"search":[2,500,600]}'
    of = (0, 0, 3)
    LedgerWriter(ledger).insert([_at(hour, units=units) for hour in of])
    roll(ledger, TAGS, 1)
    c = CHARGES.hour.c
    with ledger.connect() as connection:
        query = select(c.quantity, c.cost_pico, c.list_pico).where(c.meter == "search").order_by(c.hour_us)
        assert [tuple(row) for row in connection.execute(query)] == [(4, 2_000, 2_400), (2, 1_000, 1_200)]


def test_rows_of_hours() -> None:
    """A gap begins another row; nothing is no row."""
    h = HOUR_US
    assert in_a_row([]) == []
    assert in_a_row([0, h, 2 * h, 5 * h, 7 * h, 8 * h]) == [
        Hours(0, 3 * h), Hours(5 * h, 6 * h), Hours(7 * h, 9 * h)]  # fmt: skip


def _estimate(engine: Engine, table: str) -> float:
    with engine.connect() as connection:
        query = text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
        return float(connection.execute(query, {"name": table}).scalar_one())


def test_a_large_load_is_analysed(postgres_ledger: Engine, shipped: Bundle) -> None:
    """PostgreSQL knows the sizes of what was seeded, and of the sums of many days, without autovacuum."""
    seeded(postgres_ledger, shipped)
    assert (_estimate(postgres_ledger, "requests"), _estimate(postgres_ledger, "charges_hour")) == (1_500, -1)
    mark_all(postgres_ledger)
    roll(postgres_ledger, TAGS, 1)
    assert _estimate(postgres_ledger, "charges_hour") == len(content(postgres_ledger)["charges_hour"]) > 0


def test_what_changed_much_is_analysed_before_a_roll(postgres_ledger: Engine) -> None:
    """Tables that more than a fifth of changed since, and no others."""
    LedgerWriter(postgres_ledger).insert([_at(hour) for hour in range(30)])
    with postgres_ledger.begin() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    analyse_changed(postgres_ledger, (attempts,))
    analyse_changed(postgres_ledger, (requests, attempts, CHARGES.hour))
    assert _estimate(postgres_ledger, "requests") == 30
    with postgres_ledger.connect() as connection:
        query = text("SELECT relname, analyze_count FROM pg_stat_user_tables WHERE analyze_count > 0")
        found = {row.relname: row.analyze_count for row in connection.execute(query)}
    assert found == {"requests": 1, "attempts": 1}


def test_what_the_planner_is_told_ends_with_the_transaction(postgres_ledger: Engine) -> None:
    """Nobody else on the connection plans by it."""
    with postgres_ledger.connect() as connection:
        plan_for_hours(connection)
        assert connection.exec_driver_sql("SHOW enable_seqscan").scalar_one() == "off"
        connection.commit()
        assert connection.exec_driver_sql("SHOW enable_seqscan").scalar_one() == "on"


@pytest.mark.parametrize("second", [None, "x"])
def test_rows_that_a_table_refuses_are_an_error_like_any_other(ledger: Engine, second: str | None) -> None:
    """SQLAlchemy's, whatever way they went in; and nothing of them is kept."""
    columns = ("day", "rolled_us")
    table = CHARGES.day.metadata.tables["rollup_days"]
    given = [("2026-10-01", 1), ("2026-10-01" if second is None else second, None if second else 2)]
    with ledger.connect() as connection, pytest.raises(SQLAlchemyError):
        insert_rows(connection, table, columns, given)
    with ledger.connect() as connection:
        assert connection.execute(select(table)).all() == []
