"""The Bundle in force: loaded at start, replaced when its source changes, kept when the change is bad.

Each poll reads a folder's few kilobytes whole, in a thread: a content hash sees every change, also one
that keeps size and time, or a ConfigMap's swapped links. What is compiled are the very bytes that were
hashed. A change is taken up once two polls in a row see the same content, so a file that is being saved in
several steps is not judged half-written. Requests read `current` once and keep what they read.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from router.policy.documents import Bundle, compile_files
from router.policy.folder import SourceFile
from router.policy.problems import PolicyRejected, Problem

log = logging.getLogger(__name__)

Fingerprint = bytes
OnLoaded = Callable[[Bundle, Sequence[SourceFile]], None]


class PolicyFiles(Protocol):
    """Where the documents come from: a folder, or versions in a database. `where` is named in problems,
    `about` shown by `/readyz`."""

    @property
    def where(self) -> Path: ...

    @property
    def about(self) -> Mapping[str, object]: ...

    def read(self) -> tuple[SourceFile, ...]:
        """All files as they are now; blocks. Raises PolicyRejected."""
        ...

    def loaded(self, files: Sequence[SourceFile]) -> None:
        """Told what is in force now; blocks, raises nothing."""
        ...


class PolicySource:
    """Holds `current`, the Bundle in force, and `error`, why its source is not it (empty: it is).

    `on_loaded(bundle, files)` is called for every bundle put in force, the first included, with what it is
    made of, `on_rejected(problems)` once for every content that was refused. Both run in the event loop and
    must not block it.
    """

    def __init__(
        self,
        files: PolicyFiles,
        env: Mapping[str, str],
        now: Callable[[], datetime],
        *,
        on_loaded: OnLoaded,
        on_rejected: Callable[[tuple[Problem, ...]], None],
        kept: PolicyFiles | None = None,
    ) -> None:
        """Loads `files`; if they cannot be used, `kept`, what was in force last. `now` returns UTC. Raises
        PolicyRejected when there is nothing to start with."""
        self._files = files
        self._env = dict(env)
        self._now = now
        self._on_loaded = on_loaded
        self._on_rejected = on_rejected
        self.error: tuple[Problem, ...] = ()
        self._refused: Fingerprint | None = None
        first, self.current = self._first(kept)
        self._in_force = self._seen = _fingerprint(first)
        on_loaded(self.current, first)
        if self.error:
            on_rejected(self.error)

    @property
    def about(self) -> Mapping[str, object]:
        """Where the policy comes from, for `/readyz`."""
        return self._files.about

    def _first(self, kept: PolicyFiles | None) -> tuple[Sequence[SourceFile], Bundle]:
        try:
            return self._load(self._files)
        except PolicyRejected as rejected:
            if kept is None:
                raise
            self.error = rejected.problems
            log.error("the policy cannot be loaded, starting with what was in force last:\n%s", rejected)
            return self._load(kept)

    def _load(self, source: PolicyFiles) -> tuple[Sequence[SourceFile], Bundle]:
        files = source.read()
        bundle = compile_files(source.where, files, self._env, self._now())
        source.loaded(files)
        return files, bundle

    async def watch(self, interval: float) -> None:
        """Polls every `interval` seconds until cancelled."""
        while True:
            await asyncio.sleep(interval)
            await self.poll()

    async def poll(self) -> None:
        """Looks at the source once. Raises nothing for anything it may hold."""
        try:
            files = await asyncio.to_thread(self._files.read)
        except PolicyRejected as rejected:
            self._reject(_unreadable(rejected), rejected.problems)
            return
        seen, self._seen = self._seen, _fingerprint(files)
        if self._seen != seen or (self._seen == self._in_force and not self.error):
            return
        try:
            where = self._files.where
            bundle = await asyncio.to_thread(compile_files, where, files, self._env, self._now())
        except PolicyRejected as rejected:
            self._reject(self._seen, rejected.problems)
            return
        self._accept(self._seen, bundle, files)
        await asyncio.to_thread(self._files.loaded, files)

    def _accept(self, fingerprint: Fingerprint, bundle: Bundle, files: Sequence[SourceFile]) -> None:
        previous, self.current = self.current, bundle
        self.error = ()
        self._in_force = fingerprint
        self._refused = None
        log.info("policy %s in force, it was %s", bundle.digest, previous.digest)
        self._on_loaded(bundle, files)

    def _reject(self, fingerprint: Fingerprint, problems: tuple[Problem, ...]) -> None:
        self.error = problems
        if fingerprint == self._refused:
            return
        self._refused = fingerprint
        log.error(
            "policy change refused, %s stays in force:\n%s",
            self.current.digest,
            "\n".join(str(problem) for problem in problems),
        )
        self._on_rejected(problems)


def _fingerprint(files: Sequence[SourceFile]) -> Fingerprint:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{len(file.name.encode())}:{file.name}:{len(file.content)}:".encode())
        digest.update(file.content)
    return digest.digest()


def _unreadable(rejected: PolicyRejected) -> Fingerprint:
    return hashlib.sha256(str(rejected).encode()).digest()
