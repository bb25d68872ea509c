"""A catalog's text with the measured entries in it: lines are inserted and replaced, all others stay.

YAML is not written anew, because comments are half of a catalog's worth. Whatever is written in a form that
cannot be edited line by line is refused, with the patch to be put in by hand. Pure: text in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from router.domain.kinds import Task
from router.policy.yamldoc import Plain, SourceDocument
from router.policy.yamledit import CannotEdit, Change, Entry, applied, is_remark, lines_of


@dataclass(frozen=True, slots=True)
class Edit:
    """`entries` are calibration entries as YAML flow mappings with comment, by task; `outputs` tokens."""

    suite: str
    entries: Mapping[Task, str]
    outputs: Mapping[Task, int]


def edited(text: str, source: SourceDocument, index: int, edit: Edit) -> str:
    """`text` with the edit in the entry of model `index`. `source` is its document. Raises CannotEdit."""
    lines = lines_of(text)
    entry = Entry(source, ("spec", "models", index), lines)
    return applied(lines, [*_calibration(entry, edit), *_outputs(entry, edit.outputs)])


def _calibration(entry: Entry, edit: Edit) -> Iterable[Change]:
    """Entries of the same suite and task give way to the new ones: the same prompts tell nothing twice."""
    present = entry.value("calibration")
    if present is None:
        start, _, indent = entry.field("expected_output")
        while start > 0 and entry.lines[start - 1].startswith(f"{indent}#"):
            start -= 1
        new = [f"{indent}  - {line}\n" for line in edit.entries.values()]
        return [Change(start, start, [f"{indent}calibration:\n", *new])]
    start, end, indent = entry.field("calibration")
    if not isinstance(present, list):
        raise CannotEdit(f"line {start + 1}: calibration is no list")
    if not present:
        new = [f"{indent}  - {line}\n" for line in edit.entries.values()]
        return [Change(start, end, [f"{indent}calibration:\n", *new])]
    return _added(entry, edit, len(present), end)


def _added(entry: Entry, edit: Edit, count: int, end: int) -> list[Change]:
    spans = [entry.span("calibration", j) for j in range(count)]
    dashes = [re.match(r"\s*- ", entry.lines[start]) for start, _ in spans]
    if not all(dashes) or len({start for start, _ in spans}) < count:
        message = (
            f"line {spans[0][0] + 1}: calibration is written on one line; give each entry a line of its own"
        )
        raise CannotEdit(message)
    changes = [Change(*spans[j], []) for j in range(count) if _is_old(entry.value("calibration", j), edit)]
    assert dashes[0] is not None
    return [*changes, Change(end, end, [f"{dashes[0][0]}{line}\n" for line in edit.entries.values()])]


def _is_old(run: Plain, edit: Edit) -> bool:
    return isinstance(run, dict) and run.get("suite") == edit.suite and run.get("task") in edit.entries


def _outputs(entry: Entry, outputs: Mapping[Task, int]) -> Iterable[Change]:
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
    return [Change(start, end, lines)]


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
        indent = re.match(r"\s*", next(line for line in lines[1:] if not is_remark(line)))
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
