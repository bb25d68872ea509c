"""Endpoints taken out of service by an operator, kept in the database so that every gateway obeys.

Each word of an operator is a row of its own; the last one on an endpoint counts. While the database is away
the last known state stays. Blocks: call it off the event loop.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from router.record.tables import drains
from router.record.write import brief

log = logging.getLogger(__name__)


class Word(NamedTuple):
    """What an operator said of an endpoint at `at_us`, Unix microseconds."""

    endpoint: str
    at_us: int
    drained: bool
    actor: str
    reason: str

    @property
    def told(self) -> str:
        """Why nobody is sent there, in words."""
        return f"drained by {self.actor}" + (f": {self.reason}" if self.reason else "")


def say(connection: Connection, word: Word) -> None:
    """Keeps it. Later words of an endpoint have a later time, whatever clock gave it."""
    last = connection.scalar(select(func.max(drains.c.at_us)).where(drains.c.endpoint == word.endpoint))
    later = word.at_us if last is None else max(word.at_us, last + 1)
    connection.execute(insert(drains).values(word._replace(at_us=later)._asdict()))


def last_words(connection: Connection) -> list[Word]:
    """The last word on each endpoint, by its name."""
    d = drains.c
    newest = select(d.endpoint, func.max(d.at_us).label("at_us")).group_by(d.endpoint).subquery()
    query = (
        select(d.endpoint, d.at_us, d.drained, d.actor, d.reason)
        .join(newest, (newest.c.endpoint == d.endpoint) & (newest.c.at_us == d.at_us))
        .order_by(d.endpoint)
    )
    return [Word(*row) for row in connection.execute(query)]


class Drains:
    """What a gateway knows of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._error: str | None = None
        self._known: Mapping[str, str] = {}

    def load(self) -> Mapping[str, str]:
        """Drained endpoints and why. Does not raise while the database is away."""
        try:
            with self._engine.connect() as connection:
                self._known = {word.endpoint: word.told for word in last_words(connection) if word.drained}
            self._error = None
        except SQLAlchemyError as error:
            if self._error is None:
                log.info("drains cannot be read, the last known ones stay: %s", brief(error))
            self._error = brief(error)
        return self._known
