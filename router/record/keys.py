"""Virtual keys: how one is made, what of it is stored, and how it is listed and revoked.

A token is `tg-<key id>-<secret>`; it is shown once and never stored. Stored is a salted BLAKE2b of the
whole token: the secret has 256 random bits, so a slow password hash would protect nothing and cost every
request. Must not be imported by the request path beyond `token_key_id` and `token_hash`.
"""

from __future__ import annotations

import base64
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import orjson
from sqlalchemy import Connection, Engine, Row, func, insert, select, tuple_, update

from router.domain.caller import Caller
from router.domain.kinds import Tier
from router.domain.teams import Team
from router.record.admin_tables import key_uses
from router.record.locks import lock_keys
from router.record.owners import of_teams
from router.record.tables import keys

log = logging.getLogger(__name__)

KEY_PREFIX = "tg-"
_ID_LENGTH = 12
_SECRET_BYTES = 32
TOKEN_LENGTH = len(KEY_PREFIX) + _ID_LENGTH + 1 + 43
"""`tg-`, 12 base32 characters, `-`, 43 characters of URL-safe base64."""
SALT_BYTES = blake2b.SALT_SIZE
Change = Callable[[Connection, int], int]
"""Changes rows of keys, giving them that version; how many it changed."""


class UnknownKey(LookupError):
    """No key has that id."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A virtual key as stored, without its salt and hash. Empty `allowed_*`: all. `last_used_us` is some
    seconds late."""

    id: str
    organisation: str
    team: str
    project: str
    allowed_tiers: tuple[str, ...]
    allowed_models: tuple[str, ...]
    label: str
    created_us: int
    revoked_us: int | None
    expires_us: int | None
    rotated_from: str | None
    last_used_us: int | None

    def active(self, now_us: int) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_us is None and (self.expires_us is None or now_us < self.expires_us)


_QUERY = select(keys, key_uses.c.last_used_us).join(key_uses, key_uses.c.key_id == keys.c.id, isouter=True)
KeyNote = Callable[[Connection, KeyRow], None]
"""Told of a changed key, in the transaction that changes it."""


def no_note(_: Connection, __: KeyRow) -> None:
    """For changes that nobody keeps a record of, as in tests."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What it takes to authenticate one key that is not revoked. `expires_us` None: never."""

    salt: bytes
    hash: bytes
    caller: Caller
    expires_us: int | None = None


def token_key_id(token: str) -> str | None:
    """The key id a token names, None if it is not shaped like a token."""
    if len(token) != TOKEN_LENGTH or not token.isascii() or token[15] != "-" or token[:3] != KEY_PREFIX:
        return None
    return token[3:15]


def token_hash(token: str, salt: bytes) -> bytes:
    """What is stored of `token`."""
    return blake2b(token.encode("ascii"), digest_size=32, salt=salt).digest()


def new_token(prefix: str) -> tuple[dict[str, str], str]:
    """Columns id, salt and hash of a new token, and the token."""
    token_id = base64.b32encode(os.urandom(8)).decode()[:_ID_LENGTH].lower()
    token = f"{prefix}{token_id}-{secrets.token_urlsafe(_SECRET_BYTES)}"
    salt = os.urandom(SALT_BYTES)
    return {"id": token_id, "salt": salt.hex(), "hash": token_hash(token, salt).hex()}, token


def create_key(
    engine: Engine,
    *,
    organisation: str,
    team: str,
    project: str,
    now_us: int,
    allowed_tiers: Iterable[Tier] = (),
    allowed_models: Iterable[str] = (),
    label: str = "",
    expires_us: int | None = None,
    note: KeyNote = no_note,
) -> tuple[KeyRow, str]:
    """A new key and its token, which nobody can ever show again. Raises SQLAlchemyError."""
    secret, token = new_token(KEY_PREFIX)
    values = {
        **secret,
        "organisation": organisation,
        "team": team,
        "project": project,
        "allowed_tiers": orjson.dumps(sorted({tier.value for tier in allowed_tiers})).decode(),
        "allowed_models": orjson.dumps(sorted(set(allowed_models))).decode(),
        "label": label,
        "created_us": now_us,
        "revoked_us": None,
        "expires_us": expires_us,
    }

    def change(connection: Connection, version: int) -> int:
        return connection.execute(insert(keys).values(**values, version=version)).rowcount

    return change_key(engine, secret["id"], change, note), token


