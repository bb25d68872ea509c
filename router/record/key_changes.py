"""Keys changed after they were made: another end, another label, a successor with an overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from router.record.admin_tables import key_uses
from router.record.keys import (
    KEY_PREFIX,
    KeyNote,
    KeyRow,
    UnknownKey,
    change_key,
    find_key,
    new_token,
    no_note,
)
from router.record.tables import keys

_INHERITED = ("organisation", "team", "project", "allowed_tiers", "allowed_models", "label")


class KeyEnded(ValueError):
    """A key that is revoked or expired cannot be rotated or changed."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The successor with its token, and the key it takes the place of, which ends at its `expires_us`."""

    new: KeyRow
    token: str
    old: KeyRow


def rotate_key(
    engine: Engine,
    key_id: str,
    now_us: int,
    overlap_us: int,
    *,
    expires_us: int | None = None,
    note: KeyNote = no_note,
) -> Rotated:
    """A new key for the same caller and with the same boundary. The old one stays good for `overlap_us` more,
    or until its own end if that is sooner. Raises UnknownKey, KeyEnded, SQLAlchemyError."""
    secret, token = new_token(KEY_PREFIX)
    columns = (keys.c[name] for name in _INHERITED)

    def change(connection: Connection, version: int) -> int:
        old = _alive(connection, key_id, now_us)
        until_us = now_us + overlap_us if old is None else min(old, now_us + overlap_us)
        inherited = connection.execute(select(*columns).where(keys.c.id == key_id)).one()._mapping
        row = {**secret, **inherited, "created_us": now_us, "expires_us": expires_us, "rotated_from": key_id}
        connection.execute(insert(keys).values(**row, version=version))
        ended = update(keys).where(keys.c.id == key_id).values(expires_us=until_us, version=version + 1)
        return connection.execute(ended).rowcount

    new = change_key(engine, secret["id"], change, note)
    return Rotated(new, token, find_key(engine, key_id))


def amend_key(
    engine: Engine, key_id: str, now_us: int, values: Mapping[str, str | int | None], note: KeyNote = no_note
) -> KeyRow:
    """Another `label` or `expires_us`. Raises UnknownKey, KeyEnded, SQLAlchemyError."""

    def change(connection: Connection, version: int) -> int:
        _alive(connection, key_id, now_us)
        statement = update(keys).where(keys.c.id == key_id).values(**values, version=version)
        return connection.execute(statement).rowcount

    return change_key(engine, key_id, change, note)


def keep_uses(engine: Engine, uses: Mapping[str, int]) -> None:
    """When keys were last let in, by id; an earlier time than the one that is kept changes nothing. Raises
    SQLAlchemyError."""
    if not uses:
        return
    make = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    statement = make(key_uses)
    newer = key_uses.c.last_used_us < statement.excluded.last_used_us
    statement = statement.on_conflict_do_update(
        index_elements=[key_uses.c.key_id],
        set_={"last_used_us": statement.excluded.last_used_us},
        where=newer,
    )
    rows = [{"key_id": key_id, "last_used_us": at_us} for key_id, at_us in sorted(uses.items())]
    with engine.begin() as connection:
        connection.execute(statement, rows)


def _alive(connection: Connection, key_id: str, now_us: int) -> int | None:
    """The end of a key that lets people in. Raises UnknownKey, KeyEnded."""
    query = select(keys.c.revoked_us, keys.c.expires_us).where(keys.c.id == key_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownKey(f"there is no key {key_id!r}")
    if row.revoked_us is not None:
        raise KeyEnded(f"key {key_id} is revoked")
    if row.expires_us is not None and row.expires_us <= now_us:
        raise KeyEnded(f"key {key_id} has expired")
    end: int | None = row.expires_us
    return end
