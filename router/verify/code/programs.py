"""Whole programs: only their input goes in; what they print is compared outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.domain.finding import Finding
from router.verify.code.compare import same_output
from router.verify.code.limits import Limits
from router.verify.code.outcome import ended_badly, failed, passed, raised, short
from router.verify.code.session import Session
from router.verify.code.suite import ProgramCase, Programs


def check_programs(source: str, tests: Programs, session: Session, limits: Limits) -> Finding:
    """Each case in a process of its own; the first that is wrong decides."""
    for number, case in enumerate(tests.cases, 1):
        report = session.run({"kind": "script", "source": source, "stdin": case.stdin})
        finding = _wrong(case, report, tests.tolerance, limits)
        if finding is not None:
            return Finding(finding.verdict, f"test {number} of {len(tests.cases)}: {finding.evidence}")
    return passed(f"{len(tests.cases)} program cases hold, outputs compared outside the sandbox")


def _wrong(case: ProgramCase, report: Mapping[str, Any], tolerance: float, limits: Limits) -> Finding | None:
    ended = ended_badly(report, limits)
    if ended is not None:
        missing = _missing_module(str(report.get("errors") or ""))
        return raised(["ModuleNotFoundError", "", missing]) if missing else failed(f"failed: {ended}")
    got = str(report.get("output"))
    if same_output(got, case.stdout, tolerance):
        return None
    return failed(f"failed: for {short(case.stdin)!r} it printed {short(got)!r}, not {short(case.stdout)!r}")


def _missing_module(errors: str) -> str:
    """The module named by the last line that the program's process wrote about its end."""
    last = errors.strip().rsplit("\n", 1)[-1]
    words = last.split()
    return words[-1] if words[:2] == ["Error:", "ModuleNotFoundError"] else ""
