"""`tiergate calibrate` against `tiergate sandbox` in a process of its own, as an admin runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from router.cli import main
from router.domain.kinds import Task
from router.sandbox.answers import AnswerKey
from router.sandbox.checks import Answer, passes
from router.sandbox.prompts import load_prompts
from tests.policy.conftest import Folder

Run = Callable[..., Result]


@pytest.fixture
def run(folder: Folder, sandbox: str, tmp_path: Path) -> Run:
    """Invokes the command where `thinker` is served by the sandbox."""
    folder.edit("catalog", "http://127.0.0.1:9102/v1", sandbox)
    folder.edit("catalog", "capabilities: [tools]", "capabilities: [tools, json_schema]")
    env = {
        "TIERGATE_POLICY_DIR": str(folder.path),
        "TIERGATE_DATA_DIR": str(tmp_path / "data"),
        "GPU_URL": "",
    }
    env |= {"BIG_KEY": ""}

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["calibrate", *map(str, arguments)], env=env)

    return invoke


def truth(prompt_id: str) -> bool | None:
    """Whether the simulated model's answer to this prompt is right, by its own books."""
    prompts = {prompt.id: prompt for prompt in load_prompts()}
    draft = AnswerKey(prompts.values()).draft(prompts[prompt_id], "reasoning", 0)
    calls = tuple((name, json.dumps(arguments)) for name, arguments in draft.calls)
    return passes(prompts[prompt_id], Answer(draft.content, calls))


def test_verdicts_are_those_of_the_simulations_own_books(run: Run, tmp_path: Path) -> None:
    """Every prompt that was counted, over HTTP and back; table and patch add them up."""
    results = tmp_path / "results.jsonl"
    ended = run("thinker", "--n", 64, "--resume", results)
    assert ended.exit_code == 0, ended.output
    rows = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    counted = [row for row in rows if row["right"] is not None]
    assert len(rows) == 64 and len(counted) > 50
    assert all(row["right"] == truth(row["prompt"]) for row in counted)
    right = sum(row["right"] for row in counted)
    assert re.search(rf"^all +{right} of {len(counted)} ", ended.output, re.M)
    assert "SIMULATED" in ended.output and "$" in ended.output
    patch = yaml.safe_load(ended.output[ended.output.index("# Model thinker") :])
    assert sum(entry["n"] for entry in patch["calibration"]) == len(counted)
    assert {entry["task"] for entry in patch["calibration"]} == {row["task"] for row in counted}
    assert all("(simulated)" in entry["suite"] for entry in patch["calibration"])
    output = [row["output"] for row in counted if row["task"] == "math"]
    assert patch["expected_output"]["math"] == round(sum(output) / len(output))


def test_what_was_answered_is_not_asked_again(run: Run, tmp_path: Path) -> None:
    """A run that was broken off goes on, also with a larger sample; the figures are of all of it."""
    results = tmp_path / "results.jsonl"
    assert run("thinker", "--n", 8, "--resume", results).exit_code == 0
    first = results.read_bytes()
    ended = run("thinker", "--n", 24, "--resume", results)
    assert ended.exit_code == 0, ended.output
    assert results.read_bytes().startswith(first)
    asked = [json.loads(line)["prompt"] for line in results.read_text("utf-8").splitlines()]
    assert len(asked) == len(set(asked)) == 24


def test_a_catalog_is_written_when_asked_and_a_simulation_only_when_meant(
    run: Run, folder: Folder, tmp_path: Path
) -> None:
    """The folder then has abilities that name the prompts."""
    catalog, out = folder.path / "catalog.yaml", tmp_path / "patch.yaml"
    before = catalog.read_bytes()
    ended = run("thinker", "--n", 40, "--out", out, "--write", catalog)
    assert ended.exit_code == 1 and "--simulated" in ended.output
    assert catalog.read_bytes() == before
    assert "calibration:" in out.read_text("utf-8")
    ended = run("thinker", "--n", 40, "--write", catalog, "--simulated")
    assert ended.exit_code == 0, ended.output
    provenance = folder.load().catalog.models["thinker"].ability_for(Task.MATH).provenance
    assert re.match(r"5 calibration prompts \(tiergate prompts [0-9a-f]{8} \(simulated\), ", provenance)


def test_restricted_prompts_stay_on_the_premises(run: Run, sandbox: str, tmp_path: Path) -> None:
    """A URL of unknown place is not sent one; said to be on the premises, it is."""
    file, results = tmp_path / "p.jsonl", tmp_path / "r.jsonl"
    line = {"task": "math", "prompt": "1 + 1?", "check": {"type": "integer", "value": 2}}
    file.write_text("\n".join(json.dumps({**line, "data_class": c}) for c in ("public", "restricted")))
    url = ("new", "--url", sandbox, "--upstream-model", "stand-in", "--prompts", file)
    ended = run(*url, "--resume", results)
    assert "1 left out: restricted data may go to on-premises only" in ended.output
    assert [json.loads(row)["prompt"] for row in results.read_text().splitlines()] == ["1"]
    run(*url, "--residency", "on-premises", "--resume", results)
    assert [json.loads(row)["prompt"] for row in results.read_text().splitlines()] == ["1", "2"]


def test_own_prompts_can_be_measured_with_a_url(run: Run, sandbox: str) -> None:
    """A model that no catalog has: cost unknown, patch all the same, nothing to write into."""
    ended = run("new", "--url", sandbox, "--upstream-model", "stand-in", "--n", 8)
    assert ended.exit_code == 0, ended.output
    assert "the price book has no price in force" in ended.output and "unknown" in ended.output
    assert "# Model new" in ended.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["thinkers"], "unknown model 'thinkers'; did you mean 'thinker'?"),
        (["thinker", "--endpoint", "gpu"], "endpoint 'gpu' is not active: gpu needs GPU_URL set"),
        (["thinker", "--endpoint", "cpu"], "model 'thinker' has no endpoint 'cpu'"),
        (["thinker", "--key-env", "X"], "--key-env needs --url"),
        (["thinker", "--url", "ftp://x", "--n", 1], "--url must be an http or https URL"),
        (["new", "--url", "http://127.0.0.1:1/v1", "--key-env", "NO_SUCH_KEY"], "NO_SUCH_KEY is not set"),
        (["thinker", "--url", "http://127.0.0.1:1/v1", "--endpoint", "gpu"], "--endpoint or --url, not both"),
        (["thinker", "--prompts", "/nowhere.jsonl"], "/nowhere.jsonl: cannot be read"),
        (["thinker", "--write", "/nowhere.yaml"], "/nowhere.yaml"),
    ],
)
def test_errors_end_with_1_and_say_what_to_do(run: Run, arguments: list[object], said: str) -> None:
    """Before anything is asked."""
    ended = run(*arguments)
    assert ended.exit_code == 1, ended.output
    assert said in ended.output
    assert "right" not in ended.output


def test_an_unknown_upstream_model_is_said_at_once(run: Run, sandbox: str) -> None:
    """The server's own words, and where they came from."""
    ended = run("new", "--url", sandbox, "--n", 8)
    assert ended.exit_code == 1
    assert f"{sandbox} as new answers HTTP 404: The model `new` does not exist" in ended.output
