"""New requests as they reach the ledger, each once, for `ledger tail --follow`.

A request appears when it ends and stands where it started: a slow one comes behind others that were shown
long ago. So every look goes back over the latest requests and shows those not shown yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Engine, Select, select

from router.record.store import RecentRow, of_ids
from router.record.tables import requests

_START = requests.c.started_us
_PAGE = 1_000
_FEW = 1_000
_MANY = 50_000
_MICROSECONDS = 300_000_000
"""How far a look goes back: five minutes, but at least `_FEW` requests and not more than `_MANY`. A request
that took longer is not shown any more; looking farther would read the ledger over and over."""


class Follower:
    """Starts at the requests that are in the ledger now: those count as shown."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since = 0
        self._seen: set[str] = set()
        query = select(_START, requests.c.id).order_by(_START.desc()).limit(_MANY)
        self._keep(self._read(query)[::-1])

    def shown(self, rows: Iterable[RecentRow]) -> None:
        """`rows` were shown by other means since."""
        self._seen.update(row.id for row in rows)

    def new(self) -> Iterator[list[RecentRow]]:
        """All requests that came since the last look, oldest first, in pages."""
        found = self._read(select(_START, requests.c.id).where(self._since <= _START).order_by(_START))
        fresh = [request_id for _, request_id in found if request_id not in self._seen]
        self._keep(found)
        for start in range(0, len(fresh), _PAGE):
            yield of_ids(self._engine, fresh[start : start + _PAGE])

    def _keep(self, found: Sequence[tuple[int, str]]) -> None:
        """Remembers those of `found`, oldest first, that the next look will meet again."""
        if len(found) >= _FEW:
            most = found[-_MANY:]
            self._since = min(found[-_FEW][0], max(most[0][0], found[-1][0] - _MICROSECONDS))
        self._seen = {request_id for start, request_id in found if start >= self._since}

    def _read(self, query: Select[tuple[int, str]]) -> list[tuple[int, str]]:
        with self._engine.connect() as connection:
            return [(row.started_us, row.id) for row in connection.execute(query)]
