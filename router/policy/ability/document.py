"""What documents say of abilities: published scores and calibration runs in the catalog, and the
LearnedAbilities document that `tiergate learn` writes. Form only; benchmark and model names are checked
when the documents are compiled together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.domain.ability import Evidence
from router.domain.acceptance import Acceptance
from router.domain.kinds import Task, VerifierName
from router.policy.envelope import Document
from router.policy.fields import (
    IsoDate,
    Name,
    Part,
    Pattern,
    TaskField,
    Text,
    UtcMoment,
    VerifierField,
)

LEARNED_FILE = "abilities.json"
"""File name under which the policy folder or the data folder may hold a LearnedAbilities document."""

Outcomes = Annotated[float, Field(ge=0, le=1e9)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Verdicts = Mapping[tuple[str, Task, VerifierName], Acceptance]
"""By model, task and verifier."""
NO_VERDICTS: Verdicts = MappingProxyType({})
Month = Annotated[
    str,
    Pattern(r"20[0-9]{2}-(0[1-9]|1[0-2])(-[0-3][0-9])?", "a month or day such as 2025-03 or 2025-03-05"),
]
Digest = Annotated[str, Pattern(r"[0-9a-f]{16}", "16 hexadecimal digits, as `tiergate learn` writes them")]


class PublishedPart(Part):
    """A score that somebody published for the model."""

    benchmark: Text = Field(description="Benchmark by its known name, such as AIME 2024 or LiveCodeBench.")
    score: Annotated[float, Field(ge=0, le=100)] = Field(description="The score in percent.")
    harness: Text = Field(
        description="Whose measurement: qwen3-report, llmrouterbench ...; one without a fitted offset counts "
        "with a wider interval."
    )
    source: Text = Field(description="Where the figure stands, for whoever audits the ability.")
    date: Month = Field(description="When it was published: YYYY-MM or YYYY-MM-DD.")


class CalibrationPart(Part):
    """Answers of the model to calibration prompts of one task, checked."""

    suite: Text = Field(description="Name and version of the prompts.")
    task: TaskField = Field(description="Task of the prompts.")
    right: Outcomes = Field(description="How many answers were right; fractions for partly right ones.")
    n: Annotated[float, Field(gt=0, le=1e9)] = Field(description="How many answers were checked.")
    date: IsoDate = Field(description="When, as YYYY-MM-DD.")

    @model_validator(mode="after")
    def _right_is_part_of_n(self) -> CalibrationPart:
        if self.right > self.n:
            raise ValueError("right must not be more than n")
        return self


class EvidencePart(Part):
    """Checked outcomes of one model on one task."""

    model: Name = Field(description="Model of the catalog; one that it no longer has is passed over.")
    task: TaskField = Field(description="Task of the requests.")
    right: Outcomes = Field(description="Outcomes that passed; fractions where older ones count less.")
    n: Annotated[float, Field(gt=0, le=1e9)] = Field(description="Outcomes in all, counted alike.")

    @model_validator(mode="after")
    def _right_is_part_of_n(self) -> EvidencePart:
        if self.right > self.n:
            raise ValueError("right must not be more than n")
        return self


class AcceptancePart(Part):
    """What one verifier said of one model's answers to one task."""

    model: Name = Field(description="Model of the catalog; one that it no longer has is passed over.")
    task: TaskField = Field(description="Task of the requests.")
    verifier: VerifierField = Field(description="Which check.")
    passed: Count = Field(description="Answers that passed it.")
    failed: Count = Field(description="Answers that failed it.")
    unverified: Count = Field(description="Answers that it applied to and could not decide.")


class LearnedSpec(Part):
    """Evidence from the ledger."""

    written: UtcMoment = Field(description="When it was written, UTC.")
    source: Text = Field(description="What it was made from, for whoever audits it.")
    digest: Digest = Field(description="Digest of the evidence; shows that nobody edited it by hand.")
    evidence: list[EvidencePart] = Field(description="Outcomes by model and task; no pair twice.")
    acceptance: list[AcceptancePart] = Field(
        default_factory=list,
        description="Verdicts by model, task and verifier, no three of them twice: how many of a model's "
        "answers a check decides. From fewer than 30 answers nothing is concluded.",
    )


class LearnedDocument(Document):
    """Outcomes seen in the ledger, by model and task: the strongest evidence of an ability. Optional;
    written by a command, not by hand, as `abilities.json`."""

    kind: Literal["LearnedAbilities"] = Field(description="LearnedAbilities.")
    spec: LearnedSpec = Field(description="Evidence from the ledger.")


def evidence_digest(evidence: Mapping[tuple[str, Task], Evidence], acceptance: Verdicts = NO_VERDICTS) -> str:
    """The first 16 hexadecimal digits of SHA-256 over `model task right n` lines, sorted, then `model task
    verifier passed failed unverified` lines, sorted; the order of rows and the spelling of numbers do not
    matter."""
    lines = sorted(
        f"{model} {task} {float(found.right)!r} {float(found.n)!r}"
        for (model, task), found in evidence.items()
    )
    lines += sorted(
        f"{model} {task} {verifier} {found.passed} {found.failed} {found.unverified}"
        for (model, task, verifier), found in acceptance.items()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def learned_document(
    evidence: Mapping[tuple[str, Task], Evidence],
    written: str,
    source: str,
    owner: str,
    acceptance: Verdicts = NO_VERDICTS,
) -> dict[str, object]:
    """The document as plain JSON data, digest included: what a writer dumps to LEARNED_FILE. `written` is a
    UTC time such as 2026-01-31T12:00:00Z."""
    return {
        "apiVersion": "tiergate.dev/v1",
        "kind": "LearnedAbilities",
        "metadata": {"name": "abilities", "owner": owner},
        "spec": {
            "written": written,
            "source": source,
            "digest": evidence_digest(evidence, acceptance),
            "evidence": [
                {"model": model, "task": str(task), "right": found.right, "n": found.n}
                for (model, task), found in sorted(evidence.items())
            ],
            "acceptance": [
                {"model": model, "task": str(task), "verifier": str(verifier), **asdict(found)}
                for (model, task, verifier), found in sorted(acceptance.items())
            ],
        },
    }
