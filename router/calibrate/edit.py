"""A catalog's text with the measured entries in it: lines are inserted and replaced, all others stay.

YAML is not written anew, because comments are half of a catalog's worth. Whatever is written in a form that
cannot be edited line by line is refused, with the patch to be put in by hand. Pure: text in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from router.domain.kinds import Task
from router.policy.yamldoc import Path, Plain, SourceDocument

_END = re.compile(r"(---|\.\.\.)(\s|$)")


class CannotEdit(Exception):
    """The catalog's text has a form that is not edited; the message says which."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`entries` are calibration entries as YAML flow mappings with comment, by task; `outputs` tokens."""

    suite: str
    entries: Mapping[Task, str]
    outputs: Mapping[Task, int]


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines [start, end), from 0, give way to `lines`."""

    start: int
    end: int
    lines: Sequence[str]


def edited(text: str, source: SourceDocument, index: int, edit: Edit) -> str:
    """`text` with the edit in the entry of model `index`. `source` is its document. Raises CannotEdit."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    entry = _Entry(source, ("spec", "models", index), lines)
    changes = [*_calibration(entry, edit), *_outputs(entry, edit.outputs)]
    for change in sorted(changes, key=lambda change: (change.start, change.end), reverse=True):
        lines[change.start : change.end] = change.lines
    return "".join(lines)


class _Entry:
    """A model's entry: its fields and the lines they stand on, from 0."""

    def __init__(self, source: SourceDocument, path: Path, lines: Sequence[str]) -> None:
        self.source, self.path, self.lines = source, path, lines

    def value(self, *steps: str | int) -> Plain:
        """What stands at a path below the model; None: nothing."""
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
        while end > start + 1 and _is_remark(self.lines[end - 1]):
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


def _calibration(entry: _Entry, edit: Edit) -> Iterable[_Change]:
    """Entries of the same suite and task give way to the new ones: the same prompts tell nothing twice."""
    present = entry.value("calibration")
    if present is None:
        start, _, indent = entry.field("expected_output")
        while start > 0 and entry.lines[start - 1].startswith(f"{indent}#"):
            start -= 1
        new = [f"{indent}  - {line}\n" for line in edit.entries.values()]
        return [_Change(start, start, [f"{indent}calibration:\n", *new])]
    start, end, indent = entry.field("calibration")
    if not isinstance(present, list):
        raise CannotEdit(f"line {start + 1}: calibration is no list")
    if not present:
        new = [f"{indent}  - {line}\n" for line in edit.entries.values()]
        return [_Change(start, end, [f"{indent}calibration:\n", *new])]
    return _added(entry, edit, len(present), end)


def _added(entry: _Entry, edit: Edit, count: int, end: int) -> list[_Change]:
    spans = [entry.span("calibration", j) for j in range(count)]
    dashes = [re.match(r"\s*- ", entry.lines[start]) for start, _ in spans]
    if not all(dashes) or len({start for start, _ in spans}) < count:
        message = (
            f"line {spans[0][0] + 1}: calibration is written on one line; give each entry a line of its own"
        )
        raise CannotEdit(message)
    changes = [_Change(*spans[j], []) for j in range(count) if _is_old(entry.value("calibration", j), edit)]
    assert dashes[0] is not None
    return [*changes, _Change(end, end, [f"{dashes[0][0]}{line}\n" for line in edit.entries.values()])]


def _is_old(run: Plain, edit: Edit) -> bool:
    return isinstance(run, dict) and run.get("suite") == edit.suite and run.get("task") in edit.entries


def _outputs(entry: _Entry, outputs: Mapping[Task, int]) -> Iterable[_Change]:
    """Numbers that are there are replaced, others are added at the end."""
    if not outputs:
        return []
    start, end, _ = entry.field("expected_output")
    lines, missing = list(entry.lines[start:end]), []
    for task, tokens in outputs.items():
        if entry.value("expected_output", task) is None:
            missing.append(f"{task}: {tokens}")
        elif not _replaced(lines, rf"(?<![\w-])({task}\s*:\s*)[0-9]+", tokens):
            raise CannotEdit(f"line {start + 1}: {task} of expected_output cannot be found as `{task}: N`")
    if missing:
        _append(lines, missing, start)
    return [_Change(start, end, lines)]


def _replaced(lines: list[str], pattern: str, tokens: int) -> bool:
    for n, line in enumerate(lines):
        code, mark, remark = _parted(line)
        new, count = re.subn(pattern, rf"\g<1>{tokens}", code, count=1)
        if count:
            lines[n] = new + mark + remark
            return True
    return False


def _append(lines: list[str], missing: Sequence[str], start: int) -> None:
    """Before the closing brace of a flow mapping, or as lines of a block mapping."""
    code, mark, remark = _parted(lines[-1])
    if "{" not in "".join(_parted(line)[0] for line in lines):
        indent = re.match(r"\s*", next(line for line in lines[1:] if not _is_remark(line)))
        assert indent is not None
        lines += [f"{indent[0]}{entry}\n" for entry in missing]
        return
    body, brace, rest = code.rpartition("}")
    if not brace:
        raise CannotEdit(f"line {start + len(lines)}: expected_output does not end in a brace")
    body = body.rstrip().removesuffix(",")
    lines[-1] = f"{body}{', ' if body.strip() else ''}{', '.join(missing)}{brace}{rest}{mark}{remark}"


def _parted(line: str) -> tuple[str, str, str]:
    """The code of a line, and its comment. No text with ` #` stands where numbers do."""
    return line.partition(" #")


def _is_remark(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
