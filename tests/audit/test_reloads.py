"""What a gateway takes up by itself: entered once for all replicas, kept while the database is away."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text

from router.admin.notes import changes
from router.audit.anchors import Anchors
from router.audit.entry import Actor
from router.audit.log import AuditLog
from router.audit.reloads import Reloads
from router.audit.verify import entries
from router.policy.folder import SourceFile
from tests.audit.conftest import KEYS

BOOK = "kind: PriceBook\nspec: {{version: v, prices: [{{model: big, input: {}}}]}}\n"
OLD, NEW = ((SourceFile("prices.yaml", BOOK.format(price).encode()),) for price in ("1.0", "2.0"))


def replica(engine: Engine, folder: Path, name: str) -> Reloads:
    log = AuditLog(KEYS, Anchors(folder / f"{name}.jsonl"))
    return Reloads(engine, log, Actor("gateway", f"gateway {name}"), changes)


def written(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(entry.source, entry.target, entry.detail) for entry in entries(connection)]


def test_one_entry_for_all_replicas(ledger: Engine, tmp_path: Path) -> None:
    """The first to take a policy up enters it with what it changes; a restart enters nothing."""
    one, other = replica(ledger, tmp_path, "one"), replica(ledger, tmp_path, "other")
    for digest, files, at_us in (("d1", OLD, 10_000_000), ("d2", NEW, 20_000_000)):
        for late, gateway in enumerate((one, other)):
            gateway.taken(digest, "v1", files, at_us + late)
    assert one.enter(anchor=False)
    assert other.enter(anchor=False)
    found = written(ledger)
    assert [(source, target) for source, target, _ in found] == [("gateway one", "d1"), ("gateway one", "d2")]
    assert "PriceBook price big input: 1.0 > 2.0" in found[1][2]
    again = replica(ledger, tmp_path, "one")
    again.taken("d2", "v1", NEW, 30_000_000)
    again.enter(anchor=True)
    assert written(ledger) == found
    assert (tmp_path / "one.jsonl").read_text().count("\n") == 1


def test_the_database_is_away(ledger: Engine, tmp_path: Path) -> None:
    """Nothing is lost and nothing is raised: it is entered when the table is there again."""
    gateway = replica(ledger, tmp_path, "one")
    gateway.taken("d1", "v1", OLD, 1)
    with ledger.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entries RENAME TO away"))
    assert not gateway.enter(anchor=False)
    with ledger.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO audit_entries"))
    assert gateway.enter(anchor=False)
    assert [target for _, target, _ in written(ledger)] == ["d1"]
