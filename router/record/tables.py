"""The ledger's schema. Column names are the field names of `domain/records.py`; a test holds them equal.

Money is pico-USD and time Unix microseconds, both 64-bit integers. Rows of requests, attempts and
verdicts are written once and never changed. Every index costs each request: there is one only where a query
needs it. Feedback is no part of a request's row and may reach the database before it, from another gateway.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_request_id", Text),
    Column("started_us", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("workload", Text),
    Column("tags", Text, nullable=False),
    Column("requested_model", Text, nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("task", Text),
    Column("difficulty", Float),
    Column("confidence", Float),
    Column("language", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("rule", Text),
    Column("policy_digest", Text, nullable=False),
    Column("price_book", Text, nullable=False),
    Column("tier", Text),
    Column("model", Text),
    Column("endpoint", Text),
    Column("simulated", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("verdict", Text),
    Column("http_status", Integer, nullable=False),
    Column("error_code", Text),
    Column("attempts", Integer, nullable=False),
    Column("uncached_input", BigInteger),
    Column("cache_read", BigInteger),
    Column("cache_write", BigInteger),
    Column("output", BigInteger),
    Column("reasoning", BigInteger),
    Column("usage_estimated", Boolean, nullable=False),
    Column("cost_pico", BigInteger),
    Column("cost_state", Text, nullable=False),
    Column("baseline_model", Text),
    Column("baseline_pico", BigInteger),
    Column("duration_us", BigInteger),
    Column("gateway_us", BigInteger),
    Column("upstream_us", BigInteger),
    Column("ttft_us", BigInteger),
    Column("trace", Text, nullable=False),
    Column("prompt", Text),
    Index(None, "started_us"),
    Index(None, "day", "team"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("started_us", BigInteger, nullable=False),
    Column("tier", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("http_status", Integer),
    Column("error", Text),
    Column("finish_reason", Text),
    Column("verdict", Text),
    Column("uncached_input", BigInteger),
    Column("cache_read", BigInteger),
    Column("cache_write", BigInteger),
    Column("output", BigInteger),
    Column("reasoning", BigInteger),
    Column("usage_estimated", Boolean, nullable=False),
    Column("cost_pico", BigInteger),
    Column("cost_state", Text, nullable=False),
    Column("price_id", Text),
    Column("input_price", BigInteger),
    Column("cache_read_price", BigInteger),
    Column("cache_write_price", BigInteger),
    Column("output_price", BigInteger),
    Column("duration_us", BigInteger),
    Column("ttft_us", BigInteger),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("verifier", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("decided_us", BigInteger, nullable=False),
)
"""Of attempt `n`, whether the check ran before the reply or after it."""

feedback = Table(
    "feedback",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("score", Float),
    Column("thumb", Text),
    Column("label", Text),
    Column("correction", Text),
    Column("comment", Text),
    Column("edit_distance", Float),
    Column("idempotency_key", Text),
    Column("content", Text, nullable=False),
    Index(None, "request_id"),
)
"""Every version of every report; see FeedbackRecord."""

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("allowed_tiers", Text, nullable=False),
    Column("allowed_models", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger),
    Column("version", BigInteger, nullable=False, unique=True),
)
"""`allowed_*` are JSON arrays, empty for all. `version` grows with every change of any key (see keys.py)."""
