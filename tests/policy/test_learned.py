"""Evidence from the ledger: a document beside the others, checked, in force with them, part of their
digest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from router.domain.ability import Evidence
from router.domain.acceptance import Acceptance
from router.domain.kinds import Task, VerifierName
from router.policy.ability.document import (
    LEARNED_FILE,
    NO_VERDICTS,
    Verdicts,
    evidence_digest,
    learned_document,
)
from router.policy.documents import load_documents
from router.policy.folder import FolderFiles
from router.policy.problems import PolicyRejected
from router.policy.reload import PolicySource

SEEN = {("thinker", Task.MATH): Evidence(50, 62), ("big", Task.CODE): Evidence(7.5, 10)}


def document(
    evidence: dict[tuple[str, Task], Evidence] = SEEN, acceptance: Verdicts = NO_VERDICTS
) -> dict[str, Any]:
    return learned_document(evidence, "2026-01-14T12:00:00Z", "a test", "platform", acceptance)


def write(folder: Path, content: object) -> Path:
    path = folder / LEARNED_FILE
    path.write_text(json.dumps(content, indent=2), "utf-8")
    return path


def test_what_the_ledger_saw_moves_the_abilities_and_the_digest(folder) -> None:
    """50 of 62 right outweigh a declared 0.8 of little weight, and the provenance says so."""
    before = folder.load()
    write(folder.path, document())
    bundle = folder.load()
    estimate = bundle.catalog.models["thinker"].ability_for(Task.MATH)
    assert estimate.provenance == "62 ledger outcomes; declared 0.8"
    assert estimate.sd < before.catalog.models["thinker"].ability_for(Task.MATH).sd / 2
    assert bundle.catalog.models["big"].ability_for(Task.CODE).provenance.startswith("10 ledger outcomes")
    assert bundle.digest != before.digest


def test_a_file_outside_counts_unless_the_folder_has_its_own(folder, tmp_path: Path, now) -> None:
    """The data folder's file is read where nobody pinned one; where it does not exist nothing is missing."""
    learned = tmp_path / LEARNED_FILE
    plain = folder.load().digest
    assert load_documents(folder.path, folder.env, now, learned).digest == plain
    write(tmp_path, document())
    moved = load_documents(folder.path, folder.env, now, learned)
    assert "62 ledger outcomes" in moved.catalog.models["thinker"].ability_for(Task.MATH).provenance
    write(folder.path, document({}))
    assert (
        "ledger"
        not in load_documents(folder.path, folder.env, now, learned)
        .catalog.models["thinker"]
        .ability_for(Task.MATH)
        .provenance
    )


def test_evidence_of_a_model_that_left_is_a_note(folder) -> None:
    """Models come and go; the ledger stays."""
    write(folder.path, document({("gone", Task.MATH): Evidence(1, 2)}))
    (note,) = folder.load().notes
    assert "evidence of model 'gone', which the catalog does not have, is not used" in str(note)


def test_the_digest_does_not_depend_on_order_or_spelling() -> None:
    """It names the evidence."""
    rows = {("a", Task.MATH): Evidence(1.0, 2.0), ("b", Task.CODE): Evidence(3.5, 4.0)}
    verdicts = {("a", Task.MATH, VerifierName.CODE): Acceptance(3, 2, 1)}
    turned = {("b", Task.CODE): Evidence(3.5, 4), ("a", Task.MATH): Evidence(1, 2)}
    assert evidence_digest(rows) == evidence_digest(turned)
    digests = {evidence_digest(rows), evidence_digest({}), evidence_digest(rows, verdicts)}
    assert len(digests) == 3


def test_verdicts_reach_the_model_they_are_about(folder) -> None:
    """By task and verifier; a row given twice is refused with its line."""
    seen = {("big", Task.MATH, VerifierName.MATHEMATICS): Acceptance(30, 8, 2)}
    write(folder.path, document({}, seen))
    assert folder.load().catalog.models["big"].acceptance == {
        (Task.MATH, VerifierName.MATHEMATICS): Acceptance(30, 8, 2)
    }
    twice = document({}, seen)
    twice["spec"]["acceptance"] *= 2
    write(folder.path, twice)
    with pytest.raises(
        PolicyRejected, match="verdicts of mathematics on math of model 'big' are given twice"
    ):
        folder.load()


def _edited(change: str, value: object) -> dict[str, Any]:
    content = json.loads(json.dumps(document()))
    row = content["spec"]["evidence"][0]
    if change in row:
        row[change] = value
    elif change == "twice":
        content["spec"]["evidence"].append(row)
    else:
        content["spec"][change] = value
    return content


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ("right", 9.0, "the file was changed after it was written; run `tiergate learn` again or remove it"),
        ("right", 11.0, "spec.evidence[0]: right must not be more than n"),
        ("n", -1, "spec.evidence[0].n must be greater than 0"),
        ("task", "maths", "spec.evidence[0].task is 'maths'; it must be one of"),
        ("twice", None, "code of model 'big' is given twice; add the two up"),
        ("digest", "xyz", "spec.digest must be 16 hexadecimal digits"),
        ("extra", 1, "unknown key 'extra' in spec; known: written, source, digest, evidence"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_line(folder, change: str, value: object, said: str) -> None:
    """Like every document: nothing of the folder is put in force."""
    write(folder.path, _edited(change, value))
    problems = folder.problems()
    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith(f"{LEARNED_FILE}:") for problem in problems)


