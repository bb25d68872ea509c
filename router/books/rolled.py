"""The ledger as commands read its sums: brought up to date first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from router.books.rollups.roll import roll
from router.record.command import open_ledger
from router.settings import read_settings


@contextmanager
def rolled_ledger() -> Iterator[Connection]:
    """A connection to the ledger, its hours that changed rolled up. Raises as `open_ledger` does."""
    with open_ledger() as engine:
        roll(engine, read_settings().kept_tags, time.time_ns() // 1000)
        with engine.connect() as connection:
            yield connection
