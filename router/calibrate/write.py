"""The patch put into a catalog on disk: only if nothing else changed and the folder is good.

The catalog is compiled with the other documents of its folder before it is written; a folder that would be
refused is left as it was. The file is replaced by a rename. Must not measure.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from router.admin.notes import changes, sources
from router.audit.entry import Action
from router.audit.writing import with_entry
from router.calibrate.edit import Edit, edited
from router.calibrate.report import Figures, outputs, patch_lines
from router.domain.kinds import Task
from router.learn.versions import replace_durably
from router.policy.documents import compile_files
from router.policy.folder import SourceFile, read_folder
from router.policy.problems import choose
from router.policy.yamldoc import Plain, SourceDocument, parse_documents
from router.policy.yamledit import CannotEdit


def write_catalog(catalog: Path, model: str, change: Edit, env: Mapping[str, str], now: datetime) -> None:
    """Puts `change` into `catalog`, with its entry in the audit log. Raises CannotEdit, PolicyRejected,
    OSError: the file is as it was."""
    after = _checked(catalog, model, change, env, now)
    whole = catalog.resolve()

    def replace() -> None:
        mode = whole.stat().st_mode
        replace_durably(whole, after)
        whole.chmod(mode)

    before = sources({catalog.name: whole.read_text("utf-8")})
    told = changes(before, sources({catalog.name: after.decode("utf-8")}))
    with_entry(Action.CATALOG_CALIBRATE, str(catalog), {"model": model, **told}, replace)


def check_catalog(catalog: Path, model: str, env: Mapping[str, str], now: datetime) -> None:
    """Raises what `write_catalog` would for any figures; changes nothing."""
    entry = "{suite: trial, task: other, right: 1, n: 2, date: 2026-01-01}"
    _checked(catalog, model, Edit("trial", {Task.OTHER: entry}, {Task.OTHER: 1}), env, now)


def _checked(catalog: Path, model: str, change: Edit, env: Mapping[str, str], now: datetime) -> bytes:
    """The new content, known to be good."""
    before = catalog.read_bytes()
    text = before.decode("utf-8")
    source = _catalog_of(catalog, before)
    index = _index(source, model)
    after = edited(text, source, index, change).encode("utf-8")
    _compare(source, _catalog_of(catalog, after), index)
    folder = catalog.parent
    files = [_with(file, catalog, after) for file in read_folder(folder)]
    if not any(file.content == after for file in files):
        raise CannotEdit(f"{catalog} is no document of {folder}: hidden, or not *.yaml")
    compile_files(folder, files, env, now)
    return after


def edit_of(rows: Sequence[Figures], suite: str, date: str) -> Edit:
    """The change that measured figures ask for."""
    tasks = [row.task for row in rows if row.task is not None and row.n]
    lines = (line.strip().removeprefix("- ") for line in patch_lines(rows, suite, date, ""))
    return Edit(suite, dict(zip(tasks, lines, strict=True)), outputs(rows))


def _catalog_of(path: Path, content: bytes) -> SourceDocument:
    documents, problems = parse_documents(str(path), content)
    if problems:
        raise CannotEdit(str(problems[0]))
    for document in documents:
        if isinstance(document.data, dict) and document.data.get("kind") == "ModelCatalog":
            return document
    raise CannotEdit(f"{path} holds no ModelCatalog")


def _models(source: SourceDocument) -> list[dict[str, Plain]]:
    spec = source.data.get("spec") if isinstance(source.data, dict) else None
    models = spec.get("models") if isinstance(spec, dict) else None
    return [model for model in models if isinstance(model, dict)] if isinstance(models, list) else []


def _index(source: SourceDocument, model: str) -> int:
    names = [str(part.get("name")) for part in _models(source)]
    if model not in names:
        raise CannotEdit(
            f"model '{model}' is not in {source.file}; add its entry first; {choose(model, names)}"
        )
    return names.index(model)


def _compare(before: SourceDocument, after: SourceDocument, index: int) -> None:
    """Raises CannotEdit if anything but the two fields of that model changed."""
    old, new = copy.deepcopy(before.data), copy.deepcopy(after.data)
    for data in (old, new):
        part = _models(SourceDocument("", data, {}))[index]
        part.pop("calibration", None)
        part.pop("expected_output", None)
    if old != new:
        raise CannotEdit("the catalog's form cannot be edited safely: something else would change")


def _with(file: SourceFile, catalog: Path, content: bytes) -> SourceFile:
    same = Path(file.name).resolve() == catalog.resolve()
    return SourceFile(file.name, content) if same else file
