"""`tiergate ledger rerate` and `late-usage` as finance runs them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from router.corrections.command import late_usage_, rerate_
from router.domain.usage import Usage
from router.record.command import ledger
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.write import LedgerWriter
from tests.corrections.made import Made, Try, book, request
from tests.policy.conftest import Folder

Run = Callable[..., Result]
CLI = click.Group(commands={"rerate": rerate_, "late-usage": late_usage_, "ledger": ledger})
FROM = ("--from", "2026-01-01", "--to", "2027-01-01")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "policies").mkdir()
    Folder(tmp_path / "policies")

    def command(*arguments: str) -> Result:
        variables = {"TIERGATE_DATA_DIR": str(tmp_path), "TIERGATE_POLICY_DIR": str(tmp_path / "policies")}
        unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}
        return CliRunner().invoke(CLI, arguments, env=unset | variables)

    return command


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """One request that nobody had priced, and whose second attempt was never reported."""
    engine = ledger_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrate(engine)
    found = request([Try("big", Usage(100, 0, 0, 10)), Try("big", None)], book())
    LedgerWriter(engine).insert([as_done(*found)])
    engine.dispose()
    return found


def test_rerate_says_first_and_writes_then(run: Run, made: Made) -> None:
    """--dry-run ends with 2 and writes nothing; the run ends with 0; the next one finds nothing."""
    dry = run("rerate", *FROM, "--reason", "price forgotten", "--dry-run")
    assert dry.exit_code == 2, dry.output
    assert "1 corrections of +0.000225 USD in all would be written" in dry.output
    assert "big" in dry.output and "big@2025-01-01" in dry.output
    done = run("rerate", *FROM, "--reason", "price forgotten", "--by", "finance", "--json")
    facts = json.loads(done.output)
    assert (done.exit_code, facts["corrections"], facts["delta_pico"]) == (0, 1, 225_000_000)
    assert facts["batch_id"].startswith("rerate-")
    again = run("rerate", *FROM, "--reason", "price forgotten")
    assert (again.exit_code, "nothing to correct" in again.output) == (0, True)


def test_the_summary_shows_corrections_apart(run: Run, made: Made) -> None:
    """As recorded, corrected by, and fewer unknown; without corrections there is no such column."""
    before = run("ledger", "summary").output
    run("rerate", *FROM, "--reason", "price forgotten")
    after = run("ledger", "summary").output
    assert "corrected" not in before and "corrected" in after
    [row] = json.loads(run("ledger", "summary", "--json").output)["rows"]
    assert (row["cost"], row["corrections"], row["unknown"]) == (0, 225_000_000, 1)


def test_late_usage_is_booked_once(run: Run, made: Made, tmp_path: Path) -> None:
    """In the provider's own form, by request and attempt."""
    file = tmp_path / "late.jsonl"
    usage = {"input_tokens": 40, "output_tokens": 4, "cache_read_input_tokens": 0}
    file.write_text(json.dumps({"request_id": made[0].id, "n": 2, "usage": usage}) + "\n")
    facts = json.loads(run("late-usage", str(file), "--json").output)
    assert (facts["corrections"], facts["delta_pico"]) == (1, 40 * 1_250_000 + 4 * 10_000_000)
    assert "nothing to correct" in run("late-usage", str(file)).output


def test_a_line_that_cannot_be_used_refuses_the_file(run: Run, made: Made, tmp_path: Path) -> None:
    """Every line that is wrong is named, and none is booked."""
    good = json.dumps({"request_id": made[0].id, "n": 2, "usage": {"input_tokens": 1, "output_tokens": 1}})
    file = tmp_path / "late.jsonl"
    file.write_text(f'{good}\n{good}\n{{"request_id": "x", "usage": {{}}}}\nnot json\n'
                    '{"request_id": "gone", "usage": {"input_tokens": 1, "output_tokens": 1}}\n'
                    f'{{"request_id": "{made[0].id}", "n": 0}}\n')  # fmt: skip
    result = run("late-usage", str(file))
    assert result.exit_code == 1
    for line, said in (
        (2, "attempt 2 of"),
        (3, '"usage" is no usage report'),
        (4, "not JSON"),
        (5, "the ledger has no attempt 1 of request gone"),
        (6, '"n" must be'),
    ):
        assert f"late.jsonl:{line}: {said}" in result.output, result.output
    assert json.loads(run("ledger", "summary", "--json").output)["rows"][0]["corrections"] == 0
