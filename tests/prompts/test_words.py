"""Words said of an answer: sealed before they reach the disk, opened with the key, over with the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, insert, select

from router.domain.opinions import FeedbackRecord
from router.domain.records import VerdictRecord
from router.prompts.forget import ERASED, purge
from router.prompts.opened import asked, said
from router.prompts.vault import CannotOpen, Vault, sealer
from router.record.engine import ledger_engine
from router.record.journal import Journal
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.sealed import SHOWN, is_sealed, shown
from router.record.tables import feedback, prompts, verdicts
from router.record.write import LedgerWriter
from tests.record import rows

VAULT, OTHER = Vault((b"k" * 32,)), Vault((b"o" * 32,))
DAY_US = 86_400_000_000
SECRET = "the zebra's password"


def verdict(evidence: str, request_id: str = "r1") -> VerdictRecord:
    return VerdictRecord(request_id, 1, "json", "failed", evidence, 5, 1)


def opinion(comment: str | None, request_id: str = "r1") -> FeedbackRecord:
    who = ("o", "t", "p", "k")
    return FeedbackRecord(
        f"f-{request_id}", request_id, 1, 1, *who, 0.5, None, None, SECRET, comment, None, None, "c"
    )


@pytest.mark.parametrize("key", [None, VAULT])
def test_what_reaches_the_disk(tmp_path: Path, key: Vault | None) -> None:
    """With a key no word of it; what it amounts to stays."""
    journal = Journal(
        tmp_path, fsync="never", segment_bytes=10_000, count_failure=lambda: None, seal=sealer(key)
    )
    journal.report(opinion(SECRET))
    journal.judge([verdict(SECRET)])
    request_id = rows.new_id()
    journal.settle(
        rows.request(request_id), [rows.attempt(request_id, error=f"check: {SECRET}", verdict="failed")]
    )
    journal.close()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert written.count(SECRET.encode()) == (4 if key is None else 0)
    assert b"failed" in written and b"0.5" in written


def test_its_form() -> None:
    """What is sealed is told by its form; what a person writes is not taken for it."""
    sealed = VAULT.seal("r1", b"")
    assert is_sealed(sealed) and shown(sealed) == SHOWN
    for text in ("", "1.2.3", "1.00000000.short", f"see {sealed}", ERASED):
        assert not is_sealed(text) and shown(text) == text
    assert shown(None) is None


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Engine]:
    engine = ledger_engine(f"sqlite:///{tmp_path / 'l.sqlite'}")
    migrate(engine)
    ids = ("r1", "r2")
    done = [as_done(rows.request(one), [rows.attempt(one)]) for one in ids]
    assert LedgerWriter(engine).insert(done) == []
    with engine.begin() as connection:
        for n, request_id in enumerate(ids):
            sealed = VAULT.seal(request_id, SECRET.encode())
            connection.execute(
                insert(prompts).values(request_id=request_id, stored_us=n * 20 * DAY_US, sealed=sealed)
            )
            connection.execute(insert(verdicts).values(**_plain(verdict(sealed, request_id))))
            connection.execute(insert(feedback).values(**_plain(opinion("before the key", request_id))))
    yield engine
    engine.dispose()


def _plain(row: VerdictRecord | FeedbackRecord) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}


def test_opened_with_the_key(ledger: Engine) -> None:
    """And with no other; words of before there was a key are as they were."""
    with ledger.connect() as connection:
        assert asked(connection, "r1", VAULT) == SECRET
        words = orjson.loads(said(connection, "r1", VAULT) or "")
        assert (words["evidence"], words["comments"], words["reasons"]) == ([SECRET], ["before the key"], [])
        with pytest.raises(CannotOpen, match="is sealed with key"):
            said(connection, "r1", OTHER)
        assert said(connection, "r9", VAULT) is None


def test_over_with_the_prompt(ledger: Engine) -> None:
    """What was said of an answer goes when its prompt does; that of a younger request stays."""
    assert purge(ledger, 15, 20 * DAY_US) == 1
    with ledger.connect() as connection:
        left = {r.request_id: r.evidence for r in connection.execute(select(verdicts))}
        comments = {r.request_id: r.comment for r in connection.execute(select(feedback))}
        assert list(connection.execute(select(prompts.c.request_id)).scalars()) == ["r2"]
    assert left["r1"] == ERASED and is_sealed(left["r2"])
    assert comments == {"r1": None, "r2": "before the key"}
