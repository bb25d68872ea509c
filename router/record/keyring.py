"""The keys in memory: authentication touches no database and tells nothing by its timing.

The last good set stays in force while the database is away; `error` then says so.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from hmac import compare_digest

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.domain.caller import Caller
from router.record.key_changes import keep_uses
from router.record.keys import (
    SALT_BYTES,
    StoredKey,
    keys_version,
    load_keys,
    token_hash,
    token_key_id,
)
from router.record.write import brief

log = logging.getLogger(__name__)


_USES_SECONDS = 5.0
"""How often it is written when keys were last used."""


class KeyRing:
    """`refresh` seconds is how long a revoked key can live on. Nobody is let in before `loaded`."""

    def __init__(
        self,
        engine: Engine,
        refresh: float,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._engine = engine
        self._refresh = refresh
        self._now_ns = now_ns
        self._used: dict[str, int] = {}
        self._next_uses = 0.0
        self._keys: dict[str, StoredKey] = {}
        self._version: int | None = None
        self._nobody = StoredKey(os.urandom(SALT_BYTES), os.urandom(32), Caller("", "", "", ""))
        self.error: str | None = None

    @property
    def loaded(self) -> bool:
        """Whether the keys were read at least once."""
        return self._version is not None

    def authenticate(self, token: str) -> Caller | None:
        """Who holds `token`. None for malformed, unknown, wrong, expired and revoked alike.

        An unknown id costs the same hash and comparison as a known one.
        """
        key_id = token_key_id(token)
        if key_id is None:
            return None
        stored = self._keys.get(key_id, self._nobody)
        if not compare_digest(token_hash(token, stored.salt), stored.hash):
            return None
        now_us = self._now_ns() // 1000
        if stored.expires_us is not None and now_us >= stored.expires_us:
            return None
        self._used[key_id] = now_us
        return stored.caller

    def load(self) -> bool:
        """Reads the keys if any changed; whether they did. Blocks: call it off the event loop.

        Does not raise while the database is away: `error` is set and the keys stay as they are.
        """
        try:
            with self._engine.connect() as connection:
                version = keys_version(connection)
                if version == self._version:
                    self.error = None
                    return False
                self._keys = load_keys(connection)
        except SQLAlchemyError as error:
            if self.error is None and self.loaded:
                log.error("keys: cannot be read, the last good ones stay in force: %s", brief(error))
            elif self.error is None:
                # The first moments of a new ledger, whose tables the shipper is making; `/readyz` says 503.
                log.info("keys: not readable yet, nobody is let in: %s", brief(error))
            self.error = brief(error)
            return False
        self._version = version
        self.error = None
        return True

    async def watch(self) -> None:
        """Looks for changed keys every `refresh` seconds until cancelled."""
        while True:
            await asyncio.to_thread(self.load)
            if time.monotonic() >= self._next_uses:
                self._next_uses = time.monotonic() + _USES_SECONDS
                await asyncio.to_thread(self.keep_uses)
            await asyncio.sleep(self._refresh)

    def keep_uses(self) -> None:
        """Writes when keys were last used; blocks. With the database away it is kept for the next time."""
        uses, self._used = self._used, {}
        try:
            keep_uses(self._engine, uses)
        except SQLAlchemyError as error:
            log.info("keys: when they were used is written later: %s", brief(error))
            self._used = {**uses, **self._used}