def test_a_broken_file_is_refused_with_its_line(folder) -> None:
    """Half a file, as a crash would leave it."""
    path = write(folder.path, document())
    path.write_text(path.read_text("utf-8")[:200], "utf-8")
    (problem,) = folder.problems()
    assert problem.startswith(f"{LEARNED_FILE}:") and "not YAML" in problem


async def test_it_is_reloaded_with_the_folder_and_a_bad_one_changes_nothing(
    folder, tmp_path: Path, now
) -> None:
    """Written while the gateway runs, it is in force after two polls; a bad one leaves the last good one."""
    learned = tmp_path / LEARNED_FILE
    source = PolicySource(
        FolderFiles(folder.path, learned),
        folder.env,
        lambda: now,
        on_loaded=lambda bundle, files: None,
        on_rejected=lambda problems: None,
    )
    write(tmp_path, document())
    await source.poll()
    await source.poll()
    in_force = source.current
    assert "62 ledger outcomes" in in_force.catalog.models["thinker"].ability_for(Task.MATH).provenance
    write(tmp_path, _edited("right", 9.0))
    await source.poll()
    await source.poll()
    assert source.current is in_force
    assert source.error


def test_what_the_catalog_quotes_is_checked(folder) -> None:
    """Unknown benchmarks, impossible scores and counts, and dates that are none."""
    quoted = (
        "ability: {default: 0.9}\n      published:\n"
        "        - {benchmark: AIME 24, score: 101, harness: x, source: y, date: 2025-13}\n"
        "      calibration:\n        - {suite: s, task: math, right: 3, n: 2, date: 2026-01-01}"
    )
    folder.edit("catalog", "ability: {default: 0.9}", quoted)
    assert folder.problems() == [
        "catalog.yaml:15: spec.models[0].published[0].date must be a month or day such as 2025-03 or "
        "2025-03-05",
        "catalog.yaml:15: spec.models[0].published[0].score must be at most 100",
        "catalog.yaml:17: spec.models[0].calibration[0]: right must not be more than n",
    ]
    folder.edit("catalog", "score: 101", "score: 80")
    folder.edit("catalog", "2025-13", "2025-12")
    folder.edit("catalog", "right: 3", "right: 1")
    (problem,) = folder.problems()
    assert problem.startswith(
        "catalog.yaml:15: unknown benchmark 'AIME 24'; did you mean 'AIME 2024'? known: AIME 2024, AIME 2025"
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("objective: value", "needs failure_cost_usd: objective value weighs a failure at its price"),
        ("objective: cheapest\n      failure_cost_usd: 1", "failure_cost_usd needs `objective: value`"),
        (
            "objective: cheapest\n      latency_cost_usd_per_s: 1",
            "latency_cost_usd_per_s needs `obj",
        ),
        ("objective: best\n      confidence: lower", "confidence: lower needs a quality_target"),
        ("objective: cheapest\n      confidence: high", "it must be one of expected, lower"),
    ],
)
def test_a_rule_that_does_not_add_up_is_refused(folder, rule: str, said: str) -> None:
    """Prices of failure and latency belong to the objective that weighs them."""
    folder.edit("policy", "      quality_target: 0.7\n", "")
    folder.edit("policy", "objective: cheapest", rule)
    (problem,) = folder.problems()
    assert said in problem


def test_a_rule_of_value_compiles_to_exact_money(folder) -> None:
    """US dollars become whole pico-dollars, speeds and the cache's warmth arrive as written."""
    folder.edit(
        "policy",
        "objective: cheapest",
        "objective: value\n      failure_cost_usd: 0.25\n      latency_cost_usd_per_s: 0.001\n"
        "      confidence: lower",
    )
    folder.edit("policy", "  rules:", "  cache_warm_seconds: 60\n  rules:")
    speed = "          expected_tokens_per_second: 80\n          expected_first_token_s: 0.5\n"
    folder.edit("catalog", "          context: 200000\n", "          context: 200000\n" + speed)
    bundle = folder.load()
    rule = bundle.policy.rules[-1]
    assert (rule.failure_cost_pico, rule.latency_cost_pico) == (250_000_000_000, 1_000_000_000)
    assert bundle.policy.cache_warm_s == 60.0
    assert bundle.catalog.models["big"].endpoints[0].seconds_for(400) == 5.5


def test_a_folder_that_is_refused_for_its_evidence_does_not_start(folder, now) -> None:
    """The gateway would rather not start than decide on evidence that somebody edited."""
    write(folder.path, _edited("right", 9.0))
    with pytest.raises(PolicyRejected):
        load_documents(folder.path, folder.env, now)
