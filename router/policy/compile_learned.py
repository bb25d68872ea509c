"""LearnedAbilities document to evidence by model and task, and the benchmark names of the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from router.domain.ability import Evidence
from router.domain.kinds import Task
from router.policy.ability.benchmarks import BENCHMARKS
from router.policy.ability.document import LearnedDocument, evidence_digest
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.problems import Findings, choose
from router.policy.yamldoc import Path


def compile_learned(
    document: Parsed[LearnedDocument] | None, models: Collection[str], findings: Findings
) -> Mapping[tuple[str, Task], Evidence]:
    """The evidence; empty without a document. A pair given twice and a digest that does not fit are
    problems; a model that the catalog lacks is a note, because models come and go while the ledger
    stays."""
    if document is None:
        return {}
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
    wanted = evidence_digest((part.model, part.task, part.right, part.n) for part in spec.evidence)
    if spec.digest != wanted:
        message = (
            f"digest is {spec.digest}, that of the evidence is {wanted}: the file was changed after it was "
        )
        message += "written; run `tiergate learn` again or remove it"
        findings.problems.append(document.problem(("spec", "digest"), message))
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
