"""The tables of administration: what was done, by whom, and with which rights."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from router.record.metadata import metadata
from router.record.tables import keys

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text),
    Column("source", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("mac", Text, nullable=False),
)
"""Append only: triggers of the database refuse everything else. See `router/audit/entry.py`."""

key_uses = Table(
    "key_uses",
    metadata,
    Column("key_id", Text, ForeignKey(keys.c.id), primary_key=True),
    Column("last_used_us", BigInteger, nullable=False),
)
"""When a key was last let in, as gateways tell it every few seconds."""

admin_credentials = Table(
    "admin_credentials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("external_id", Text),
    Column("role", Text, nullable=False),
    Column("teams", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger),
    Column("revoked_us", BigInteger),
    Column("last_used_us", BigInteger),
)
"""Who may use the admin API. `teams` is a JSON array of pairs, organisation and team; a text in it is
a team of before organisations were named, and stands for none. A person may have several credentials, one for
each program."""

admin_replays = Table(
    "admin_replays",
    metadata,
    Column("credential_id", Text, ForeignKey(admin_credentials.c.id), primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)
"""What an idempotency key was answered with, made in the transaction of its act. `request` is a digest;
`body` holds no token."""

erasures = Table(
    "erasures",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("erased_us", BigInteger, nullable=False),
)
"""Keyed hashes of subjects whose rows up to then are erased also where they reach the database later, from a
journal. Gone themselves after some days."""
