"""Results of a calibration, as they stand in a file of result lines.

No prompt and no answer is kept: a verdict, counts and a time are. Must not judge.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from router.domain.kinds import Task
from router.result_lines import whole_lines


class BadResults(Exception):
    """A file of results that does not belong to this run, or is none; the message says which."""


@dataclass(frozen=True, slots=True)
class Run:
    """What results must share to be counted together. `suite` names the prompts with their digest."""

    model: str
    endpoint: str
    suite: str


@dataclass(frozen=True, slots=True)
class Result:
    """One prompt asked. `right` is None where nothing could be checked, `error` says why. Tokens as the
    endpoint reported them, None: it did not. `seconds` is the time of the try that was answered."""

    run: Run
    prompt: str
    task: Task
    right: bool | None
    error: str | None
    uncached_input: int | None
    cache_read: int | None
    cache_write: int | None
    output: int | None
    seconds: float | None
    simulated: bool


_RESULT = TypeAdapter(Result)


def read_results(path: Path, run: Run) -> list[Result]:
    """The results of `run` that were answered; none for a file that does not exist. A last line that was
    cut short is taken off the file. Raises BadResults, OSError."""
    found = [_read(line, where, run) for where, line in whole_lines(path)]
    return [result for result in found if result.seconds is not None]


def latest(results: Iterable[Result]) -> list[Result]:
    """The last result of every prompt, in the order of first appearance."""
    return list({result.prompt: result for result in results}.values())


def _read(line: bytes, where: str, run: Run) -> Result:
    try:
        result = _RESULT.validate_json(line)
    except ValidationError as error:
        raise BadResults(f"{where}: is no result of a calibration; give another --resume file") from error
    if result.run != run:
        message = f"{where}: is of {result.run.model} on {result.run.endpoint} with {result.run.suite}, "
        message += (
            f"this run is of {run.model} on {run.endpoint} with {run.suite}; give another --resume file"
        )
        raise BadResults(message)
    return result
