"""Results of a suite: one for every question, model and repeat, as they stand in a file of result lines.

No question and no answer is kept: a verdict, counts, money and times are. Must not judge.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from router.domain.kinds import Verdict
from router.result_lines import whole_lines
from router.suites.item import BadSuite

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """One question asked once. `asked` is the model that was asked for, such as auto, `model` and `tier` what
    answered. `verdict` None: there was no answer, `error` says why. `cost` is the exact price in pico-USD of
    all attempts, None: unknown. `seconds` is the time of the try that was answered."""

    suite: str
    item: str
    asked: str
    repeat: int
    verdict: Verdict | None
    evidence: str
    error: str | None
    request_id: str | None
    model: str | None
    tier: str | None
    attempts: int | None
    cost: int | None
    input: int | None
    output: int | None
    seconds: float | None
    simulated: bool

    @property
    def key(self) -> Key:
        return self.asked, self.item, self.repeat


_RESULT = TypeAdapter(Result)


def read_results(path: Path, suite: str) -> list[Result]:
    """The results of `suite` that were answered; none for a file that does not exist. Raises BadSuite,
    OSError."""
    found = [_read(line, where, suite) for where, line in whole_lines(path)]
    return [result for result in found if result.verdict is not None]


def latest(results: Iterable[Result]) -> list[Result]:
    """The last result of every key, in the order of first appearance."""
    return list({result.key: result for result in results}.values())


def _read(line: bytes, where: str, suite: str) -> Result:
    try:
        result = _RESULT.validate_json(line)
    except ValidationError as error:
        raise BadSuite(f"{where}: is no result of a suite; give another --resume file") from error
    if result.suite != suite:
        raise BadSuite(f"{where}: is of {result.suite}, this run is of {suite}; give another --resume file")
    return result
