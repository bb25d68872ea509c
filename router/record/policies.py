"""The policies in the ledger database: versions that are added and never changed, the highest in force.

Knows files as names and bytes, not what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from router.record.tables import policies

Files = Mapping[str, str]
"""Content by file name."""


class AppliedMeanwhile(Exception):
    """Somebody else put another version in force; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One version without its files. `previous` is the digest that was in force before; None: the first."""

    version: int
    digest: str
    previous: str | None
    applied_us: int
    applied_by: str
    reason: str


Note = Callable[[Connection, Applied], None]
"""Told of a version, in the transaction that puts it in force."""

_SHOWN = tuple(policies.c[name] for name in Applied.__dataclass_fields__)


def latest_version(connection: Connection) -> int:
    """The version in force, 0 while there is none."""
    latest: int = connection.execute(select(func.coalesce(func.max(policies.c.version), 0))).scalar_one()
    return latest


def files_of(connection: Connection, version: int) -> Files:
    """The files of a version that exists."""
    text: str = connection.execute(select(policies.c.files).where(policies.c.version == version)).scalar_one()
    found: Files = orjson.loads(text)
    return found


def history(engine: Engine) -> list[Applied]:
    """Every version, newest first. Raises SQLAlchemyError."""
    query = select(*_SHOWN).order_by(policies.c.version.desc())
    with engine.connect() as connection:
        return [Applied(*row) for row in connection.execute(query)]


def add_version(engine: Engine, applied: Applied, files: Files, note: Note | None = None) -> None:
    """Puts `applied` in force, whole or not at all. Its version must be the one after the latest. Raises
    AppliedMeanwhile, SQLAlchemyError."""
    row = {name: getattr(applied, name) for name in Applied.__dataclass_fields__}
    try:
        with engine.begin() as connection:
            if latest_version(connection) != applied.version - 1:
                raise AppliedMeanwhile
            connection.execute(insert(policies).values(**row, files=orjson.dumps(files).decode()))
            if note is not None:
                note(connection, applied)
    except IntegrityError:
        raise AppliedMeanwhile from None
