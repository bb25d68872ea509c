"""Where the gateway's policy comes from: a folder, or the versions in the ledger database.

Until somebody applies a version, the folder is in force with either. What the database put in force last is
kept in the data folder, so that a gateway starts while the database is away or holds what does not load here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from router.policy.ability.document import LEARNED_FILE
from router.policy.folder import FolderFiles, SourceFile
from router.policy.problems import PolicyRejected, Problem
from router.policy.reload import PolicyFiles
from router.record.engine import sqlite_file
from router.record.policies import Files, files_of, latest_version
from router.record.tables import policies
from router.record.write import brief
from router.settings import Settings

log = logging.getLogger(__name__)
KEPT = "policy-in-force.json"
"""In the data folder: the version that was last loaded from the database."""


def policy_files(settings: Settings, engine: Engine) -> PolicyFiles:
    """The source that the settings name."""
    learned = settings.data_dir / LEARNED_FILE
    folder = FolderFiles(settings.policy_dir, learned)
    if settings.policy_source == "directory":
        return folder
    return StoredFiles(engine, folder, learned, settings.data_dir / KEPT)


def kept_files(settings: Settings) -> PolicyFiles | None:
    """What to start from if the source cannot be used; a folder has nothing better."""
    path = settings.data_dir / KEPT
    if settings.policy_source == "directory" or not path.exists():
        return None
    return KeptFiles(path, settings.data_dir / LEARNED_FILE)


class StoredFiles:
    """The latest version in the database, read when it is another one; `folder` until there is one."""

    def __init__(self, engine: Engine, folder: FolderFiles, learned: Path, kept: Path) -> None:
        self.where = Path("the ledger database")
        self._engine, self._folder, self._learned, self._kept = engine, folder, learned, kept
        self._version = 0
        self._files: Files = {}

    @property
    def about(self) -> Mapping[str, object]:
        """Version 0 is the folder."""
        return {"source": "database", "version": self._version}

    def read(self) -> tuple[SourceFile, ...]:
        """The files of the latest version. Raises PolicyRejected, also while the database is away."""
        try:
            self._refresh()
        except SQLAlchemyError as error:
            raise PolicyRejected([Problem(str(self.where), 1, f"cannot be read: {brief(error)}")]) from None
        return (
            source_files(self._version, self._files, self._learned) if self._version else self._folder.read()
        )

    def loaded(self, files: Sequence[SourceFile]) -> None:
        """Keeps the version for the next start."""
        if not self._version:
            return
        partial = self._kept.with_name(f".{self._kept.name}.{os.getpid()}")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(orjson.dumps({"version": self._version, "files": self._files}))
            partial.replace(self._kept)
        except OSError as error:
            log.error("policy version %d cannot be kept for the next start: %s", self._version, error)

    def _refresh(self) -> None:
        file = sqlite_file(self._engine)
        if (file is not None and not file.exists()) or not inspect(self._engine).has_table(policies.name):
            return  # a new ledger: its tables are being made
        with self._engine.connect() as connection:
            version = latest_version(connection)
            if version != self._version:
                self._files = files_of(connection, version) if version else {}
                self._version = version


class KeptFiles:
    """The version that `StoredFiles` kept."""

    def __init__(self, path: Path, learned: Path) -> None:
        self.where = path
        self._learned = learned

    @property
    def about(self) -> Mapping[str, object]:
        """Never the source of a running gateway."""
        return {"source": "kept"}

    def read(self) -> tuple[SourceFile, ...]:
        """The kept files. Raises PolicyRejected."""
        try:
            content = orjson.loads(self.where.read_bytes())
            return source_files(content["version"], content["files"], self._learned)
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise PolicyRejected([Problem(str(self.where), 1, f"cannot be read: {error}")]) from None

    def loaded(self, files: Sequence[SourceFile]) -> None:
        """Kept already."""


def source_files(version: int, files: Files, learned: Path) -> tuple[SourceFile, ...]:
    """A stored version as documents; `learned` counts unless the version has its own. Raises
    PolicyRejected."""
    found = [SourceFile(f"version {version}/{name}", text.encode()) for name, text in sorted(files.items())]
    if LEARNED_FILE not in files and learned.exists():
        try:
            found.append(SourceFile(str(learned), learned.read_bytes()))
        except OSError as error:
            raise PolicyRejected([Problem(str(learned), 1, f"cannot be read: {error.strerror}")]) from None
    return tuple(found)
