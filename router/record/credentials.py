"""Credentials of the admin API: a person or a program with a role. Stored as keys are, and never in memory.

A token is `tga-<id>-<secret>`, so that one glance and every check tell it from an app's key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hmac import compare_digest

import orjson
from sqlalchemy import Connection, Engine, Row, insert, select, update

from router.domain.roles import Principal, Role
from router.domain.teams import Team
from router.record.admin_tables import admin_credentials
from router.record.keys import SALT_BYTES, TOKEN_LENGTH, new_token, token_hash

_PREFIX = "tga-"
_LENGTH = TOKEN_LENGTH + 1
_USE_STEP_US = 60_000_000
"""A use is written at most once a minute."""


class UnknownCredential(LookupError):
    """No credential has that id."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One as stored, without its salt and hash. `unplaced`: names of teams that it was given before a team
    was named with its organisation; they could be any organisation's, so they stand for no team."""

    id: str
    user_name: str
    display_name: str
    external_id: str | None
    role: Role
    teams: tuple[Team, ...]
    unplaced: tuple[str, ...]
    created_us: int
    expires_us: int | None
    revoked_us: int | None
    last_used_us: int | None

    @property
    def principal(self) -> Principal:
        return Principal(self.user_name, self.role, self.teams)

    def active(self, now_us: int) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_us is None and (self.expires_us is None or now_us < self.expires_us)


Note = Callable[[Connection, Credential], None]
"""Told of a credential, in the transaction that changes it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credential to be made. `teams` are for a team lead, who sees no other."""

    user_name: str
    display_name: str
    role: Role
    teams: Sequence[Team] = ()
    external_id: str | None = None
    expires_us: int | None = None


def create_credential(engine: Engine, wanted: Wanted, now_us: int, note: Note) -> tuple[Credential, str]:
    """The credential and its token, which nobody can ever show again. Raises SQLAlchemyError."""
    secret, token = new_token(_PREFIX)
    teams = [(team.organisation, team.name) for team in sorted(set(wanted.teams))]
    values = {
        **secret,
        "user_name": wanted.user_name,
        "display_name": wanted.display_name or wanted.user_name,
        "external_id": wanted.external_id,
        "role": wanted.role.value,
        "teams": orjson.dumps(teams).decode(),
        "created_us": now_us,
        "expires_us": wanted.expires_us,
    }
    with engine.begin() as connection:
        connection.execute(insert(admin_credentials).values(**values))
        made = _found(connection, secret["id"])
        note(connection, made)
    return made, token


def revoke_credential(engine: Engine, credential_id: str, now_us: int, note: Note) -> Credential:
    """Ends it for good; the first time stays. Raises UnknownCredential, SQLAlchemyError."""
    c = admin_credentials.c
    ended = update(admin_credentials).where(c.id == credential_id, c.revoked_us.is_(None))
    with engine.begin() as connection:
        changed = connection.execute(ended.values(revoked_us=now_us)).rowcount
        found = _found(connection, credential_id)
        if changed:
            note(connection, found)
    return found


def list_credentials(engine: Engine) -> list[Credential]:
    """All, revoked ones included, oldest first."""
    c = admin_credentials.c
    with engine.connect() as connection:
        rows = connection.execute(select(admin_credentials).order_by(c.created_us, c.id))
        return [_credential(row) for row in rows]


def authenticate(engine: Engine, token: str, now_us: int) -> Credential | None:
    """Who holds `token`; None for malformed, unknown, wrong, expired and revoked alike, of which unknown ones
    cost the same hash and comparison. Raises SQLAlchemyError."""
    if len(token) != _LENGTH or not token.isascii() or not token.startswith(_PREFIX):
        return None
    c = admin_credentials.c
    with engine.connect() as connection:
        row = connection.execute(select(admin_credentials).where(c.id == token[4:16])).one_or_none()
    salt, right = os.urandom(SALT_BYTES), os.urandom(32)
    if row is not None:
        salt, right = bytes.fromhex(row.salt), bytes.fromhex(row.hash)
    if not compare_digest(token_hash(token, salt), right) or row is None:
        return None
    found = _credential(row)
    if not found.active(now_us):
        return None
    _used(engine, found, now_us)
    return found


def _used(engine: Engine, found: Credential, now_us: int) -> None:
    if found.last_used_us is not None and now_us - found.last_used_us < _USE_STEP_US:
        return
    statement = update(admin_credentials).where(admin_credentials.c.id == found.id)
    with engine.begin() as connection:
        connection.execute(statement.values(last_used_us=now_us))


def _found(connection: Connection, credential_id: str) -> Credential:
    query = select(admin_credentials).where(admin_credentials.c.id == credential_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownCredential(f"there is no credential {credential_id!r}")
    return _credential(row)


def _credential(row: Row[tuple[object, ...]]) -> Credential:
    names = Credential.__dataclass_fields__
    values = {name: getattr(row, name) for name in names if name not in ("role", "teams", "unplaced")}
    stored = orjson.loads(row.teams)
    return Credential(
        **values,
        role=Role(row.role),
        teams=tuple(Team(*one) for one in stored if isinstance(one, list)),
        unplaced=tuple(one for one in stored if isinstance(one, str)),
    )
