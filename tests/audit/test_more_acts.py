"""Acts that change what is billed, reconciled, learned or measured leave their entries too."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from router.books.rollups.roll import roll
from router.calibrate.edit import Edit
from router.calibrate.write import write_catalog
from router.domain.kinds import Task
from router.learn.versions import VersionError, Versions
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.audit.conftest import Run
from tests.audit.test_acts import done, entries
from tests.policy.conftest import Folder

RATES = (
    "  gpu_hours:\n    - {endpoint: gpu-simulated, usd_per_gpu_hour: 2.50, gpus: 2, "
    "full_load: {input: 1000000, output: 400000}, valid_from: 2026-01-01, source: finance}\n"
)


@pytest.fixture
def ledger_there(tmp_path: Path) -> None:
    """An empty ledger where `run` looks for one."""
    (tmp_path / "data").mkdir(exist_ok=True)
    ledger = ledger_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.sqlite'}")
    migrate(ledger)
    roll(ledger, (), 1)
    ledger.dispose()


def test_hours_billed(run: Run, tmp_path: Path) -> None:
    """One entry for an endpoint and a day, with its hours and their sum; billed again without a difference,
    none; an hour that cannot be billed leaves those before it, and their entry."""
    (tmp_path / "policies").mkdir()
    folder = Folder(tmp_path / "policies")
    folder.edit("prices", "  currency: USD\n", f"  currency: USD\n{RATES}")
    where = {"TIERGATE_POLICY_DIR": str(folder.path), "BIG_KEY": "k"}
    asked = ("gpu", "bill", "--by", "fin", "--from", "2026-09-20T22:00", "--to", "2026-09-21T03:00")
    done(run(*asked, **where))
    done(run(*asked, **where))
    first, second = entries(run)
    assert (first["action"], first["target"], first["actor"]) == ("gpu.bill", "gpu-simulated", "fin")
    assert first["detail"] == {
        "hours": ["2026-09-20T22:00", "2026-09-20T23:00"],
        "versions": [1, 1],
        "bill_pico": 2 * 5 * 10**12,
        "method": "rate",
    }
    assert len(second["detail"]["hours"]) == 3  # type: ignore[arg-type,index]
    early = run("gpu", "bill", "--from", "2025-12-31T22:00", "--to", "2025-12-31T23:00", **where)
    assert early.exit_code == 1 and "no GPU-hour rate in force" in early.output and len(entries(run)) == 2


@pytest.mark.usefixtures("ledger_there")
def test_an_invoice_held_against_the_ledger(run: Run, tmp_path: Path) -> None:
    """Whose, of which month, which file by its digest, and what came out."""
    month = date(2026, 8, 1).isoformat()[:7]
    invoice, form = tmp_path / "i.csv", tmp_path / "m.yaml"
    invoice.write_text("date,sku,usd\n2026-08-04,big,0.03\n")
    form.write_text("{day: date, model: sku, amount: usd}")
    asked = ("reconcile", "--provider", "generic", "--issuer", "Big Inc", "--month", month, "--by", "fin")
    assert run(*asked, "--file", str(invoice), "--map", str(form)).exit_code == 2
    (entry,) = entries(run)
    detail = entry["detail"]
    assert isinstance(detail, dict)
    assert (entry["action"], entry["target"], entry["actor"]) == ("invoice.reconcile", month, "fin")
    assert (detail["issuer"], detail["file"], detail["invoice"]) == ("Big Inc", "i.csv", 3 * 10**10)
    assert len(detail["file_digest"]) == 64


@pytest.mark.usefixtures("ledger_there")
def test_abilities_put_in_force(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a run, by an admin, let go and taken back: each names the version and what it replaces."""
    data = tmp_path / "data"
    versions = Versions(data)
    for content in (b"{}", b"[]"):
        versions.write({"abilities.json": content})
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(data))
    versions.put_in_force("0001", pinned=False)
    done(run("learn", "pin", "0002"))
    done(run("learn", "unpin"))
    done(run("learn", "rollback"))
    assert run("learn", "pin", "0042").exit_code == 1
    told = [(one["action"], one["target"], one["detail"]) for one in entries(run)]
    assert told == [
        ("abilities.promote", "0001", {"replaced": "none"}),
        ("abilities.pin", "0002", {"replaced": "0001"}),
        ("abilities.unpin", "0002", {}),
        ("abilities.rollback", "0001", {"replaced": "0002"}),
    ]
    with pytest.raises(VersionError):
        versions.put_in_force("0042", pinned=True)


@pytest.mark.usefixtures("ledger_there")
def test_measured_figures_put_into_a_catalog(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file, the model and what changed in it; a file that cannot be written leaves no entry."""
    (tmp_path / "policies").mkdir()
    folder = Folder(tmp_path / "policies")
    catalog = folder.path / "catalog.yaml"
    edit = Edit(
        "suite", {Task.MATH: "{suite: own, task: math, right: 3, n: 5, date: 2026-11-01}"}, {Task.MATH: 80}
    )
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path / "data"))
    now = datetime(2026, 11, 28, tzinfo=UTC)
    before = catalog.read_text()
    with monkeypatch.context() as patched:
        patched.setattr("router.calibrate.write.replace_durably", _full_disk)
        with pytest.raises(OSError, match="disk full"):
            write_catalog(catalog, "thinker", edit, folder.env, now)
    assert catalog.read_text() == before and run("audit", "export").output == ""
    write_catalog(catalog, "thinker", edit, folder.env, now)
    (entry,) = entries(run)
    assert (entry["action"], entry["target"]) == ("catalog.calibrate", str(catalog))
    detail = entry["detail"]
    assert isinstance(detail, dict) and detail["model"] == "thinker"
    assert "right" in json.dumps(detail["changes"])


def _full_disk(*_: object) -> None:
    raise OSError("disk full")
