"""Policies as they come and go."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from router.admin.api.wire import Given, Reason, Seconds, TeamGiven
from router.lifecycle.diff import Difference
from router.lifecycle.run_cases import Report
from router.policy.problems import Problem
from router.record.policies import Applied

_FILE = r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml|abilities\.json)$"

FileName = Annotated[str, Field(pattern=_FILE)]
Files = Annotated[
    dict[FileName, str],
    Field(min_length=1, max_length=50, description="Content by file name, as in the policy folder."),
]


class Version(BaseModel):
    """A policy that was put in force from the database. `previous` is the digest before it."""

    object: Literal["policy_version"] = "policy_version"
    version: int
    digest: str
    previous: str | None
    applied: int
    applied_by: str
    reason: str
    in_force: bool


class VersionFiles(Version):
    """With what it says."""

    files: dict[str, str]


class InForce(BaseModel):
    """What is in force. `source` is where gateways read it; only `database` can be changed here."""

    object: Literal["policy"] = "policy"
    digest: str
    price_book: str
    source: Literal["directory", "database"]
    files: dict[str, str]


class ProblemShown(BaseModel):
    """What is wrong, where, and what would be right."""

    file: str
    line: int
    message: str


class DifferenceShown(BaseModel):
    """One thing that is said differently. `added to` and `removed from`: one item of a list."""

    kind: Literal["added", "removed", "changed", "moved", "added to", "removed from"]
    what: str
    before: str | None
    after: str | None
    where: str


class Differences(BaseModel):
    """What the newer policy says differently, field by field."""

    object: Literal["list"] = "list"
    data: list[DifferenceShown]


class Proposed(Given):
    """Documents of a new policy."""

    files: Files


class Checked(BaseModel):
    """Whether the documents can be put in force. `digest` is theirs; null where they cannot."""

    object: Literal["policy_check"] = "policy_check"
    ok: bool
    digest: str | None
    problems: list[ProblemShown]
    notes: list[ProblemShown]


class TestWanted(Given):
    """Documents, and cases to decide by them: files of kind PolicyTests."""

    files: Files
    tests: Files


class CaseShown(BaseModel):
    """A case; `wrong` is empty for one that passed."""

    file: str
    line: int
    name: str
    rule: str
    wrong: list[str]


class Tested(BaseModel):
    """What came of the cases. `uncovered` are rules that no case reaches."""

    object: Literal["policy_test"] = "policy_test"
    passed: int
    failed: int
    cases: list[CaseShown]
    uncovered: list[str]


class PlanWanted(Given):
    """Documents, and the past to put them to: `since` to `until`, Unix seconds."""

    files: Files
    since: Seconds
    until: Seconds | None = None
    team: TeamGiven | None = None


class ApplyWanted(Given):
    """The documents that were planned, their plan as it was answered, and why."""

    files: Files
    plan: dict[str, Any]
    reason: Reason


class RollbackWanted(Given):
    """`to` is a version's number or digest; left out: the one before the latest."""

    to: str | None = Field(None, pattern=r"^[0-9a-f]{1,64}$")
    reason: Reason


def version_shown(one: Applied, latest: int) -> Version:
    return Version(**_facts(one, latest))


def with_files(one: Applied, latest: int, files: dict[str, str]) -> VersionFiles:
    return VersionFiles(**_facts(one, latest), files=files)


def problem_shown(one: Problem) -> ProblemShown:
    return ProblemShown(file=one.file, line=one.line, message=one.message)


def differences_shown(found: list[Difference]) -> Differences:
    names = DifferenceShown.model_fields
    return Differences(
        data=[DifferenceShown(**{name: getattr(one, name) for name in names}) for one in found]
    )


def _facts(one: Applied, latest: int) -> dict[str, Any]:
    same = ("version", "digest", "previous", "applied_by", "reason")
    return {
        **{name: getattr(one, name) for name in same},
        "applied": one.applied_us // 1_000_000,
        "in_force": one.version == latest,
    }


def tested_shown(report: Report) -> Tested:
    cases = [
        CaseShown(
            file=one.case.file,
            line=one.case.line,
            name=one.case.message,
            rule=one.rule,
            wrong=list(one.wrong),
        )
        for one in report.outcomes
    ]
    return Tested(
        passed=len(cases) - report.failed,
        failed=report.failed,
        cases=cases,
        uncovered=[name for name, _ in report.uncovered],
    )
