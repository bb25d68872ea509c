"""Who is looking, and the ledger as they may see it: `with access.ledger() as connection:` in every page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from dashboard.ledger import ledger_url, reading
from router.domain.roles import Principal, Role

LOCAL = Principal("local", Role.ADMIN)
"""Whoever sits at the machine, where no sign-in is set up."""


def principal() -> Principal:
    """Who this session is."""
    return LOCAL


@contextmanager
def ledger() -> Iterator[Connection]:
    """One read-only transaction on what the one who is signed in may see. Raises LedgerProblem."""
    with reading(ledger_url(os.environ), principal()) as connection:
        yield connection
