"""What verifiers said of a model's answers: counted, shown, unknown below a number, put in force by a run."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import astuple, replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from router.cli import main
from router.domain.acceptance import Acceptance
from router.domain.interval import wilson
from router.domain.kinds import Task, VerifierName
from router.domain.records import VerdictRecord
from router.learn.ledger_acceptance import acceptance
from router.learn.ledger_evidence import Window, checked_outcomes
from router.learn.refit_run import learn
from router.learn.versions import Versions
from router.record.write import LedgerWriter
from tests.learn.ledger import build
from tests.policy.conftest import Folder

EVERYTHING = Window(0, build.NOW_US)
KEY = ("thinker", Task.MATH, VerifierName.MATHEMATICS)


def judge(engine: Engine, rows: Iterable[build.Rows], *verdicts: str, verifier: str = "mathematics") -> None:
    """Books the rows and, in turn, one verdict on each answer."""
    rows = list(rows)
    build.fill(engine, rows)
    found = [
        VerdictRecord(request.id, 1, verifier, verdict, "made up", 5, build.NOW_US)
        for (request, _), verdict in zip(rows, verdicts, strict=True)
    ]
    assert LedgerWriter(engine).insert_later("verdicts", list(map(astuple, found))) == []


def answers(count: int, verdict: str = "unverified", **changes: object) -> list[build.Rows]:
    """Requests whose answer went out with this verdict."""
    made = [build.row("thinker", True, task="math", difficulty=0.35, **changes) for _ in range(count)]
    return [(request, [replace(tried[0], verdict=verdict)]) for request, tried in made]


def test_verdicts_are_counted_by_model_task_and_verifier(both: Engine) -> None:
    """On either database; simulated answers only when asked for."""
    judge(both, answers(4), "passed", "failed", "unverified", "passed")
    judge(both, answers(1, simulated=True), "passed")
    assert acceptance(both, EVERYTHING) == {KEY: Acceptance(2, 1, 1)}
    assert acceptance(both, replace(EVERYTHING, simulated=True)) == {KEY: Acceptance(3, 1, 1)}
    assert acceptance(both, Window(build.NOW_US, build.NOW_US + 1)) == {}


def test_a_check_after_the_reply_teaches_as_one_before_it(both: Engine) -> None:
    """The attempt's row stays unverified; what was found later is an outcome all the same, once."""
    judge(both, answers(3), "passed", "failed", "unverified")
    judge(both, answers(1, verdict="failed"), "passed")
    found = [one.right for one in checked_outcomes(both, EVERYTHING)]
    assert sorted(found) == [False, False, True]


def test_what_is_no_outcome_check_teaches_nothing(both: Engine) -> None:
    """A row of anything else, an opinion for one, is no verdict."""
    judge(both, answers(1), "passed", verifier="opinion")
    assert acceptance(both, EVERYTHING) == {}
    assert not list(checked_outcomes(both, EVERYTHING))


def test_a_run_puts_acceptance_in_force(ledger: Engine, folder: Folder, data: Path) -> None:
    """Beside the abilities, in the same version; a second run without news writes nothing."""
    rng = random.Random(3)
    rows = build.traffic("thinker", 0.35, [rng.uniform(0.05, 0.9) for _ in range(300)])
    judge(ledger, rows, *(str(tried[0].verdict) for _, tried in rows))
    bundles = build.bundles(folder, data)
    assert learn(ledger, bundles, Versions(data), build.choices()).replaced
    seen = bundles.in_force().catalog.models["thinker"].acceptance[KEY[1:]]
    assert seen.n == 300 and seen.passed == sum(tried[0].verdict == "passed" for _, tried in rows)
    assert learn(ledger, bundles, Versions(data), build.choices()).version is None


@pytest.fixture
def run(folder: Folder, data: Path) -> object:
    env = {"TIERGATE_POLICY_DIR": str(folder.path), "TIERGATE_DATA_DIR": str(data)} | dict(folder.env)
    return lambda *options: CliRunner().invoke(main, ["learn", "evidence", *options], env=env)


def test_the_command_shows_shares_with_intervals_and_never_guesses(run, ledger: Engine) -> None:  # type: ignore[no-untyped-def]
    """Below the least number a share is unknown, in the table and in JSON; error rates name their source."""
    assert "no verdicts" in run().output
    past = [(replace(r, started_us=build.PAST_US), t) for r, t in answers(29)]
    judge(ledger, past, *["passed"] * 20, *["failed"] * 9)
    shown = run()
    assert shown.exit_code == 0 and "unknown" in shown.output and "29 of 30" in shown.output
    (row,) = orjson.loads(run("--json").output)["acceptance"]
    assert (row["accepted"], row["interval_95"], row["n"]) == (None, None, 29)
    (row,) = orjson.loads(run("--json", "--min-n", "29").output)["acceptance"]
    assert row["accepted"] == pytest.approx(20 / 29)
    assert row["interval_95"] == pytest.approx(list(wilson(20, 29, 1.96)))
    assert row["error_rates"]["source"].startswith("tests/bench/VERIFY.md")
    assert "69.0%" in run("--min-n", "20").output
