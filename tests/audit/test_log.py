"""Entries are chained and signed, appended one at a time by whoever comes, and found out when touched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.exc import DatabaseError

from router.audit.anchors import Anchors, read_anchors
from router.audit.entry import Action, Entry
from router.audit.keys import AuditKeys, key_name
from router.audit.log import COLUMNS, AuditLog
from router.audit.verify import Report, verify
from router.record.admin_tables import audit_entries
from router.record.engine import ledger_engine
from router.record.keys import KeyRow, create_key, list_keys
from router.record.migrate import migrate
from tests.audit.conftest import KEYS, act

CUT = "anchors.jsonl:1: there was an entry 5, and the log ends at"


def check(engine: Engine, log: AuditLog, keys: AuditKeys = KEYS) -> Report:
    """What `tiergate audit verify` finds."""
    path = log.anchors.path
    with engine.connect() as connection:
        return verify(connection, keys, read_anchors(path) if path.exists() else ())


def fill(engine: Engine, log: AuditLog, count: int = 5) -> None:
    for number in range(count):
        log.enter(engine, act(f"k{number}", n=number))
    log.anchor(engine)


def behind_the_back(engine: Engine, statement: str) -> None:
    """What the database's owner can do: triggers off, a change, triggers on again."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER ALL"))
        else:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entries_no_{verb}"))
            connection.execute(text(statement))


def test_what_was_written_holds(ledger: Engine, log: AuditLog) -> None:
    """Numbers count from 1, each entry follows on the one before, and the head is anchored once."""
    fill(ledger, log)
    log.anchor(ledger)
    report = check(ledger, log)
    assert (report.problems, report.entries, report.anchors, report.anchored) == ([], 5, 1, 5)
    with ledger.connect() as connection:
        found = [Entry(*row) for row in connection.execute(select(*COLUMNS).order_by(audit_entries.c.seq))]
    assert [entry.seq for entry in found] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in found] == ["", *(entry.mac for entry in found[:-1])]
    assert found[3].detail == '{"n":3}'


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'eve'",
        "DELETE FROM audit_entries WHERE seq = 5",
        "DELETE FROM audit_entries",
    ],
)
def test_the_database_refuses_changes(ledger: Engine, log: AuditLog, statement: str) -> None:
    """Updates and deletes fail, whoever's they are, and change nothing."""
    fill(ledger, log)
    with pytest.raises(DatabaseError, match="append-only"), ledger.begin() as connection:
        connection.execute(text(statement))
    assert check(ledger, log).holds


def test_truncate_is_refused(postgres_url: str, log: AuditLog) -> None:
    """PostgreSQL's TRUNCATE passes by triggers of rows; it has one of its own."""
    engine = ledger_engine(postgres_url)
    migrate(engine)
    fill(engine, log)
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text("TRUNCATE audit_entries"))
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE {} SET actor = 'eve' WHERE seq = 2", ["row 2: it was changed"]),
        ("UPDATE {} SET detail = '{{}}' WHERE seq = 5", ["row 5: it was changed"]),
        ("UPDATE {} SET at_us = at_us + 1 WHERE seq = 1", ["row 1: it was changed"]),
        ("UPDATE {} SET role = 'admin' WHERE seq = 1", ["row 1: it was changed"]),
        ("DELETE FROM {} WHERE seq = 3", ["row 4: row 3 before it is missing"]),
        ("DELETE FROM {} WHERE seq < 3", ["row 3: row 1 to 2 before it is missing"]),
        ("UPDATE {} SET seq = seq + 10 WHERE seq = 5",
         ["row 15: row 5 to 14", "row 15: it was changed", "anchors.jsonl:1: there was an entry 5"]),
        ("DELETE FROM {} WHERE seq > 3", [f"{CUT} 3: its tail was cut off"]),
        ("DELETE FROM {}", [f"{CUT} 0: its tail was cut off"]),
    ],
)  # fmt: skip
def test_changes_behind_its_back_are_found(
    ledger: Engine, log: AuditLog, statement: str, found: list[str]
) -> None:
    """An edit, a gap, a renumbering and a cut tail are each named with their place, and nothing else is."""
    fill(ledger, log)
    behind_the_back(ledger, statement.format("audit_entries"))
    problems = check(ledger, log).problems
    assert len(problems) == len(found)
    for problem, expected in zip(problems, found, strict=True):
        assert expected in problem


@given(field=st.sampled_from([f for f in Entry.__dataclass_fields__ if f != "mac"]), data=st.data())
def test_every_field_is_signed(field: str, data: st.DataObject) -> None:
    """Whatever field of an entry gets another value, its signature does not fit any more."""
    unsigned = Entry(1, 2, "ada", None, "cli", Action.KEY_CREATE, "k1", "{}", KEYS.current, "", "")
    values = asdict(unsigned)
    numbers = st.integers(-(2**63), 2**63 - 1)
    other = data.draw(numbers if isinstance(values[field], int) else st.text())
    changed = Entry(**{**values, field: other})
    mac = KEYS.sign(unsigned.signed())
    assert KEYS.verifies(KEYS.current, changed.signed(), mac) is (other == values[field])


