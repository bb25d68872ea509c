"""The Bundle in force: loaded at start, replaced when the folder changes, kept when the change is bad.

Each poll reads the folder's few kilobytes whole, in a thread: a content hash sees every change, also one
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

from router.policy.documents import Bundle, compile_files
from router.policy.folder import SourceFile, read_folder
from router.policy.problems import PolicyRejected, Problem

log = logging.getLogger(__name__)

Fingerprint = bytes


class PolicySource:
    """Holds `current`, the Bundle in force, and `error`, why the folder on disk is not it (empty: it is).

    `on_loaded(bundle)` is called for every bundle put in force, the first included, `on_rejected(problems)`
    once for every content that was refused. Both run in the event loop and must not block it.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        now: Callable[[], datetime],
        *,
        on_loaded: Callable[[Bundle], None],
        on_rejected: Callable[[tuple[Problem, ...]], None],
        learned: Path | None = None,
    ) -> None:
        """Loads `folder`; `learned` as in `read_folder`. `now` returns UTC. Raises PolicyRejected when
        there is nothing to start with."""
        self._folder = folder
        self._learned = learned
        self._env = dict(env)
        self._now = now
        self._on_loaded = on_loaded
        self._on_rejected = on_rejected
        files = read_folder(folder, learned)
        self.current = compile_files(folder, files, self._env, now())
        self.error: tuple[Problem, ...] = ()
        self._in_force = self._seen = _fingerprint(files)
        self._refused: Fingerprint | None = None
        on_loaded(self.current)

    async def watch(self, interval: float) -> None:
        """Polls every `interval` seconds until cancelled."""
        while True:
            await asyncio.sleep(interval)
            await self.poll()

    async def poll(self) -> None:
        """Looks at the folder once. Raises nothing for anything a folder may hold."""
        try:
            files = await asyncio.to_thread(read_folder, self._folder, self._learned)
        except PolicyRejected as rejected:
            self._reject(_unreadable(rejected), rejected.problems)
            return
        seen, self._seen = self._seen, _fingerprint(files)
        if self._seen != seen or (self._seen == self._in_force and not self.error):
            return
        try:
            bundle = await asyncio.to_thread(compile_files, self._folder, files, self._env, self._now())
        except PolicyRejected as rejected:
            self._reject(self._seen, rejected.problems)
            return
        self._accept(self._seen, bundle)

    def _accept(self, fingerprint: Fingerprint, bundle: Bundle) -> None:
        previous, self.current = self.current, bundle
        self.error = ()
        self._in_force = fingerprint
        self._refused = None
        log.info("policy %s in force, it was %s", bundle.digest, previous.digest)
        self._on_loaded(bundle)

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
