"""`tiergate policy test`: what passes, what fails and how it is said, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from router.cli import main
from tests.policy.conftest import Folder

SHIPPED = Path(__file__).parents[2] / "policies"
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "policies"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def run(folder: Folder) -> Run:
    """Writes cases beside the policy and runs them."""

    def run(
        *cases: dict[str, object], at: str = "2026-01-15T12:00:00Z", options: tuple[str, ...] = ()
    ) -> Result:
        tests = folder.path / "tests"
        tests.mkdir(exist_ok=True)
        document = {
            "apiVersion": "tiergate.dev/v1",
            "kind": "PolicyTests",
            "metadata": {"name": "t", "owner": "o"},
            "spec": {"at": at, "cases": [{"name": f"case {n}", **case} for n, case in enumerate(cases)]},
        }
        (tests / "t.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
        return CliRunner().invoke(main, ["policy", "test", str(folder.path), *options])

    return run


def test_the_shipped_policy_keeps_its_promises() -> None:
    """And no rule of it is without a case."""
    ended = CliRunner().invoke(main, ["policy", "test", str(SHIPPED), "--cover"])
    assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tiers: [reasoning, frontier]\n      verify: before_reply",
         "tiers: [frontier]\n      verify: before_reply", "tier is frontier, not reasoning"),
        ("restricted: {residency: [on-premises]}", "restricted: {residency: [on-premises, us]}",
         "standard.yaml"),
        ("on_error: deny", "on_error: allow", "not denied: rule restricted gives"),
        ("workload: [suggest-*]", "workload: [suggests-*]", "rule is default, not suggestions"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_found(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each of these changes of the shipped policy fails a case, by file and line."""
    copy = tmp_path / "policies"
    shutil.copytree(SHIPPED, copy)
    policy = (copy / "policy.yaml").read_text("utf-8")
    assert old in policy
    changed = policy.replace(old, new)
    if "us]" in new:  # the rule's own limit has to fall as well
        changed = changed.replace(
            "require: {residency: [on-premises]}", "require: {residency: [on-premises, us]}"
        )
    (copy / "policy.yaml").write_text(changed, "utf-8")
    ended = CliRunner().invoke(main, ["policy", "test", str(copy)])
    assert ended.exit_code == 1
    assert said in ended.output and "tests/standard.yaml:" in ended.output


def test_what_is_not_as_expected_is_said_beside_the_case(run: Run, folder: Folder) -> None:
    """With what was decided instead."""
    ended = run(
        {"given": {"task": "math"}, "expect": {"model": "big", "never": ["thinker"]}},
        {"given": {"model": "thinker"}, "expect": {"model": "thinker", "residency": ["on-premises"]}},
        {"given": {"model": "big", "allowed_models": ["thinker"]}, "expect": {"no_candidate": True}},
        {"given": {"model": "thinker"}, "expect": {"no_candidate": True}},
        {"given": {"task": "math"}, "expect": {"denied": "never"}},
        {"given": {"model": "auto/huge"}, "expect": {"tier": "frontier"}},
    )  # fmt: skip
    assert ended.exit_code == 1
    text = ended.output
    assert "t.yaml:" in text and ": case 0" in text and "never may be one" in text
    assert "case 1" not in text and "case 2" not in text
    assert "not without a candidate" in text and "not denied" in text and "auto/huge" in text
    assert "2 of 6 cases passed" in text


def test_time_and_prices_are_those_of_the_document(run: Run) -> None:
    """A policy is refused at a time before its prices."""
    case = {"expect": {"rule": "default"}}
    assert run(case).exit_code == 0
    early = run(case, at="2001-01-01")
    assert early.exit_code == 1 and "no price" in early.output


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"expect": {}}, "needs at least one expectation"),
        ({"expect": {"rule": "defaultt"}}, "unknown rule 'defaultt'; did you mean 'default'?"),
        ({"expect": {"never": ["bigg"]}}, "unknown model 'bigg'"),
        ({"expect": {"denied": "x", "model": "big"}}, "exclude one another"),
        ({"given": {"unhealthy": ["nope"]}, "expect": {"rule": "default"}}, "unknown endpoint 'nope'"),
        ({"given": {"promt": "x"}, "expect": {"rule": "default"}}, "unknown key 'promt'"),
        ({"given": {"prompt": "x", "classifier_failed": True}, "expect": {"rule": "default"}},
         "remove one of them"),
    ],
)  # fmt: skip
def test_a_case_that_could_pass_for_the_wrong_reason_is_refused(
    run: Run, case: dict[str, object], said: str
) -> None:
    """By file and line."""
    ended = run(case)
    assert ended.exit_code == 1
    assert said in ended.output and "t.yaml:" in ended.output


def test_uncovered_rules_are_named(run: Run) -> None:
    """They fail the run only when asked to."""
    case = {"given": {"task": "math", "difficulty": 0.9}, "expect": {"rule": "math"}}
    assert "rule default (line" in run(case).output
    assert run(case).exit_code == 0
    assert run(case, options=("--cover",)).exit_code == 1


def test_tests_belong_into_their_own_folder(folder: Folder, run: Run) -> None:
    """Among the documents of the gateway they are refused, with the place where they belong."""
    run({"expect": {"rule": "default"}})
    shutil.move(folder.path / "tests" / "t.yaml", folder.path / "t.yaml")
    ended = CliRunner().invoke(main, ["policy", "check", str(folder.path)])
    assert ended.exit_code == 1 and "the gateway runs no tests; move the file into the folder" in ended.output
    (folder.path / "t.yaml").unlink()
    assert (
        "holds no document of kind PolicyTests"
        in CliRunner().invoke(main, ["policy", "test", str(folder.path)]).output
    )
