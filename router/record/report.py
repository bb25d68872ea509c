"""How the shipper says how it stands: status lines for the gateway's metrics, errors for its log."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from router.record.lines import REQUEST_COLUMNS
from router.record.protocol import ShipperStatus
from router.record.tail import Batch, Tail
from router.record.write import Refused, RefusedLater

log = logging.getLogger(__name__)

_CHANGED_SECONDS = 0.5
_UNCHANGED_SECONDS = 3.0
_STARTED = REQUEST_COLUMNS.index("started_us")
_DURATION = REQUEST_COLUMNS.index("duration_us")


class Reporter:
    """Counts, and writes a status line to `fd` at most twice a second and at least every three seconds."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._requests = 0
        self._attempts = 0
        self._later: Counter[str] = Counter()
        self.interrupted = 0
        self._quarantined = 0
        self._error: str | None = None
        self._oldest: dict[str, float] = {}
        self._said: ShipperStatus | None = None
        self._said_at = 0.0

    def holds(self, name: str, batch: Batch) -> None:
        """`batch` is read and not in the database."""
        if batch.done:
            first = batch.done[0].request
            self._oldest[name] = (first[_STARTED] + (first[_DURATION] or 0)) / 1e6

    def shipped(
        self, name: str, batch: Batch, refused: Sequence[Refused], not_taken: Sequence[RefusedLater] = ()
    ) -> None:
        self._oldest.pop(name, None)
        self._requests += len(batch.done) - len(refused)
        self._attempts += sum(len(done.attempts) for done in batch.done)
        self._attempts -= sum(len(row.done.attempts) for row in refused)
        self._later.update({table: len(rows) for table, rows in batch.later.items()})
        self._later.subtract(row.table for row in not_taken)
        self._quarantined += batch.quarantined + len(refused) + len(not_taken)

    def age(self) -> float:
        """Seconds that the oldest settled request in hand has waited; 0 when there is none."""
        return max(0.0, time.time() - min(self._oldest.values())) if self._oldest else 0.0

    def left(self, name: str) -> None:
        """Somebody else puts this journal away."""
        self._oldest.pop(name, None)

    def failed(self, error: str) -> None:
        if error != self._error:
            log.error("ledger: rows wait in the journal: %s", error)
        self._error = error

    def recovered(self) -> None:
        if self._error is not None:
            log.info("ledger: the database is back")
        self._error = None

    def report(self, tails: Iterable[Tail], *, force: bool = False) -> None:
        since = time.monotonic() - self._said_at
        if since < _CHANGED_SECONDS and not force:
            return
        status = self._status(tails)
        if status == self._said and since < _UNCHANGED_SECONDS and not force:
            return
        self._said, self._said_at = status, time.monotonic()
        try:
            os.write(self._fd, status.encode())
        except BrokenPipeError:
            log.debug("nobody reads the status any more")

    def _status(self, tails: Iterable[Tail]) -> ShipperStatus:
        return ShipperStatus(
            shipped_requests=self._requests,
            shipped_attempts=self._attempts,
            shipped_later=dict(self._later),
            interrupted=self.interrupted,
            quarantined=self._quarantined,
            backlog_bytes=sum(tail.backlog_bytes() for tail in tails),
            oldest_unshipped_age_s=round(self.age(), 3),
            error=self._error,
        )
