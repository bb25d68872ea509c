"""A document's text edited line by line: entries are found by their lines, all others stay as they are.

YAML is not written anew, because comments are half of a document's worth. Whatever is written in a form that
cannot be edited line by line is refused. Pure: text in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from router.policy.yamldoc import Path, Plain, SourceDocument

_END = re.compile(r"(---|\.\.\.)(\s|$)")


class CannotEdit(Exception):
    """The document's text has a form that is not edited; the message says which."""


@dataclass(frozen=True, slots=True)
class Change:
    """Lines [start, end), from 0, give way to `lines`."""

    start: int
    end: int
    lines: Sequence[str]


def lines_of(text: str) -> list[str]:
    """The lines with their ends; the last one has one too."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def applied(lines: Sequence[str], changes: Iterable[Change]) -> str:
    """The text with all changes, which must not overlap."""
    found = list(lines)
    for change in sorted(changes, key=lambda change: (change.start, change.end), reverse=True):
        found[change.start : change.end] = change.lines
    return "".join(found)


class Entry:
    """One entry: its fields and the lines they stand on, from 0."""

    def __init__(self, source: SourceDocument, path: Path, lines: Sequence[str]) -> None:
        self.source, self.path, self.lines = source, path, lines

    def value(self, *steps: str | int) -> Plain:
        """What stands at a path below the entry; None: nothing."""
        found: Plain = self.source.data
        for step in (*self.path, *steps):
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found

    def span(self, *steps: str | int) -> tuple[int, int]:
        """First line and the line after the last one, without the comments that belong to what follows."""
        path = (*self.path, *steps)
        start = self.source.lines[path] - 1
        after = (
            line - 1
            for other, line in self.source.lines.items()
            if line - 1 > start and other[: len(path)] != path
        )
        end = min(after, default=self._document_end(start))
        while end > start + 1 and is_remark(self.lines[end - 1]):
            end -= 1
        return start, end

    def field(self, name: str) -> tuple[int, int, str]:
        """Span and indent of a field that begins a line of its own. Raises CannotEdit."""
        start, end = self.span(name)
        found = re.match(rf"(\s*(?:- )?){re.escape(name)}\s*:", self.lines[start])
        if found is None:
            raise CannotEdit(f"line {start + 1}: {name} does not begin a line of its own")
        return start, end, " " * len(found[1])

    def _document_end(self, start: int) -> int:
        rest = range(start + 1, len(self.lines))
        return next((n for n in rest if _END.match(self.lines[n])), len(self.lines))


def is_remark(line: str) -> bool:
    """Blank, or a comment and nothing else."""
    return not line.strip() or line.lstrip().startswith("#")
