"""LearnedAbilities document to evidence by model and task, and the benchmark names of the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from router.domain.ability import Evidence
from router.domain.acceptance import Acceptance
from router.domain.kinds import Task, VerifierName
from router.policy.ability.benchmarks import BENCHMARKS
from router.policy.ability.document import LearnedDocument, Verdicts, evidence_digest
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.problems import Findings, choose
from router.policy.yamldoc import Path


@dataclass(frozen=True, slots=True)
class Learned:
    """What the ledger taught: outcomes by model and task, verdicts by model, task and verifier."""

    evidence: Mapping[tuple[str, Task], Evidence]
    acceptance: Verdicts

    def accepted(self, model: str) -> Mapping[tuple[Task, VerifierName], Acceptance]:
        """The verdicts on one model's answers."""
        return {(task, who): found for (name, task, who), found in self.acceptance.items() if name == model}


def compile_learned(
    document: Parsed[LearnedDocument] | None, models: Collection[str], findings: Findings
) -> Learned:
    """The evidence; empty without a document. A row given twice and a digest that does not fit are
    problems; a model that the catalog lacks is a note, because models come and go while the ledger
    stays."""
    if document is None:
        return Learned({}, {})
    learned = Learned(_evidence(document, models, findings), _acceptance(document, findings))
    wanted = evidence_digest(learned.evidence, learned.acceptance)
    if document.content.spec.digest != wanted:
        message = f"digest is {document.content.spec.digest}, that of the evidence is {wanted}: the file was "
        message += "changed after it was written; run `tiergate learn` again or remove it"
        findings.problems.append(document.problem(("spec", "digest"), message))
    return learned


def _evidence(
    document: Parsed[LearnedDocument], models: Collection[str], findings: Findings
) -> Mapping[tuple[str, Task], Evidence]:
    spec = document.content.spec
    found: dict[tuple[str, Task], Evidence] = {}
    for index, part in enumerate(spec.evidence):
        path: Path = ("spec", "evidence", index)
        if (part.model, part.task) in found:
            message = f"{part.task} of model '{part.model}' is given twice; add the two up"
            findings.problems.append(document.problem(path, message))
        if part.model not in models:
            message = f"evidence of model '{part.model}', which the catalog does not have, is not used"
            findings.notes.append(document.problem(path, message))
        found[part.model, part.task] = Evidence(part.right, part.n)
    return found


def _acceptance(document: Parsed[LearnedDocument], findings: Findings) -> Verdicts:
    found: dict[tuple[str, Task, VerifierName], Acceptance] = {}
    for index, part in enumerate(document.content.spec.acceptance):
        key = (part.model, part.task, part.verifier)
        if key in found:
            message = f"verdicts of {part.verifier} on {part.task} of model '{part.model}' are given twice"
            findings.problems.append(document.problem(("spec", "acceptance", index), message))
        found[key] = Acceptance(part.passed, part.failed, part.unverified)
    return found


def check_benchmarks(document: Parsed[CatalogDocument], findings: Findings) -> None:
    """Every benchmark that the catalog quotes is one of those with a link to a task."""
    for i, model in enumerate(document.content.spec.models):
        for j, part in enumerate(model.published):
            if part.benchmark not in BENCHMARKS:
                path: Path = ("spec", "models", i, "published", j, "benchmark")
                message = f"unknown benchmark '{part.benchmark[:40]}'; "
                message += choose(part.benchmark[:40], list(BENCHMARKS))
                findings.problems.append(document.problem(path, message))
