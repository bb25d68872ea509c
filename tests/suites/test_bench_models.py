"""`tiergate bench-models` through a real gateway to simulated models, as an admin runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli import main
from router.sandbox.answers import AnswerKey
from router.sandbox.checks import Answer, passes
from router.sandbox.prompts import Prompt, load_prompts
from router.sandbox.testing import running_sandbox
from tests.contract.background import Background
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, free_port, running_gateway
from tests.suites.conftest import Write

PUBLISHED = {"benchmark": "AIME 2024", "score": 79.5, "harness": "h", "source": "a report", "date": "2025-03"}
RULES = [{"name": "default", "objective": "cheapest", "verify": {"mode": "after_reply", "time_limit": 60}}]


@dataclass(frozen=True, slots=True)
class Desk:
    """A gateway before two simulated models, and the prompts that they know the answers of."""

    gateway: Gateway
    url: str

    def run(self, *arguments: object, **env: str) -> Result:
        known = {
            "TIERGATE_KEY": self.gateway.token,
            "TIERGATE_POLICY_DIR": str(self.gateway.policy_dir),
            "TIERGATE_DATA_DIR": str(self.gateway.database_file.parent),
        }
        command = ["bench-models", "--url", self.url, *map(str, arguments)]
        return CliRunner().invoke(main, command, env=known | env)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("bench-models")
    with Background() as background:
        good, cheap = (background.enter(running_sandbox(kind)) for kind in ("frontier", "reasoning"))
        models = [
            TestModel("good", "frontier", good.base_url, good.model, (2.0, 10.0)),
            TestModel("cheap", "reasoning", cheap.base_url, cheap.model, more={"published": [PUBLISHED]}),
        ]
        policy = write_folder(folder / "policies", models, RULES)
        with running_gateway(folder, policy) as gateway:
            yield Desk(gateway, f"{gateway.origin}/v1")


def questions() -> list[Prompt]:
    return [
        prompt
        for prompt in load_prompts()
        if (prompt.check or {}).get("type") == "integer" and len(prompt.messages) == 1
    ]


def lines(prompts: Sequence[Prompt]) -> list[dict[str, Any]]:
    return [
        {
            "id": prompt.id,
            "task": str(prompt.task),
            "messages": list(prompt.messages),
            "tiergate": {"reference": {"kind": "number", "value": str((prompt.check or {})["value"])}},
        }
        for prompt in prompts
    ]


def test_the_scorecard_is_that_of_the_simulations_own_books(desk: Desk, write: Write, tmp_path: Path) -> None:
    """Verdicts, money and evidence are those of the gateway's ledger."""
    prompts = questions()[:24]
    suite, results = write("own.jsonl", lines(prompts)), tmp_path / "r.jsonl"
    ended = desk.run("--suite", suite, "--models", "cheap,auto", "--resume", results, "--json")
    assert ended.exit_code == 0, ended.output
    rows = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    cheap, auto = json.loads(ended.stdout)["models"]
    key = AnswerKey(prompts)
    truth = [bool(passes(one, Answer(key.draft(one, "reasoning", 0).content, ()))) for one in prompts]
    assert (cheap["n"], cheap["right"]) == (24, sum(truth))
    assert auto["n"] == 24 and set(auto["answered_by"]) <= {"cheap", "good"}
    ids = {row["request_id"] for row in rows}
    booked = {row["id"]: row for row in desk.gateway.query("SELECT * FROM requests") if row["id"] in ids}
    assert len(booked) == 48
    assert {row["workload"] for row in booked.values()} == {"bench-own"}
    assert all(booked[row["request_id"]]["cost_pico"] == row["cost"] for row in rows)
    assert "evidence: 48 of 48 requests have a verdict in the ledger" in ended.stderr
    assert re.search(
        r"all requests: cheap, math by reference: \d+ of \d+ passed, \d+-\d+% \(95%\)", ended.stderr
    )


def test_what_was_answered_is_not_asked_again(desk: Desk, write: Write, tmp_path: Path) -> None:
    """A run that was broken off goes on, also with more questions, models and repeats."""
    suite, results = write("own.jsonl", lines(questions()[:6])), tmp_path / "r.jsonl"
    common = ("--suite", suite, "--resume", results)
    assert desk.run(*common, "--models", "cheap", "--n", 3).exit_code == 0
    first = results.read_bytes()
    ended = desk.run(*common, "--models", "cheap,good", "--repeats", 2, "--plot", tmp_path / "plot.png")
    assert ended.exit_code == 0, ended.output
    assert "3 answered before stand in" in ended.output and "SIMULATED" in ended.output
    assert results.read_bytes().startswith(first)
    rows = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    asked = [(row["asked"], row["item"], row["repeat"]) for row in rows]
    assert len(asked) == len(set(asked)) == 6 * 2 * 2
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_published_scores_stand_beside_with_their_source(desk: Desk, tmp_path: Path) -> None:
    """For a suite that scores are published of."""
    (tmp_path / "aime24.jsonl").write_text(json.dumps({"prompt": "1 + 1?", "answer": 2}) + "\n")
    ended = desk.run("--suite", "aime24", "--data", tmp_path, "--models", "cheap,good")
    assert ended.exit_code == 0, ended.output
    assert "79.5" in ended.output
    assert "published for cheap: AIME 2024 79.5, harness h, 2025-03: a report" in ended.output


def test_what_cannot_go_on_ends_with_a_reason(desk: Desk, write: Write) -> None:
    """A wrong key, an unknown model, nobody at the address; a refused question alone does not end a run."""
    suite = write("own.jsonl", lines(questions()[:2]))
    common = ("--suite", suite, "--models")
    assert "Incorrect API key" in desk.run(*common, "cheap", TIERGATE_KEY="tg-no").output
    assert "as nobody answers HTTP 404" in desk.run(*common, "nobody").output
    nowhere = desk.run(*common, "cheap", "--url", f"http://127.0.0.1:{free_port()}/v1")
    assert nowhere.exit_code == 0 and "lost: 2 of cheap: ConnectError" in nowhere.output
    assert "names no model" in desk.run(*common, ",").output


def test_a_ledger_elsewhere_is_said(desk: Desk, write: Write, tmp_path: Path) -> None:
    """Evidence is where the gateway is."""
    suite = write("own.jsonl", lines(questions()[:1]))
    ended = desk.run("--suite", suite, "--models", "cheap", TIERGATE_DATA_DIR=str(tmp_path / "none"))
    assert ended.exit_code == 0, ended.output
    assert "this machine's ledger does not hold these requests" in ended.output
