"""A folder of outcome files -> questions: which model got which question right.

One question a line of `*.jsonl` or `*.jsonl.gz`:

    {"source": "...", "task": "...", "prompt": "...", "outcomes": {MODEL: {"score": 0..1, "out_chars"?: n}}}

`source` names the question set (default: the file's name), `task` its kind (default: the source). Other keys
are ignored. Every problem is said as `file:line: what, and what would be right`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

SUFFIXES = (".jsonl", ".jsonl.gz")


class BadData(ValueError):
    """A folder or a line that cannot be read as outcomes."""


class Outcome(BaseModel):
    """How one model answered one question: `score` 0 (wrong) to 1 (right), `out_chars` characters written."""

    model_config = ConfigDict(frozen=True)
    score: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
    out_chars: Annotated[int, Field(ge=0)] | None = None


class Question(BaseModel):
    """One line of an outcome file."""

    model_config = ConfigDict(frozen=True)
    prompt: Annotated[str, Field(min_length=1)]
    outcomes: Annotated[Mapping[str, Outcome], Field(min_length=1)]
    source: str = ""
    task: str = ""


def read_folder(folder: Path) -> list[Question]:
    """All questions of all outcome files of a folder, in the order of names and lines. Raises BadData."""
    if not folder.is_dir():
        raise BadData(f"{folder}: is no folder; give one that holds *.jsonl or *.jsonl.gz outcome files")
    files = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES))
    if not files:
        raise BadData(f"{folder}: holds no *.jsonl or *.jsonl.gz file")
    return [question for path in files for question in read_file(path)]


def read_file(path: Path) -> Iterator[Question]:
    """The questions of one file. Raises BadData."""
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    try:
        with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _question(line, name, f"{path}:{number}")
    except (OSError, EOFError) as error:
        raise BadData(f"{path}: cannot be read: {error}") from error


def _question(line: bytes, name: str, where: str) -> Question:
    try:
        question = Question.model_validate(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        raise BadData(f"{where}: is not JSON: {error.msg}; one question a line is needed") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or "the line"
        raise BadData(
            f"{where}: {field}: {first['msg']}; see `tiergate train --help` for the form"
        ) from error
    source = question.source or name
    return question.model_copy(update={"source": source, "task": question.task or source})
