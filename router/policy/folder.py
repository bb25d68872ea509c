"""The files of a policy folder as bytes: which ones count, and nothing about what they say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.policy.ability.document import LEARNED_FILE
from router.policy.problems import PolicyRejected, Problem
from router.policy.yamldoc import MAX_BYTES

MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's name as shown in problems, and its bytes (cut just above the size limit)."""

    name: str
    content: bytes


class FolderFiles:
    """A folder as the source of the policy in force; `learned` as in `read_folder`."""

    def __init__(self, folder: Path, learned: Path | None = None) -> None:
        self.where = folder
        self._learned = learned

    @property
    def about(self) -> Mapping[str, object]:
        """For `/readyz`."""
        return {"source": "directory"}

    def read(self) -> tuple[SourceFile, ...]:
        """The files as they are now. Raises PolicyRejected."""
        return read_folder(self.where, self._learned)

    def loaded(self, files: Sequence[SourceFile]) -> None:
        """Nothing: the folder keeps them."""


def read_folder(folder: Path, learned: Path | None = None) -> tuple[SourceFile, ...]:
    """The YAML files directly in `folder` and its LEARNED_FILE, by name; hidden ones left out. `learned` is
    a file outside that is read, if it exists, unless the folder has its own: who puts one there pins it.
    Raises PolicyRejected."""
    try:
        found = sorted(path for path in folder.iterdir() if _is_document(path))
        if len(found) > MAX_FILES:
            raise PolicyRejected([Problem(str(folder), 1, f"more than {MAX_FILES} YAML files")])
        pinned = any(path.name == LEARNED_FILE for path in found)
        if learned is not None and not pinned and learned.exists():
            found.append(learned)
        return tuple(SourceFile(_shown(path), _read(path)) for path in found)
    except OSError as error:
        where = _shown(Path(error.filename or folder))
        message = f"cannot be read: {error.strerror or 'input/output error'}"
        raise PolicyRejected([Problem(where, 1, message)]) from None


def _is_document(path: Path) -> bool:
    hidden = path.name.startswith(".")
    named = path.suffix in (".yaml", ".yml") or path.name == LEARNED_FILE
    return named and not hidden and not path.is_dir()


def _shown(path: Path) -> str:
    """The path as printable text, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise PolicyRejected([Problem(_shown(path), 1, "is not a file; remove it or repair the link")])
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
