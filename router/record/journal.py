"""The file a row reaches before its response ends: append-only, one write(2) per line, no user-space buffer.

A killed process loses nothing that `open` or `settle` returned for. Used from one thread (the event
loop's); must not touch the database, and must not wait for the disk.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from router.domain.ids import uuid7
from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.domain.records import AttemptRecord, PromptRecord, RequestRecord, VerdictRecord
from router.record import directory
from router.record.durability import Fsync, Syncer
from router.record.lines import columns_line, done_line, later_line, open_line
from router.record.opened import OpenRecord
from router.record.sealed import Seal, sealed_feedback, sealed_judgement, sealed_verdict, without_quotes

__all__ = ["Journal", "JournalError", "OpenRecord"]

log = logging.getLogger(__name__)

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_MAX_PENDING = 10_000
"""Settled requests kept in memory while the disk refuses them; about 20 MB."""


class JournalError(Exception):
    """The journal cannot be written: nothing may be spent that could not be recorded."""


class Journal:
    """One writer's journal. `count_failure` is called once per refused write (a metric's `inc`). `seal`: with
    it words said of answers are never written in plain text."""

    def __init__(
        self,
        root: Path,
        *,
        fsync: Fsync,
        segment_bytes: int,
        count_failure: Callable[[], None],
        seal: Seal | None = None,
    ) -> None:
        """Creates `<root>/<uuid7>/` with its first segment. Raises JournalError."""
        name = uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))
        self._segment_bytes = segment_bytes
        self._count_failure = count_failure
        self._seal = seal
        self._pending: deque[tuple[str, bytes]] = deque()
        self._number = 0
        self._fd = -1
        self._size = 0
        self._abandon_segment = False
        try:
            self._owned = directory.create(root, name)
            self._directory_fd = os.open(self._owned.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise JournalError(f"cannot create a journal in {root}: {error}") from error
        self._syncer = Syncer(fsync, self._directory_fd, count_failure)
        try:
            self._rotate()
        except OSError as error:
            self.close()
            raise JournalError(f"cannot create a journal in {root}: {error}") from error

    @property
    def path(self) -> Path:
        """This writer's directory: what its shipper tails."""
        return self._owned.path

    @property
    def pending(self) -> int:
        """Settled requests that the disk has refused so far; above zero the journal is not healthy."""
        return len(self._pending)

    @property
    def lines_synced(self) -> int:
        """Lines known to be on disk (always 0 with fsync `never`)."""
        return self._syncer.lines_synced

    def open(self, request_open: OpenRecord) -> None:
        """Records an attempt before it is dispatched. Raises JournalError: then do not dispatch."""
        self._write_or_raise(open_line(request_open))

    def report(self, feedback: FeedbackRecord) -> None:
        """Records what somebody said of an answer. Raises JournalError: then do not say it was taken."""
        row = feedback if self._seal is None else sealed_feedback(feedback, self._seal)
        self._write_or_raise(later_line("feedback", [row]))

    def settle(self, request: RequestRecord, attempts: Sequence[AttemptRecord]) -> bool:
        """Records how a request ended. False: the disk refused, the row waits in memory.

        Does not raise: the answer is bought already, and its stream has nowhere to put an exception.
        """
        rows = attempts if self._seal is None else without_quotes(attempts)
        return self._write(request.id, done_line(request, rows))

    def keep_prompt(self, prompt: PromptRecord) -> bool:
        """Records whose a settled request was and what it asked. As `settle`."""
        return self._write(prompt.request_id, later_line("prompts", [prompt]))

    def judge(self, verdicts: Sequence[VerdictRecord]) -> bool:
        """Records verdicts on a request that is settled; at once with it, or long after. As `settle`.

        A gateway killed before a late check is done has no verdict to lose: there is none.
        """
        seal = self._seal
        rows = verdicts if seal is None else [sealed_verdict(row, seal) for row in verdicts]
        return self._write(verdicts[0].request_id, later_line("verdicts", rows))

    def open_judge_call(self, call: JudgeCallRecord) -> None:
        """Records a call for a judgement before it is made. Raises JournalError: then do not make it."""
        self._write_or_raise(later_line("judge_calls", [call]))

    def end_judge_call(self, call: JudgeCallRecord) -> bool:
        """Records how it ended. As `settle`."""
        return self._write(call.request_id, later_line("judge_calls", [call]))

    def judgement(self, judgement: JudgementRecord) -> bool:
        """Records an opinion on an answer of a request that is settled. As `settle`."""
        row = judgement if self._seal is None else sealed_judgement(judgement, self._seal)
        return self._write(judgement.request_id, later_line("judgements", [row]))

    def retry_pending(self) -> int:
        """Writes rows the disk refused before; the number still waiting. Call it every second or so."""
        while self._pending:
            try:
                self._append(self._pending[0][1])
            except OSError:
                break
            self._pending.popleft()
            if not self._pending:
                log.info("journal: the rows that waited for the disk are written")
        return len(self._pending)

    async def durable(self) -> None:
        """With fsync `always`: waits until all lines written so far are on disk. Raises JournalError."""
        if self._syncer.mode != "always":
            return
        try:
            await self._syncer.durable()
        except OSError as error:
            self._count_failure()
            raise JournalError(f"cannot force {self.path} to disk: {error}") from error

    def close(self) -> None:
        """Writes what waits, forces it to disk unless fsync is `never`, releases the directory."""
        self.retry_pending()
        for request_id, _ in self._pending:
            log.error("journal: request %s is lost, the disk refused its row", request_id)
        self._syncer.close()
        os.close(self._directory_fd)
        self._owned.release()

    def _write_or_raise(self, line: bytes) -> None:
        if self._pending:
            self.retry_pending()
        try:
            self._append(line)
        except OSError as error:
            self._count_failure()
            raise JournalError(f"cannot write {self.path}: {error}") from error

    def _write(self, request_id: str, line: bytes) -> bool:
        """Appends, or keeps in memory; what waits already goes first, so that lines keep their order."""
        if self._pending and self.retry_pending():
            self._keep(request_id, line, OSError(errno.ENOSPC, "earlier rows wait"))
            return False
        try:
            self._append(line)
        except OSError as error:
            self._keep(request_id, line, error)
            return False
        return True

    def _keep(self, request_id: str, line: bytes, error: OSError) -> None:
        self._count_failure()
        if len(self._pending) >= _MAX_PENDING:
            oldest, _ = self._pending.popleft()
            log.error("journal: request %s is lost, too many rows wait for the disk", oldest)
        self._pending.append((request_id, line))
        log.error("journal: the row of request %s waits in memory: %s", request_id, error)

    def _append(self, line: bytes) -> None:
        if self._size >= self._segment_bytes or self._abandon_segment:
            self._rotate()
        try:
            written = os.write(self._fd, line)
        except OSError as error:
            self._abandon_segment = error.errno not in _DISK_FULL
            raise
        if written != len(line):
            self._repair()
            raise OSError(errno.ENOSPC, "only part of a line could be written")
        self._size += written
        self._syncer.wrote()

    def _repair(self) -> None:
        """Takes back the part of a line that was written; failing that, leaves this segment for good."""
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._abandon_segment = True

    def _rotate(self) -> None:
        path = directory.segment_path(self.path, self._number + 1)
        header = columns_line()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        fd = os.open(path, flags, 0o600)
        try:
            if os.write(fd, header) != len(header):
                raise OSError(errno.ENOSPC, "only part of a line could be written")
        except OSError:
            os.close(fd)
            path.unlink()
            raise
        self._number += 1
        self._fd = fd
        self._size = len(header)
        self._abandon_segment = False
        self._syncer.opened(fd)
