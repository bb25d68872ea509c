"""`tiergate learn` as an admin runs it: output, exit codes, and what the gateway then loads."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from router.cli import main
from router.policy.ability.document import LEARNED_FILE
from router.policy.folder import FolderFiles
from router.policy.reload import PolicySource
from tests.learn.ledger import build
from tests.policy.conftest import Folder

Run = Callable[..., Result]


@pytest.fixture
def run(folder: Folder, data: Path) -> Run:
    """Invokes `tiergate learn` with these folders."""
    env = {"TIERGATE_POLICY_DIR": str(folder.path), "TIERGATE_DATA_DIR": str(data)} | dict(folder.env)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["learn", *map(str, arguments)], env=env)

    return invoke


def fill(ledger: Engine, count: int = 500) -> None:
    rng = random.Random(2)
    rows = build.traffic("thinker", 0.35, [rng.uniform(0.05, 0.9) for _ in range(count)])
    build.fill(ledger, [(replace(one, started_us=build.PAST_US), tried) for one, tried in rows])


async def test_a_run_says_what_it_did_and_the_gateway_takes_it_up(
    run: Run, ledger: Engine, folder: Folder, data: Path
) -> None:
    """Exit 0, every figure with its n, and a policy source that polls has the new abilities in force."""
    fill(ledger)
    source = PolicySource(
        FolderFiles(folder.path, data / LEARNED_FILE), folder.env, lambda: build.NOW,
        on_loaded=lambda *_: None, on_rejected=lambda _: None,
    )  # fmt: skip
    before = source.current.digest
    result = run()
    assert result.exit_code == 0, result.output
    assert "big: no evidence, 0 checked outcomes of 50; left as it was" in result.output
    assert "version 0001 is in force: at least as good as what was in force" in result.output
    for name in ("new abilities", "abilities in force", "each model's overall rate", "per-task table"):
        assert name in result.output
    await source.poll()
    await source.poll()
    assert source.current.digest != before


def test_status_pin_rollback_and_unpin(run: Run, ledger: Engine, data: Path) -> None:
    """The life of a version on the command line; a pinned run ends with 2."""
    assert "no versions yet" in run("status").output
    fill(ledger)
    assert run("--seed", 1).exit_code == 0
    status = run("status").output
    assert "0001" in status and "in force: 0001, not pinned" in status
    assert run("pin", "0001").exit_code == 0
    pinned = run("--half-life", 30_000)
    assert pinned.exit_code == 2 and "version 0002 was written, nothing was replaced" in pinned.output
    assert "a version is pinned" in pinned.output
    rolled = run("rollback")
    assert rolled.exit_code == 0 and rolled.output.startswith("nothing learned is in force and pinned")
    assert not (data / LEARNED_FILE).exists()
    assert run("unpin").exit_code == 0
    assert run().exit_code == 0
    assert "in force: 0003, not pinned" in run("status").output


def test_a_version_without_a_card_is_still_shown(run: Run, ledger: Engine, data: Path) -> None:
    """Nobody can pin what the list leaves out."""
    fill(ledger)
    assert run().exit_code == 0
    (data / "abilities" / "0001" / "card.json").write_text("{")
    status = run("status")
    assert status.exit_code == 0
    assert re.search(r"0001 .*in force .*its card.json is missing or damaged", status.output)


def test_without_evidence_nothing_is_written(run: Run, ledger: Engine, data: Path) -> None:
    """Exit 2, the reason, no version."""
    result = run()
    assert result.exit_code == 2
    assert "no model has 50 checked outcomes: no evidence" in result.output
    assert not (data / "abilities").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--half-life", 0], "--half-life"),
        (["--nonsense"], "No such option"),
        (["pin"], "Missing argument 'VERSION'"),
        (["pin", "0042"], "there is no version '0042'; known: none"),
        (["rollback"], "nothing was in force before"),
        (["export", "--out", "x.csv"], "`tiergate train` reads *.jsonl and *.jsonl.gz only"),
    ],
)
def test_errors_end_with_1(run: Run, ledger: Engine, arguments: list[object], said: str) -> None:
    """Wrong usage as well: 2 says that nothing was replaced."""
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    assert said in result.output


def test_a_missing_ledger_is_an_error(run: Run) -> None:
    """It says what makes one; a traceback says nothing to an admin."""
    missing = run()
    assert missing.exit_code == 1 and "there is no ledger yet" in missing.output


def test_a_policy_that_does_not_load_is_an_error(run: Run, ledger: Engine, folder: Folder) -> None:
    """As file:line, like everywhere."""
    folder.edit("catalog", "tier: frontier", "tier: best")
    result = run()
    assert result.exit_code == 1
    assert "catalog.yaml:" in result.output and "Traceback" not in result.output
