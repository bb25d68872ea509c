"""`tiergate judge report` on a ledger of SQLite and PostgreSQL: three kinds of quality, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from router.cli import main
from router.judge.evidence import judged_answers
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.write import LedgerWriter
from tests.record import rows


@pytest.fixture
def ledger(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("TIERGATE_DATABASE_URL", ledger_url)
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


def fill(ledger: Engine, count: int, simulated: bool = False) -> None:
    """Answers that passed early, failed late or were not verified; the judge is right of nine in ten; two in
    three have feedback, changed once, that agrees with the judge."""
    writer = LedgerWriter(ledger)
    for i in range(count):
        key = rows.new_id()
        passed, good = i % 2 == 0, (i % 2 == 0) is (i % 10 != 0)
        early = "passed" if passed else "unverified"
        writer.insert([as_done(rows.request(key, verdict=early), [rows.attempt(key, verdict=early)])])
        if not passed:
            writer.insert_later("verdicts", [astuple(rows.verdict(key, verdict="failed"))])
        who = "answer" if good else "other"
        judgement = rows.judgement(
            key, outcome="better" if good else "worse", first=who, second=who, simulated=simulated
        )
        writer.insert_later("judgements", [astuple(judgement)])
        writer.insert_later("judge_calls", [astuple(rows.judge_call(key, call)) for call in (1, 2)])
        if i % 3:
            told = [
                rows.feedback(key, 1, thumb="down"),
                rows.feedback(key, 2, thumb="up" if good else "down"),
            ]
            writer.insert_later("feedback", list(map(astuple, told)))


def report(*options: str) -> str:
    result = CliRunner().invoke(main, ["judge", "report", *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_each_kind_of_quality_is_its_own(ledger: Engine) -> None:
    """Verified from checks before and after the reply, reported from the latest versions, both beside the
    judge's opinion."""
    fill(ledger, 60)
    [judged] = judged_answers(ledger, 0, simulated=False).judged.values()
    assert len(judged) == 60
    assert sum(row.verified is True for row in judged) == sum(row.verified is False for row in judged) == 30
    assert sum(row.reported is not None for row in judged) == 40
    assert all(row.reported is row.good for row in judged if row.reported is not None)


def test_json(ledger: Engine) -> None:
    """Figures with n and interval; money in pico-USD; below the stated n unknown."""
    fill(ledger, 60)
    [found] = orjson.loads(report("--json"))
    assert (found["judge"], found["judgements"], found["simulated"]) == ("gpt-frontier", 60, False)
    assert found["verified"]["rate"]["value"] == pytest.approx(0.9)
    assert found["verified"]["kappa"]["low"] < 0.8 < found["verified"]["kappa"]["high"]
    assert found["reported"]["rate"] == {"n": 40, "value": None, "low": None, "high": None}
    assert found["spent"] == {"calls": 120, "cost_pico": 120 * 5_000_000, "unknown": 0}
    assert orjson.loads(report("--json", "--simulated")) == []
    assert orjson.loads(report("--json", "--since", "2030-01-01")) == []


def test_text(ledger: Engine) -> None:
    """A person reads what each figure means, and that a simulated judge says nothing of a real one."""
    assert "--simulated shows" in report()
    fill(ledger, 60, simulated=True)
    text = report("--simulated")
    assert "SIMULATED" in text and "Cohen's kappa" in text and "overhead" in text
    assert "unknown (fewer than 50: n 40)" in text
    assert max(map(len, text.splitlines())) <= 100


def test_an_old_ledger(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without the tables is told how to get them."""
    monkeypatch.setenv("TIERGATE_DATABASE_URL", ledger_url)
    engine = ledger_engine(ledger_url)
    migrate(engine, "0003")
    engine.dispose()
    result = CliRunner().invoke(main, ["judge", "report"])
    assert result.exit_code == 1 and "tiergate ledger migrate" in result.output
