"""The policy in force as the settings name its source: a folder, or the versions in the ledger's database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from dashboard.queries.policies import versions
from router.lifecycle.in_force import Endpoints, Loaded, Loader
from router.policy.ability.document import LEARNED_FILE
from router.policy.folder import FolderFiles, SourceFile
from router.policy.problems import PolicyRejected
from router.policy_store import source_files
from router.record.policies import Applied, files_of
from router.settings import Settings


@dataclass(frozen=True, slots=True)
class Current:
    """`version` None: the folder is in force; `changed_us` is then when a file of it last changed.
    `from_database`: the first version that is applied takes its place."""

    loaded: Loaded
    where: str
    version: Applied | None
    changed_us: int | None
    endpoints: Endpoints
    from_database: bool


def current(connection: Connection, settings: Settings, digests: frozenset[str]) -> Current:
    """`digests` are those of recent requests: if one fits the endpoints that are configured here, those
    count, else all that the catalog names. Raises PolicyRejected."""
    from_database = settings.policy_source == "database"
    known = versions(connection) if from_database else []
    if known:
        version: Applied | None = known[0]
        where, files, changed = f"version {known[0].version}", stored(connection, settings, known[0]), None
    else:
        version, where = None, str(settings.policy_dir)
        files = FolderFiles(settings.policy_dir, settings.data_dir / LEARNED_FILE).read()
        changed = _changed(settings.policy_dir, files)
    here = _as_here(settings, where, files, digests)
    if here is not None:
        return Current(here, where, version, changed, "environment", from_database)
    loaded = loader(settings, "all").load(Path(where), files)
    return Current(loaded, where, version, changed, "all", from_database)


def _as_here(
    settings: Settings, where: str, files: tuple[SourceFile, ...], digests: frozenset[str]
) -> Loaded | None:
    """With the endpoints that are configured here, where that is what the gateway decides by."""
    try:
        loaded = loader(settings, "environment").load(Path(where), files)
    except PolicyRejected:
        return None
    return loaded if loaded.bundle.digest in digests else None


def loader(settings: Settings, endpoints: Endpoints) -> Loader:
    """Reads policies as the command line does."""
    return Loader(settings, os.environ, datetime.now(UTC), endpoints)


def stored(connection: Connection, settings: Settings, version: Applied) -> tuple[SourceFile, ...]:
    """The documents of a version, with what was learned. Raises PolicyRejected."""
    files = files_of(connection, version.version)
    return source_files(version.version, files, settings.data_dir / LEARNED_FILE)


def own_files(connection: Connection, version: Applied) -> tuple[SourceFile, ...]:
    """The documents of a version as they were applied."""
    files = files_of(connection, version.version)
    return tuple(SourceFile(f"version {version.version}/{name}", one.encode()) for name, one in files.items())


def drafted(settings: Settings, files: Mapping[str, str], endpoints: Endpoints) -> Loaded:
    """An edited policy as it would be in force. Raises PolicyRejected."""
    found = source_files(0, files, settings.data_dir / LEARNED_FILE)
    own = tuple(replace(file, name=file.name.removeprefix("version 0/")) for file in found)
    return loader(settings, endpoints).load(Path("the draft"), own)


def _changed(folder: Path, files: tuple[SourceFile, ...]) -> int | None:
    """When a document of the folder last changed, Unix microseconds."""
    found = [
        path.stat().st_mtime_ns // 1000 for file in files if (path := folder / Path(file.name).name).exists()
    ]
    return max(found, default=None)
