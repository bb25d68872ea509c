"""Migrations: the schema in the code, the schema in the revisions and the records are one and the same."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple, fields

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, Table, insert, inspect, select, text

from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.domain.records import AttemptRecord, PromptRecord, RequestRecord, VerdictRecord
from router.record import admin_tables, budget_tables
from router.record.engine import UnsupportedDatabase, ledger_engine
from router.record.metadata import metadata
from router.record.migrate import LedgerTooNew, downgrade, head_revision, migrate
from router.record.tables import attempts, feedback, judge_calls, judgements, prompts, requests, verdicts
from router.record.write import LedgerWriter
from tests.record import rows

RECORDS = (
    (requests, RequestRecord),
    (attempts, AttemptRecord),
    (verdicts, VerdictRecord),
    (prompts, PromptRecord),
    (feedback, FeedbackRecord),
    (judgements, JudgementRecord),
    (judge_calls, JudgeCallRecord),
)


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    engine = ledger_engine(ledger_url)
    yield engine
    engine.dispose()


def test_columns_are_the_fields_of_the_records() -> None:
    """The tables have the records' fields in the records' order, None allowed exactly where the type says."""
    for table, record in RECORDS:
        assert [column.name for column in table.columns] == [field.name for field in fields(record)]
        for field in fields(record):
            assert table.c[field.name].nullable == ("None" in str(field.type)), field.name


def test_migrated_schema_equals_the_tables(engine: Engine) -> None:
    """After `migrate`, Alembic finds no difference to the tables in the code."""
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == head_revision()


def test_down_and_up_again(engine: Engine) -> None:
    """A downgrade to nothing leaves no table of ours, and the upgrade after it works."""
    migrate(engine)
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    assert {budget_tables.budgets.name, admin_tables.audit_entries.name} <= set(metadata.tables)


def test_a_ledger_of_the_first_schema_keeps_its_rows(engine: Engine) -> None:
    """The table of verdicts is added beside what is there, and goes again without it."""
    migrate(engine, "0001")
    key = rows.new_id()
    _insert_as_then(engine, "requests", asdict(rows.request(key)))
    _insert_as_then(engine, "attempts", asdict(rows.attempt(key)))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(attempts.c.cost_pico, attempts.c.list_pico)).one() == (
            1_000_001,
            None,
        )
    assert LedgerWriter(engine).insert_later("verdicts", [astuple(rows.verdict(key))]) == []
    downgrade(engine, "0001")
    assert LedgerWriter(engine).booked([key]) == {key}


def test_a_ledger_without_feedback_gets_it(engine: Engine) -> None:
    """Verdicts and requests of the second schema stay, and reports find their place beside them."""
    migrate(engine, "0002")
    key = rows.new_id()
    writer = LedgerWriter(engine)
    _insert_as_then(engine, "requests", asdict(rows.request(key)))
    _insert_as_then(engine, "attempts", asdict(rows.attempt(key)))
    _insert_as_then(engine, "verdicts", asdict(rows.verdict(key)))
    migrate(engine)
    assert writer.insert_later("feedback", [astuple(rows.feedback(key))]) == []
    with engine.connect() as connection:
        counts = [connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
                  for table in ("requests", "attempts", "verdicts", "feedback")]  # fmt: skip
    assert counts == [1, 1, 1, 1]
    downgrade(engine, "0002")
    assert writer.booked([key]) == {key}


def _insert_as_then(engine: Engine, name: str, row: dict[str, object]) -> None:
    """A row with the columns that the table has now."""
    table = Table(name, MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        connection.execute(insert(table).values({column.name: row[column.name] for column in table.c}))


def test_a_ledger_without_judgements_gets_them(engine: Engine) -> None:
    """What earlier schemas hold stays; opinions and their cost find their place beside it."""
    migrate(engine, "0004")
    key = rows.new_id()
    writer = LedgerWriter(engine)
    _insert_as_then(engine, "requests", asdict(rows.request(key)))
    _insert_as_then(engine, "attempts", asdict(rows.attempt(key)))
    _insert_as_then(engine, "feedback", asdict(rows.feedback(key)))
    migrate(engine)
    assert writer.insert_later("judgements", [astuple(rows.judgement(key))]) == []
    assert writer.insert_later("judge_calls", [astuple(rows.judge_call(key))]) == []
    downgrade(engine, "0004")
    assert writer.booked([key]) == {key}


def test_many_starters_at_once(ledger_url: str) -> None:
    """Eight processes' worth of `migrate` at the same time all succeed, and a repeat changes nothing."""

    def start(_: int) -> None:
        own = ledger_engine(ledger_url)
        try:
            migrate(own)
        finally:
            own.dispose()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))
    start(0)


def test_a_later_schema_is_refused(engine: Engine) -> None:
    """A ledger migrated by a later version is left alone, with an error that says so."""
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerTooNew, match="not known to this version"):
        migrate(engine)


def test_other_databases_are_refused() -> None:
    """A URL of another database is an error that names what is supported."""
    with pytest.raises(UnsupportedDatabase, match="use sqlite:/// or postgresql://"):
        ledger_engine("mysql://localhost/ledger")
