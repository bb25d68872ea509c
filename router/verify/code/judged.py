"""Assertions that cannot be taken apart: run by a judge that reaches the code over pipes only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from router.domain.finding import Finding
from router.verify.code.limits import Limits
from router.verify.code.outcome import ended_badly, failed, passed, raised, short, unverified
from router.verify.code.session import Session
from router.verify.code.split import needed_names
from router.verify.code.suite import Assertions


def check_assertions(source: str, tests: Assertions, session: Session, limits: Limits) -> Finding:
    """Every text in order; the first that does not hold decides."""
    secret = {"tests": list(tests.tests), "names": needed_names(tests)}
    report = session.run({"kind": "judge", "source": source}, secret)
    answers = _answers(report)
    total = len(tests.tests)
    asserted = called = 0
    for number, text in enumerate(tests.tests, 1):
        answer = next(answers, None)
        finding = _silence(report, limits) if answer is None else _wrong(answer, report, limits)
        if finding is not None:
            return Finding(finding.verdict, f"test {number} of {total}: {finding.evidence}: {short(text)}")
        asserted += int((answer or {}).get("assertions", 0))
        called += int((answer or {}).get("calls", 0))
    if not asserted or not called:
        return unverified("the tests asserted nothing about the code")
    return passed(f"{total} tests hold, run by a judge apart from the code ({asserted} assertions)")


def _answers(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The judge's lines. Only the caller's own tests could forge them."""
    for line in str(report.get("report", "")).splitlines():
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            return
        if isinstance(answer, dict):
            yield answer


def _silence(report: Mapping[str, Any], limits: Limits) -> Finding:
    """The judge said nothing of a test: the code's fault if its process ended or ran out of something."""
    ended = report.get("ended", {}).get("tests") or {}
    if report.get("cause") is None and ended.get("code") not in (0, None):
        return unverified("the judge of the tests was ended")
    return failed(f"failed: {ended_badly(report, limits) or 'the code ended before it answered'}")


def _wrong(answer: Mapping[str, Any], report: Mapping[str, Any], limits: Limits) -> Finding | None:
    if "unjudgeable" in answer:
        return unverified(f"cannot be judged apart from the code: {short(answer['unjudgeable'])}")
    if "ended" in answer:
        return failed(f"failed: {ended_badly(report, limits) or 'the code ended before it answered'}")
    if "error" in answer:
        error = answer["error"]
        return failed("failed") if error[:2] == ["AssertionError", ""] else raised(error, "failed: ")
    return None