def test_a_forged_tail_without_the_key(ledger: Engine, log: AuditLog) -> None:
    """Who owns the database but not the key cannot write entries: one signed by another key is named."""
    fill(ledger, log)
    forger = AuditLog(AuditKeys((b"f" * 32,), "nowhere", False), log.anchors)
    forger.enter(ledger, act("forged"))
    (problem,) = check(ledger, log).problems
    assert problem.startswith(f"audit_entries row 6: signed by key {key_name(b'f' * 32)}, which is not among")


def test_a_rewritten_log_meets_its_anchors(ledger: Engine, log: AuditLog) -> None:
    """Even with the key, a log written anew does not fit the heads that were kept of the old one."""
    fill(ledger, log)
    behind_the_back(ledger, "DELETE FROM audit_entries")
    for number in range(5):
        log.enter(ledger, act(f"k{number}", n=-number))
    problems = check(ledger, log).problems
    assert len(problems) == 1 and "entry 5 was another one when this head was kept" in problems[0]


def test_anchors_that_were_touched(ledger: Engine, log: AuditLog) -> None:
    """A head that was changed, made up or broken is a problem of its own, with file and line."""
    fill(ledger, log)
    path = log.anchors.path
    good = path.read_text()
    path.write_text(good.replace('"audit_head":5', '"audit_head":4') + good + "not json\n")
    problems = check(ledger, log).problems
    assert [p.split(": ")[0].rsplit("/", 1)[1] for p in problems] == ["anchors.jsonl:1", "anchors.jsonl:3"]
    assert "changed after it was written" in problems[0] and "no anchor any more" in problems[1]


def test_a_gateway_log_has_anchors(ledger: Engine, log: AuditLog, tmp_path: Path) -> None:
    """Heads are found in a log among other lines, whatever stands before them."""
    told: list[str] = []
    fill(ledger, AuditLog(KEYS, Anchors(tmp_path / "own.jsonl", told.append)))
    file = tmp_path / "gateway.log"
    file.write_text(f"2026 INFO serving\n2026 INFO audit: head {told[0]}\nbye\n")
    found = list(read_anchors(file))
    assert [line.where for line in found] == [f"{file}:2"]
    assert found[0].anchor is not None and found[0].anchor.audit_head == 5


def test_replaced_keys(ledger: Engine, log: AuditLog) -> None:
    """A new key signs on, an old one still verifies; without the old one its entries are not vouched for."""
    fill(ledger, log, 2)
    both = AuditKeys((b"n" * 32, b"k" * 32), "a test", False)
    AuditLog(both, log.anchors).enter(ledger, act("k9"))
    assert check(ledger, log, both).holds
    only_new = AuditKeys((b"n" * 32,), "a test", False)
    assert len(check(ledger, log, only_new).problems) == 3  # two entries and the anchor


def test_many_writers(ledger_url: str, tmp_path: Path) -> None:
    """Replicas that append at the same time, some within the transaction of another act, make one chain."""
    engines = [ledger_engine(ledger_url) for _ in range(4)]
    migrate(engines[0])
    logs = [AuditLog(KEYS, Anchors(tmp_path / f"{n}.jsonl")) for n in range(4)]

    def work(n: int) -> None:
        engine, log = engines[n % 4], logs[n % 4]
        if n % 2:
            log.enter(engine, act(f"plain{n}"))
            return

        def note(connection: Connection, row: KeyRow) -> None:
            log.append(connection, act(row.id))

        create_key(engine, organisation="o", team="t", project="p", now_us=1, note=note)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    for engine, log in zip(engines, logs, strict=True):
        log.anchor(engine)
        assert check(engine, log).problems == []
    assert check(engines[0], logs[0]).entries == 40
    for engine in engines:
        engine.dispose()


def test_an_act_that_fails_leaves_no_entry(ledger: Engine, log: AuditLog) -> None:
    """Entry and act are one transaction: neither is there without the other."""

    def note(connection: Connection, row: KeyRow) -> None:
        log.append(connection, act(row.id))
        raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError):
        create_key(ledger, organisation="o", team="t", project="p", now_us=1, note=note)
    assert list_keys(ledger) == []
    assert check(ledger, log).entries == 0


def test_an_entry_put_in_between(ledger: Engine, log: AuditLog) -> None:
    """A copied row under another number is found by its own signature and by what follows."""
    fill(ledger, log)
    with ledger.begin() as connection:
        row = connection.execute(select(audit_entries).where(audit_entries.c.seq == 2)).one()._mapping
        connection.execute(insert(audit_entries).values(**{**row, "seq": 6}))
    assert len(check(ledger, log).problems) == 2
