"""`tiergate policy` as a person or a pipeline runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.domain.ability import Evidence
from router.domain.kinds import Task
from router.policy import reference, schemas
from router.policy.ability.document import LEARNED_FILE, learned_document
from router.policy.command import policy


@pytest.fixture
def run():
    def invoke(*arguments: object, env: dict[str, str] | None = None):
        return CliRunner().invoke(policy, [str(argument) for argument in arguments], env=env)

    return invoke


def test_check_shows_what_would_be_in_force(run, folder) -> None:
    """Endpoints of this environment with prices, rules in order, limits, baseline and notes; exit 0."""
    result = run("check", folder.path, env={"BIG_KEY": "secret-key", "GPU_URL": ""})
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert lines[0].startswith(f"{folder.path}: ok, policy standard, digest ")
    assert "frontier big big-us us 200,000 1.25 10.00" in lines
    assert "reasoning thinker gpu-simulated on-premises 32,768 0.40 1.00 simulated" in lines
    assert "math task math; difficulty >= 0.5 reasoning > frontier" in lines
    assert "default always cheapest, P >= 0.7" in lines
    assert "restricted data: only on-premises" in lines
    assert "baseline: big, declared 2025-10-01 by procurement" in lines
    assert "secret-key" not in result.output
    assert "Notes" not in lines


def test_check_shows_abilities_with_interval_and_provenance(run, folder) -> None:
    """One row per model and what is known of it; tasks of which the same is known share one."""
    result = run("check", folder.path, env={"BIG_KEY": "k"})
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "thinker math 80% 43-96% 4 declared 0.8" in lines
    rest = "code, knowledge, instruction, tool_use, extraction, classification, writing, other"
    assert f"thinker {rest} 50% 19-81% 4 declared 0.5 for every task" in lines


def test_check_counts_what_the_gateway_would_have_learned(run, folder, tmp_path: Path) -> None:
    """Without a folder named, the data folder's evidence counts as in the gateway; with one, the folder
    alone."""
    evidence = learned_document({("big", Task.CODE): Evidence(9, 12)}, "2026-01-01", "a test", "platform")
    (tmp_path / LEARNED_FILE).write_text(json.dumps(evidence), "utf-8")
    env = {"BIG_KEY": "k", "TIERGATE_POLICY_DIR": str(folder.path), "TIERGATE_DATA_DIR": str(tmp_path)}
    assert "12 ledger outcomes" in run("check", env=env).output
    assert "12 ledger outcomes" not in run("check", folder.path, env=env).output


def test_check_names_a_bad_setting(run) -> None:
    """One line, no traceback; with a folder named no setting is read."""
    result = run("check", env={"TIERGATE_PORT": "eighty"})
    assert (result.exit_code, len(result.output.splitlines())) == (1, 2)
    assert result.output.startswith("Error: settings are refused:\nTIERGATE_PORT: ")


def test_check_prints_every_problem_and_fails(run, folder) -> None:
    """Problems go to standard output as file:line, the count to standard error; exit 1."""
    folder.edit("policy", "tiers:", "tirs:")
    folder.edit("prices", "USD", "EUR")
    result = run("check", folder.path)
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [
        f"{folder.path}/policy.yaml:11",
        f"{folder.path}/prices.yaml:6",
    ]
    assert result.stderr == f"{folder.path}: refused, 2 problems\n"


def test_check_looks_where_the_gateway_looks(run, folder) -> None:
    """Without an argument the folder is the one of TIERGATE_POLICY_DIR."""
    result = run("check", env={"TIERGATE_POLICY_DIR": str(folder.path), "BIG_KEY": "k"})
    assert result.exit_code == 0, result.output


def test_schema_prints_or_writes(run, tmp_path: Path) -> None:
    """All three schemas as one JSON object, or one file each."""
    assert set(json.loads(run("schema").output)) == set(schemas.KINDS)
    result = run("schema", "--write", tmp_path / "new" / "schema")
    assert result.exit_code == 0
    for kind, name in schemas.FILES.items():
        assert (tmp_path / "new" / "schema" / name).read_text("utf-8") == schemas.schema_text(kind)


def test_reference_prints_or_writes_between_its_markers(run, tmp_path: Path) -> None:
    """Text around the markers stays; a file without them is left alone and refused."""
    assert run("reference").output == reference.reference()
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{reference.BEGIN}\nstale words\n{reference.END}\nafter\n", "utf-8")
    assert run("reference", "--write", readme).exit_code == 0
    text = readme.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert reference.reference() in text
    assert "stale words" not in text
    readme.write_text("no markers", "utf-8")
    result = run("reference", "--write", readme)
    assert result.exit_code == 1
    assert "to write between" in result.output
    assert readme.read_text("utf-8") == "no markers"
