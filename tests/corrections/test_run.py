"""Runs that are interrupted, that meet, and what each correction says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from router.corrections import store
from router.corrections.run import rerate
from router.domain.arithmetic import attempt_cost, attempt_list_cost
from router.domain.corrections import CorrectionRecord
from router.domain.records import AttemptRecord
from router.domain.usage import Usage
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.tables import corrections
from router.record.write import LedgerWriter
from tests.corrections.made import START_US, Made, Try, book, request, stamp

END_US = START_US + 10_000
OLD, NEW = book(small=(1, 2, 1)), book(small=(3, 5, 4))


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


def fill(engine: Engine, count: int) -> list[Made]:
    made = [request([Try("small", Usage(100, 0, 0, 10))], OLD, number) for number in range(count)]
    LedgerWriter(engine).insert([as_done(row, tries) for row, tries in made])
    return made


def written(engine: Engine) -> list[CorrectionRecord]:
    query = select(*(corrections.c[field.name] for field in fields(CorrectionRecord)))
    with engine.connect() as connection:
        return [CorrectionRecord(*row) for row in connection.execute(query)]


def test_a_correction_says_what_why_who_and_when(engine: Engine) -> None:
    """And holds what its own arithmetic needs: tokens times prices are the corrected cost, at both prices."""
    [(_, [attempt])] = fill(engine, 1)
    rerate(engine, NEW, START_US, END_US, stamp(), dry_run=False)
    [row] = written(engine)
    assert (row.delta_pico, row.delta_list_pico, row.resolves) == (350 - 120, 450 - 120, False)
    assert (row.old_price_id, row.new_price_id) == ("small@1/2/1", "small@3/5/4")
    assert (row.kind, row.actor, row.reason, row.batch_id) == ("rerate", "finance", "a test", "b1")
    after = AttemptRecord(**{**_asdict(attempt), **json.loads(row.state)})
    assert (attempt_cost(after), attempt_list_cost(after)) == (350, 450)


def _asdict(attempt: AttemptRecord) -> dict[str, Any]:
    return {field.name: getattr(attempt, field.name) for field in fields(AttemptRecord)}


def test_a_run_that_broke_off_goes_on(engine: Engine) -> None:
    """Whole pages stay; the second run corrects the rest and nothing twice."""
    count = store.PAGE + 20
    fill(engine, count)
    broken = _fail_on_second_page(engine)
    with pytest.raises(RuntimeError):
        rerate(engine, NEW, START_US, END_US, stamp(batch="one"), dry_run=False)
    event.remove(engine, "before_cursor_execute", broken)
    assert len(written(engine)) == store.PAGE
    report = rerate(engine, NEW, START_US, END_US, stamp(batch="two"), dry_run=False)
    assert (report.corrections, len(written(engine))) == (20, count)


def _fail_on_second_page(engine: Engine) -> Any:
    pages = []

    def fail(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT INTO corrections"):
            pages.append(statement)
            if len(pages) == 2:
                raise RuntimeError("the power went out")

    event.listen(engine, "before_cursor_execute", fail)
    return fail


def test_two_runs_at_once_correct_once(engine: Engine) -> None:
    """The second comes in between the first one's reading and writing: the first looks again."""
    fill(engine, 3)
    other = ledger_engine(engine.url.render_as_string(hide_password=False))
    meanwhile = []

    def come_between(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("SELECT attempts") and not meanwhile:
            meanwhile.append(rerate(other, NEW, START_US, END_US, stamp(batch="other"), dry_run=False))

    event.listen(engine, "before_cursor_execute", come_between)
    report = rerate(engine, NEW, START_US, END_US, stamp(batch="mine"), dry_run=False)
    other.dispose()
    assert sorted((row.batch_id, row.seq) for row in written(engine)) == [("other", 1)] * 3
    assert (report.corrections, meanwhile[0].corrections) == (0, 3)