def revoke_key(engine: Engine, key_id: str, now_us: int, note: KeyNote = no_note) -> KeyRow:
    """Ends a key for good; the first revocation's time stays. Raises UnknownKey, SQLAlchemyError."""
    found = find_key(engine, key_id)
    if found.revoked_us is not None:
        return found
    statement = update(keys).where(keys.c.id == key_id, keys.c.revoked_us.is_(None))

    def change(connection: Connection, version: int) -> int:
        return connection.execute(statement.values(revoked_us=now_us, version=version)).rowcount

    return change_key(engine, key_id, change, note)


def list_keys(engine: Engine) -> list[KeyRow]:
    """All keys, revoked ones included, oldest first."""
    with engine.connect() as connection:
        return [_key_row(row) for row in connection.execute(_QUERY.order_by(keys.c.created_us, keys.c.id))]


def key_page(engine: Engine, teams: Sequence[Team] | None, after: str | None, limit: int) -> list[KeyRow]:
    """Keys as `list_keys` orders them, from the one after `after` on; of those teams only, None: all. Raises
    UnknownKey."""
    query = _QUERY.order_by(keys.c.created_us, keys.c.id).limit(limit)
    if teams is not None:
        query = query.where(of_teams(keys.c, teams))
    with engine.connect() as connection:
        if after is not None:
            last = _found(connection, after)
            query = query.where(tuple_(keys.c.created_us, keys.c.id) > (last.created_us, last.id))
        return [_key_row(row) for row in connection.execute(query)]


def find_key(engine: Engine, key_id: str) -> KeyRow:
    """Raises UnknownKey."""
    with engine.connect() as connection:
        return _found(connection, key_id)


def keys_version(connection: Connection) -> int:
    """Grows with every change of any key: one look at an index tells whether to load them again."""
    return int(connection.execute(select(func.max(keys.c.version))).scalar() or 0)


def load_keys(connection: Connection) -> dict[str, StoredKey]:
    """The keys that are not revoked, by id. A row this version cannot read admits nobody."""
    loaded = {}
    for row in connection.execute(select(keys).where(keys.c.revoked_us.is_(None))):
        try:
            loaded[row.id] = _stored_key(row)
        except ValueError as error:
            log.error("keys: %s is left out: %s", row.id, error)
    return loaded


def change_key(engine: Engine, key_id: str, change: Change, note: KeyNote) -> KeyRow:
    """Runs `change` with the next version; the key as it is then. One at a time: the next waits. Raises
    UnknownKey, SQLAlchemyError."""
    with engine.begin() as connection:
        lock_keys(connection)
        changed = change(connection, keys_version(connection) + 1)
        row = _found(connection, key_id)
        if changed:
            note(connection, row)
    return row


def _found(connection: Connection, key_id: str) -> KeyRow:
    row = connection.execute(_QUERY.where(keys.c.id == key_id)).one_or_none()
    if row is None:
        raise UnknownKey(f"there is no key {key_id!r}")
    return _key_row(row)


def _key_row(row: Row[tuple[object, ...]]) -> KeyRow:
    return KeyRow(
        id=row.id,
        organisation=row.organisation,
        team=row.team,
        project=row.project,
        allowed_tiers=tuple(orjson.loads(row.allowed_tiers)),
        allowed_models=tuple(orjson.loads(row.allowed_models)),
        label=row.label,
        created_us=row.created_us,
        revoked_us=row.revoked_us,
        expires_us=row.expires_us,
        rotated_from=row.rotated_from,
        last_used_us=row.last_used_us,
    )


def _stored_key(row: Row[tuple[object, ...]]) -> StoredKey:
    return StoredKey(
        salt=bytes.fromhex(row.salt),
        hash=bytes.fromhex(row.hash),
        caller=Caller(
            key_id=row.id,
            organisation=row.organisation,
            team=row.team,
            project=row.project,
            allowed_tiers=frozenset(map(Tier, orjson.loads(row.allowed_tiers))),
            allowed_models=frozenset(orjson.loads(row.allowed_models)),
        ),
        expires_us=row.expires_us,
    )
