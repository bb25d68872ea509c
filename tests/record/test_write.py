"""Booking: every value exactly, once however often, and a bad row stops nobody else's."""

from __future__ import annotations

from dataclasses import asdict, astuple

import pytest
from sqlalchemy import Engine, func, select, text

from router.record.lines import as_done
from router.record.tables import attempts, requests, verdicts
from router.record.write import LedgerWriter
from tests.record import rows


def count(engine: Engine) -> tuple[int, int]:
    """Rows of requests and of attempts."""
    with engine.connect() as connection:
        return (
            connection.execute(select(func.count()).select_from(requests)).scalar_one(),
            connection.execute(select(func.count()).select_from(attempts)).scalar_one(),
        )


def test_every_value_arrives(ledger: Engine) -> None:
    """A row read from the database equals the record, None, booleans and 63-bit money included."""
    key = rows.new_id()
    request = rows.request(key, cost_pico=9_223_372_036_854_775_807, stream=True, prompt="Grüße 🌍")
    attempt = rows.attempt(key, ttft_us=None, **rows.UNPRICED)
    assert LedgerWriter(ledger).insert([as_done(request, [attempt])]) == []
    with ledger.connect() as connection:
        assert dict(connection.execute(select(requests)).mappings().one()) == asdict(request)
        assert dict(connection.execute(select(attempts)).mappings().one()) == asdict(attempt)


def test_booking_twice_changes_nothing(ledger: Engine) -> None:
    """A replayed request neither doubles nor overwrites what is booked."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key), [rows.attempt(key)])])
    writer.insert([as_done(rows.request(key, cost_pico=7), [rows.attempt(key), rows.attempt(key, 2)])])
    assert count(ledger) == (1, 2)
    with ledger.connect() as connection:
        assert connection.execute(select(requests.c.cost_pico)).scalar_one() == 1_000_001


def test_a_row_the_database_refuses(ledger: Engine) -> None:
    """One impossible row is handed back with the reason, without its values; the others are booked."""
    good = [rows.new_id() for _ in range(3)]
    bad = rows.new_id()
    batch = [as_done(rows.request(key), [rows.attempt(key)]) for key in (*good[:2], bad, good[2])]
    batch[2] = as_done(rows.request(bad, team=None), [rows.attempt(bad)])
    writer = LedgerWriter(ledger)
    [refused] = writer.insert(batch)
    assert refused.done.request[0] == bad
    assert "team" in refused.reason and "acme" not in refused.reason
    assert count(ledger) == (3, 3)
    assert writer.booked([*good, bad]) == set(good)


def test_money_beyond_64_bits_is_refused_not_rounded(ledger: Engine) -> None:
    """An amount no column can hold is handed back."""
    key = rows.new_id()
    [refused] = LedgerWriter(ledger).insert([as_done(rows.request(key, cost_pico=2**63), [])])
    assert refused.done.request[0] == key
    assert count(ledger) == (0, 0)


def test_one_bad_row_among_hundreds(ledger: Engine) -> None:
    """Two impossible rows in a full batch are found, and all others are booked."""
    keys = [rows.new_id() for _ in range(300)]
    batch = [as_done(rows.request(key), [rows.attempt(key)]) for key in keys]
    for place in (7, 200):
        batch[place] = as_done(rows.request(keys[place], baseline_pico=2**63), [])
    refused = LedgerWriter(ledger).insert(batch)
    assert [row.done.request[0] for row in refused] == [keys[7], keys[200]]
    assert count(ledger) == (298, 298)


def test_an_attempt_needs_its_request(ledger: Engine) -> None:
    """The database itself refuses an attempt of a request it does not know."""
    key = rows.new_id()
    [refused] = LedgerWriter(ledger).insert([as_done(rows.request(key), [rows.attempt(rows.new_id())])])
    assert "foreign key" in refused.reason.lower()
    assert count(ledger) == (0, 0)


def test_verdicts_are_booked_once_and_never_changed(ledger: Engine) -> None:
    """A late verdict is a row of its own; a replay changes nothing, and the request's row stays as it was."""
    key = rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key, verdict="unverified"), [rows.attempt(key)])])
    late = rows.verdict(key)
    assert writer.insert_later("verdicts", [astuple(late)]) == []
    assert writer.insert_later("verdicts", [astuple(rows.verdict(key, verdict="failed"))]) == []
    with ledger.connect() as connection:
        assert dict(connection.execute(select(verdicts)).mappings().one()) == asdict(late)
        assert connection.execute(select(requests.c.verdict)).scalar_one() == "unverified"


def test_a_verdict_needs_its_request(ledger: Engine) -> None:
    """One on a request that is not there is handed back; the others are booked."""
    key, unknown = rows.new_id(), rows.new_id()
    writer = LedgerWriter(ledger)
    writer.insert([as_done(rows.request(key), [rows.attempt(key)])])
    found = [rows.verdict(key, 1), rows.verdict(unknown), rows.verdict(key, 2)]
    [refused] = writer.insert_later("verdicts", list(map(astuple, found)))
    assert refused.row[0] == unknown and "foreign key" in refused.reason.lower()
    with ledger.connect() as connection:
        assert connection.execute(select(func.count()).select_from(verdicts)).scalar_one() == 2


def test_sqlite_is_durable_and_shared(sqlite_ledger: Engine) -> None:
    """SQLite runs with a write-ahead log, full synchronisation, foreign keys and patience for a lock."""
    with sqlite_ledger.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize("size", [0, 1, 2_500])
def test_any_batch_size(ledger: Engine, size: int) -> None:
    """Nothing, one and thousands of requests are booked alike."""
    keys = [rows.new_id() for _ in range(size)]
    LedgerWriter(ledger).insert([as_done(rows.request(key), [rows.attempt(key)]) for key in keys])
    assert count(ledger) == (size, size)
