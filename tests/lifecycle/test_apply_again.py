"""A plan applied, taken back and applied again, by the verbs: it is good again, and who does it hears so."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import main
from tests.policy.conftest import Folder

Admin = Callable[..., str]


@pytest.fixture
def admin(ledger_url: str, tmp_path: Path) -> Admin:
    """Runs `tiergate ...` and returns what it says; once on SQLite and once on PostgreSQL."""
    for name in ("policies", "idea"):
        (tmp_path / name).mkdir()
        Folder(tmp_path / name)
    Folder(tmp_path / "idea").edit("policy", "objective: cheapest", "objective: best")
    settings = {
        "TIERGATE_DATABASE_URL": ledger_url,
        "TIERGATE_POLICY_DIR": str(tmp_path / "policies"),
        "TIERGATE_POLICY_SOURCE": "database",
        "TIERGATE_DATA_DIR": str(tmp_path),
        "TIERGATE_AUDIT_KEY": "k" * 32,
        "BIG_KEY": "k",
    }
    unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}

    def command(*arguments: str) -> str:
        return CliRunner().invoke(main, arguments, env={**unset, **settings}).output

    command("ledger", "migrate")
    return command


def test_a_plan_is_good_again_after_a_rollback(admin: Admin, tmp_path: Path) -> None:
    """Not while it is in force; then it is applied like the first time, entered in the audit log, and the
    output says who had done so before, when, and what ended it."""
    plan = str(tmp_path / "plan.json")
    admin("policy", "plan", str(tmp_path / "idea"), "--out", plan)
    first = admin("policy", "apply", plan, "--reason", "better answers", "--as", "ada")
    assert "Version 2 is in force" in first and "before" not in first
    assert "plan anew" in admin("policy", "apply", plan, "--reason", "again")
    admin("policy", "rollback", "--reason", "too dear", "--as", "grace")
    again = admin("policy", "apply", plan, "--reason", "there is money now", "--as", "lin")
    versions = json.loads(admin("policy", "history", "--json"))
    assert [one["applied_by"] for one in versions] == ["lin", "grace", "ada", "policy folder"]
    for words in (
        "Version 4 is in force",
        "This change was in force before: version 2 of ",
        " UTC by ada (better answers), until version 3 of ",
        " UTC by grace (too dear).",
        f"The plan was made at {json.loads(Path(plan).read_text())['planned']}: it knows no request since.",
    ):
        assert words in again
    log = [json.loads(line) for line in admin("audit", "list", "--action", "policy.", "--json").splitlines()]
    acts = [(entry["action"], entry["actor"]) for entry in log]
    assert acts == [("policy.apply", "ada"), ("policy.rollback", "grace"), ("policy.apply", "lin")]
