"""Requests and reports are found wherever they are by now: in the journal, in the database, in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from router.record.engine import ledger_engine
from router.record.journal import Journal
from router.record.lines import as_done
from router.record.reported import NotReadable, ReportedFeedback
from router.record.write import LedgerWriter
from tests.record import rows

OWNER = ("acme", "search", "answers")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """One with small segments."""
    journal = Journal(tmp_path / "journal", fsync="never", segment_bytes=10_000, count_failure=lambda: None)
    yield journal
    journal.close()


@pytest.fixture
def reported(ledger: Engine, tmp_path: Path) -> ReportedFeedback:
    return ReportedFeedback(ledger, tmp_path / "journal")


def test_only_in_the_journal(reported: ReportedFeedback, journal: Journal) -> None:
    """A settled request, one in flight and their reports are found among many, in whatever segment."""
    keys = [rows.new_id() for _ in range(40)]
    for key in keys:
        journal.open(rows.opened(key))
        if key is not keys[5]:
            journal.settle(rows.request(key), [rows.attempt(key)])
    journal.report(rows.feedback(keys[3]))
    assert reported.of(keys[3]).owner == OWNER
    assert reported.of(keys[3]).rows == (rows.feedback(keys[3]),)
    assert reported.of(keys[5]).owner == OWNER  # it is still being answered
    assert reported.of(rows.new_id()).owner is None


def test_lines_longer_than_what_is_read_at_once(reported: ReportedFeedback, journal: Journal) -> None:
    """A prompt of any size does not hide its own request, nor the next one."""
    long, after = rows.new_id(), rows.new_id()
    journal.settle(rows.request(long, prompt="x" * 700_000), [rows.attempt(long)])
    journal.settle(rows.request(after), [rows.attempt(after)])
    assert [reported.of(key).owner for key in (long, after)] == [OWNER, OWNER]


def test_an_id_in_a_text_is_not_a_request(reported: ReportedFeedback, journal: Journal) -> None:
    """Whoever writes another id into a prompt does not make that request exist, nor its reports."""
    key, other = rows.new_id(), rows.new_id()
    journal.settle(rows.request(key, prompt=f"see {other}", client_request_id=other), [rows.attempt(key)])
    journal.report(rows.feedback(key, comment=other, label=other))
    found = reported.of(other)
    assert (found.owner, found.rows) == (None, ())


def test_in_the_database_and_in_both(reported: ReportedFeedback, ledger: Engine, journal: Journal) -> None:
    """Versions of both places are put together once each, in order."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key), [rows.attempt(key)])])
    first, second = rows.feedback(key, 1), rows.feedback(key, 2, thumb=None, score=0.5)
    writer.insert_later("feedback", [astuple(first)])
    journal.report(first)
    journal.report(second)
    found = reported.of(key)
    assert (found.owner, found.rows) == (OWNER, (first, second))


def test_database_away(tmp_path: Path, journal: Journal) -> None:
    """What the journal has is known without the database; of the rest nobody can say that it is not there."""
    reported = ReportedFeedback(ledger_engine("sqlite:////nowhere/at/all"), tmp_path / "journal")
    key = rows.new_id()
    journal.settle(rows.request(key), [rows.attempt(key)])
    assert reported.of(key).owner == OWNER
    with pytest.raises(NotReadable):
        reported.of(rows.new_id())


def test_half_a_line_and_rubbish(reported: ReportedFeedback, journal: Journal) -> None:
    """A line whose end is missing and one with a wrong checksum are not believed."""
    key, other = rows.new_id(), rows.new_id()
    journal.settle(rows.request(key), [rows.attempt(key)])
    segment = journal.path / "00000001.jsonl"
    whole = segment.read_bytes()
    with segment.open("ab") as file:
        file.write(b'00000000 ["done","x",["%b"]]\n' % other.encode())
        file.write(whole.splitlines()[-1].replace(key.encode(), other.encode()))
    assert reported.of(key).owner == OWNER
    assert reported.of(other).owner is None


def test_feedback_before_its_request(ledger: Engine) -> None:
    """Another gateway's journal may hold the request: the report is booked without waiting for it."""
    key = rows.new_id()
    assert LedgerWriter(ledger).insert_later("feedback", [astuple(rows.feedback(key))]) == []
    with ledger.connect() as connection:
        assert connection.execute(text("SELECT request_id FROM feedback")).scalar_one() == key
