"""How a run ended, in words."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from typing import Any

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.verify.code.limits import Limits

_SHOWN = 80


def passed(evidence: str) -> Finding:
    return Finding(Verdict.PASSED, evidence)


def failed(evidence: str) -> Finding:
    return Finding(Verdict.FAILED, evidence)


def unverified(evidence: str) -> Finding:
    return Finding(Verdict.UNVERIFIED, evidence)


def not_run(reason: str) -> Finding:
    """The tests apply, and could not be run to their end here."""
    return Finding(Verdict.UNVERIFIED, reason, broken=True)


def short(text: Any) -> str:
    """A text for evidence: one line, not long, printable."""
    line = " ".join(str(text).split())
    line = "".join(c if c.isprintable() else "?" for c in line)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def ended_badly(report: Mapping[str, Any], limits: Limits) -> str | None:
    """Why the code's process did not end by itself and well, or None."""
    cause = report.get("cause")
    if cause == "wall":
        return f"it ran longer than {limits.wall_s:g} s"
    if cause == "flood":
        return f"it wrote more than {limits.output_bytes} bytes"
    ended = report.get("ended", {}).get("code") or {}
    code = ended.get("code")
    if code == 0:
        return None
    if code is None:
        return "it did not end"
    if code > 0:
        return f"it ended with exit code {code}{_last_line(report)}"
    if ended.get("cpu", 0) >= limits.cpu_s - 0.1:
        return f"it used more than {limits.cpu_s} s of processor time"
    return f"it was ended by {_signal(-code)}{_last_line(report)}"


def _last_line(report: Mapping[str, Any]) -> str:
    text = str(report.get("errors") or "").strip()
    return f": {short(text.splitlines()[-1])}" if text else ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def raised(error: Any, what: str = "") -> Finding:
    """The finding on an exception, given as its type, its text and the name of a missing module."""
    kind, text, module = [*map(str, error), "", "", ""][:3]
    if kind == "ModuleNotFoundError" and module.split(".")[0] not in sys.stdlib_module_names:
        return unverified(f"needs the module {short(module)!r}, which the sandbox does not have")
    return failed(f"{what}{short(kind)}{': ' + short(text) if text else ''}")
