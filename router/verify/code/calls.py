"""Function cases and doctests: only calls go in, only plain values or printed text come out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from router.domain.finding import Finding
from router.verify.code.compare import matches
from router.verify.code.isolation import Isolation
from router.verify.code.jail.codec import NotPlain, encode
from router.verify.code.limits import Limits
from router.verify.code.outcome import ended_badly, failed, passed, raised, short, unverified
from router.verify.code.session import Lost, Session
from router.verify.code.suite import Calls, Case, Example, Examples


def check_calls(source: str, tests: Calls, session: Session, limits: Limits) -> Finding:
    """Every case in order, in one process; the first that is wrong decides."""
    try:
        steps = [_step(case.call, case.args) for case in tests.cases]
    except (NotPlain, RecursionError) as error:
        return unverified(f"not run: a case has {error}")
    report = session.run({"kind": "calls", "source": source, "steps": steps})
    answers = _answers(report)
    trouble = _loaded(answers, report, limits)
    if trouble is not None:
        return trouble
    for number, case in enumerate(tests.cases, 1):
        where = f"test {number} of {len(tests.cases)} failed: "
        answer = next(answers, None)
        if answer is None:
            return failed(f"{where}{_shown(case)}: {_silence(report, limits)}")
        if "error" in answer:
            return raised(answer["error"], f"{where}{_shown(case)} raised ")
        if "value" not in answer or not matches(answer["value"], case.expected, tests.loose):
            return failed(f"{where}{_shown(case)} == {short(repr(case.expected))}, got {_got(answer)}")
    return passed(f"{len(tests.cases)} function cases hold, values compared outside the sandbox")


def check_examples(source: str, tests: Examples, session: Session, limits: Limits) -> Finding:
    """Doctests. What an example prints is compared as doctest does, white space aside."""
    steps = [{"example": example.source} for example in tests.examples]
    report = session.run({"kind": "calls", "source": source, "steps": steps})
    answers = _answers(report)
    trouble = _loaded(answers, report, limits)
    if trouble is not None:
        return trouble
    for number, example in enumerate(tests.examples, 1):
        where = f"example {number} of {len(tests.examples)} failed: {short(example.source)}"
        answer = next(answers, None)
        if answer is None:
            return failed(f"{where}: {_silence(report, limits)}")
        finding = _wrong(example, answer, where)
        if finding is not None:
            return finding
    return passed(f"{len(tests.examples)} doctest examples hold, outputs compared outside the sandbox")


def first_value(
    source: str, function: str, args: tuple[Any, ...], limits: Limits, isolation: Isolation
) -> Any:
    """The encoded value of one call. Raises `Lost` when there is none."""
    with Session(isolation, limits) as session:
        report = session.run({"kind": "calls", "source": source, "steps": [_step(function, args)]})
    answer = list(_answers(report))[-1:]
    if not answer or "value" not in answer[0]:
        raise Lost(f"{isolation.name}: code does not run in it: {short(answer or report)}")
    return answer[0]["value"]


def _step(function: str, args: tuple[Any, ...]) -> dict[str, Any]:
    return {"call": function, "args": [encode(item) for item in args], "kwargs": {}}


def _answers(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines that the code's process wrote. Anybody in there may have written them."""
    for line in str(report.get("report", "")).split("\n"):
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(answer, dict):
            return
        yield answer


def _loaded(answers: Iterator[dict[str, Any]], report: Mapping[str, Any], limits: Limits) -> Finding | None:
    first = next(answers, None)
    if first is None:
        return failed(f"the code did not load: {_silence(report, limits)}")
    return raised(first["error"], "the code did not load: ") if "error" in first else None


def _silence(report: Mapping[str, Any], limits: Limits) -> str:
    return ended_badly(report, limits) or "it ended before it answered"


def _wrong(example: Example, answer: Mapping[str, Any], where: str) -> Finding | None:
    from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker  # noqa: PLC0415 - see `examples_in`

    wanted_error = example.want.startswith("Traceback")
    if "error" in answer:
        kind = str(answer["error"][0])
        named = example.want.rstrip().rsplit("\n", 1)[-1].split(":")[0].rsplit(".", 1)[-1]
        return None if wanted_error and kind == named else raised(answer["error"], f"{where} raised ")
    got = str(answer.get("text"))
    if not wanted_error and OutputChecker().check_output(example.want, got, ELLIPSIS | NORMALIZE_WHITESPACE):
        return None
    return failed(f"{where} gave {short(got)!r}, not {short(example.want)!r}")


def _shown(case: Case) -> str:
    return f"{case.call}({', '.join(short(repr(item)) for item in case.args)})"


def _got(answer: Mapping[str, Any]) -> str:
    if "value" in answer:
        return short(_plain(answer["value"]))
    return short(answer.get("odd") or "nothing")


def _plain(wire: Any) -> str:
    return repr(wire) if not isinstance(wire, list) else json.dumps(wire)
