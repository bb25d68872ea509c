"""A file of results, one JSON line each, appended as they arrive, so that a broken-off run goes on.

Used by the tools that measure models. Must not know what a result is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import orjson

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def whole_lines(path: Path) -> Iterator[tuple[str, bytes]]:
    """The lines with where they stand (`file:number`); none for a file that does not exist. A last line that
    was cut short is taken off the file. Raises OSError."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole, _, cut = content.rpartition(b"\n")
    if cut:
        with path.open("r+b") as file:
            file.truncate(len(whole) + 1 if whole else 0)
    for number, line in enumerate(whole.splitlines(), 1):
        if line.strip():
            yield f"{path}:{number}", line


def append(file: BinaryIO, result: DataclassInstance) -> None:
    """One line, handed to the system at once."""
    file.write(orjson.dumps(asdict(result)) + b"\n")
    file.flush()
