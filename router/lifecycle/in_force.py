"""The policy in force and the one to come, as bundles where the command runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from router.lifecycle.everything import everything_set
from router.policy.ability.document import LEARNED_FILE
from router.policy.documents import Bundle, compile_files
from router.policy.folder import FolderFiles, SourceFile
from router.policy.parsed_catalog import catalog_of
from router.policy_store import policy_files
from router.record.policies import Files
from router.settings import Settings

Endpoints = Literal["environment", "all"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A bundle with the files it is made of, those outside its folder left out."""

    bundle: Bundle
    files: Files


@dataclass(frozen=True, slots=True)
class Loader:
    """`env` activates endpoints; with `endpoints` "all" every variable a catalog names counts as set."""

    settings: Settings
    env: Mapping[str, str]
    now: datetime
    endpoints: Endpoints = "environment"

    def in_force(self, engine: Engine) -> Loaded:
        """What the settings' source has in force. Raises PolicyRejected, SQLAlchemyError."""
        source = policy_files(self.settings, engine)
        return self.load(source.where, source.read())

    def folder(self, folder: Path) -> Loaded:
        """A folder as it would be in force. Raises PolicyRejected."""
        return self.load(folder, FolderFiles(folder, self._learned).read())

    def load(self, where: Path, files: Sequence[SourceFile]) -> Loaded:
        """The bundle of `files`. Raises PolicyRejected."""
        env = self.env
        if self.endpoints == "all":
            catalog = catalog_of(files)
            env = {} if catalog is None else everything_set(catalog.content)
        own = {Path(file.name).name: file for file in files if Path(file.name) != self._learned}
        # Compiled first: what is no UTF-8 has been refused when it is decoded.
        bundle = compile_files(where, files, env, self.now)
        return Loaded(bundle, {name: file.content.decode() for name, file in own.items()})

    @property
    def _learned(self) -> Path:
        return self.settings.data_dir / LEARNED_FILE
