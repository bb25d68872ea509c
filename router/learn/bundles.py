"""The policy as it is, and as it would be with other learned abilities. Reads files, changes none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import orjson

from router.domain.ability import Evidence
from router.domain.kinds import Task
from router.policy.ability.document import LEARNED_FILE, LearnedDocument
from router.policy.documents import Bundle, compile_files
from router.policy.folder import SourceFile, read_folder


class Bundles:
    """Of one policy folder and the data folder's learned file, at one time and in one environment. Every
    method raises PolicyRejected for documents that cannot be put in force."""

    def __init__(self, folder: Path, live: Path, env: Mapping[str, str], now: datetime) -> None:
        self._folder, self._live, self._env, self._now = folder, live, env, now

    def in_force(self) -> Bundle:
        """What the gateway loads."""
        return self._compiled(read_folder(self._folder, self._live))

    def with_learned(self, document: bytes) -> Bundle:
        """The same with this learned document in place of any other."""
        files = (file for file in read_folder(self._folder) if not _is_learned(file))
        return self._compiled((*files, SourceFile(LEARNED_FILE, document)))

    def evidence_in_force(self) -> Mapping[tuple[str, Task], Evidence]:
        """What the learned document in force holds; call `in_force` first, which checks it."""
        for file in read_folder(self._folder, self._live):
            if _is_learned(file):
                spec = LearnedDocument.model_validate(orjson.loads(file.content)).spec
                return {(part.model, part.task): Evidence(part.right, part.n) for part in spec.evidence}
        return {}

    def blocked(self) -> str | None:
        """Why nothing in the data folder can take effect, in words; None: it can."""
        own = self._folder / LEARNED_FILE
        return f"the policy folder has its own {LEARNED_FILE}, which wins" if own.exists() else None

    def _compiled(self, files: tuple[SourceFile, ...]) -> Bundle:
        return compile_files(self._folder, files, self._env, self._now)


def _is_learned(file: SourceFile) -> bool:
    return Path(file.name).name == LEARNED_FILE
