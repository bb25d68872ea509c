"""What a policy's data classes tell detectors to look for, and whether anybody here can."""

from __future__ import annotations

from importlib.util import find_spec

from router.domain.detection import Sought
from router.domain.kinds import DataClass
from router.policy.document import Parsed
from router.policy.policy_document import PolicyDocument
from router.policy.problems import Findings
from router.policy.yamldoc import Path

PACKAGE = "presidio_analyzer"


def compile_sought(document: Parsed[PolicyDocument], findings: Findings) -> tuple[Sought, ...]:
    """By class, the laxest first. Where the package is missing, a problem: nothing would be found."""
    spec = document.content.spec
    sought = []
    for data_class in DataClass:
        part = getattr(spec.data_classes, data_class)
        if part is None:
            continue
        path: Path = ("spec", "data_classes", data_class.value)
        where = f"spec.data_classes.{data_class}"
        if not part.detect and part.residency is None:
            findings.problems.append(
                document.problem(path, f"{where} says nothing; give `residency` or `detect`")
            )
        if not part.detect:
            continue
        if find_spec(PACKAGE) is None:
            message = f"{where}.detect needs Microsoft Presidio: pip install 'tiergate[detect]'"
            findings.problems.append(document.problem((*path, "detect"), message))
        if data_class.rank <= spec.default_data_class.rank:
            message = f"{where}.detect raises only requests that are labelled lower: the default is "
            findings.notes.append(document.problem((*path, "detect"), f"{message}{spec.default_data_class}"))
        sought.append(Sought(data_class, frozenset(part.detect), part.detect_score))
    return tuple(sought)
