"""A suite's name or file -> suite. Every line is checked before any question is asked."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from router.errors import InvalidRequest
from router.suites.grade import subject
from router.suites.hub import fetch
from router.suites.item import BadSuite, Item, Suite
from router.suites.known import KNOWN
from router.suites.shapes import Context, NoCheck, Row, item_of, parse_row

_DIGITS = 8
_LINES = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
_PARQUET = ".parquet"


def load(name: str, data: Path | None, answers: Path | None, tests: Path | None) -> Suite:
    """The suite of that name, from `data` if given, else from the hub; or the suite in the file `name`.
    `answers` is a file of right calls, `tests` a folder of test files (default: beside the suite). Raises
    BadSuite."""
    known = KNOWN.get(name)
    if known is None:
        path = Path(name)
        if not path.is_file():
            raise BadSuite(f"{name!r} is no file, and no suite: {', '.join(KNOWN)}")
        return _suite(path, path.name.split(".")[0], None, answers, tests)
    path = _in_folder(name, known.files, data) if data is not None else fetch(known.hub)
    if answers is None and known.answers is not None and data is None:
        answers = fetch(known.answers)
    return _suite(path, name, known.benchmark, answers, tests)


def _in_folder(name: str, stems: Sequence[str], data: Path) -> Path:
    for stem in stems:
        for ending in (*_LINES, _PARQUET):
            path = data / f"{stem}{ending}"
            if path.is_file():
                return path
    raise BadSuite(f"{data}: holds no {name}: looked for {stems[0]}.jsonl, {stems[0]}.jsonl.gz and the like")


def _suite(path: Path, name: str, benchmark: str | None, answers: Path | None, tests: Path | None) -> Suite:
    truths = {} if answers is None else _truths(answers)
    items, skipped = list[Item](), Counter[str]()
    for number, (where, row) in enumerate(_rows(path), 1):
        try:
            item = item_of(row, Context(number, tests or path.parent, truths))
            subject(item)  # refuses what no verifier can use
        except NoCheck as reason:
            skipped[str(reason)] += 1
            continue
        except InvalidRequest as error:
            raise BadSuite(f"{where}: {error.message}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSuite(f"{where}: {_told(error)}") from error
        items.append(item)
    if not items:
        reasons = "; ".join(skipped) or "the file is empty"
        raise BadSuite(f"{path}: holds no question that can be checked: {reasons}")
    twice = next((id_ for id_, n in Counter(item.id for item in items).items() if n > 1), None)
    if twice is not None:
        raise BadSuite(f"{path}: id {twice!r} is given twice; ids tell results apart")
    content = orjson.dumps([[item.id, item.body, item.declared] for item in items])
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return Suite(f"{name} {digest}", items, benchmark, skipped)


def _told(error: Exception) -> str:
    return f"has no field {error}" if isinstance(error, KeyError) else str(error)


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Lines of JSON, gzip-compressed or not, or the rows of a Parquet file, with where they stand."""
    if path.suffix == _PARQUET:
        yield from _parquet(path)
        return
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadSuite(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield f"{path}:{number}", parse_row(line, f"{path}:{number}")


def _parquet(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        arrow = import_module("pyarrow.parquet")
    except ImportError as error:
        raise BadSuite(f"{path}: Parquet needs the package pyarrow: install tiergate[dashboard]") from error
    try:
        rows: list[dict[str, Any]] = arrow.read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        raise BadSuite(f"{path}: cannot be read as Parquet: {error}") from error
    for number, row in enumerate(rows, 1):
        yield f"{path}: row {number}", row


def _truths(path: Path) -> Mapping[str, Any]:
    rows = [row for _, row in _rows(path)]
    if not all({"id", "ground_truth"} <= row.keys() for row in rows):
        raise BadSuite(f'{path}: a line of answers is {{"id", "ground_truth"}}')
    return {str(row["id"]): row["ground_truth"] for row in rows}
