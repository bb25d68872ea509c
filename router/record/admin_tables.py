"""The tables of administration: what was done, by whom, and with which rights."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from router.record.metadata import metadata

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
