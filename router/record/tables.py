"""The ledger's schema. Column names are the field names of `domain/records.py`; a test holds them equal.

Money is pico-USD and time Unix microseconds, both 64-bit integers. Rows of requests, attempts and
verdicts are written once and never changed. Every index costs each request: there is one only where a query
needs it. Feedback is no part of a request's row and may reach the database before it, from another gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from router.record.metadata import metadata


def _billed() -> Iterator[Column[Any]]:
    """What every call of an upstream counts and costs; whoever made it; prices are those applied."""
    yield Column("uncached_input", BigInteger)
    yield Column("cache_read", BigInteger)
    yield Column("cache_write", BigInteger)
    yield Column("output", BigInteger)
    yield Column("reasoning", BigInteger)
    yield Column("usage_estimated", Boolean, nullable=False)
    yield Column("units", Text)
    yield Column("service_tier", Text)
    yield Column("cost_pico", BigInteger)
    yield Column("list_pico", BigInteger)
    yield Column("cost_state", Text, nullable=False)
    yield Column("price_id", Text)
    yield Column("input_price", BigInteger)
    yield Column("cache_read_price", BigInteger)
    yield Column("cache_write_price", BigInteger)
    yield Column("output_price", BigInteger)
    yield Column("input_list_price", BigInteger)
    yield Column("cache_read_list_price", BigInteger)
    yield Column("cache_write_list_price", BigInteger)
    yield Column("output_list_price", BigInteger)


def _held() -> Iterator[Column[Any]]:
    """What was set aside for it from budgets, and by which gateway: see `budget_tables.py`."""
    yield Column("reserved_pico", BigInteger)
    yield Column("held_by", Text)


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
    Column("list_pico", BigInteger),
    Column("cost_state", Text, nullable=False),
    Column("baseline_model", Text),
    Column("baseline_pico", BigInteger),
    Column("baseline_output", BigInteger),
    Column("baseline_input_price", BigInteger),
    Column("baseline_output_price", BigInteger),
    Column("holdout", Boolean),
    Column("answered_n", Integer),
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
    *_billed(),
    Column("duration_us", BigInteger),
    Column("ttft_us", BigInteger),
    *_held(),
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

prompts = Table(
    "prompts",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("stored_us", BigInteger, nullable=False),
    Column("subject", Text),
    Column("sealed", Text),
    Index(None, "stored_us"),
    Index(None, "subject"),
)
"""See PromptRecord. Gone after the days of TIERGATE_PROMPT_DAYS, or when the subject is erased."""

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

judgements = Table(
    "judgements",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("judge_model", Text, primary_key=True),
    Column("simulated", Boolean, nullable=False),
    Column("rule", Text, nullable=False),
    Column("judged_model", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("other", Text),
    Column("other_model", Text),
    Column("outcome", Text, nullable=False),
    Column("first", Text),
    Column("second", Text),
    Column("score", Float),
    Column("answer_chars", Integer, nullable=False),
    Column("other_chars", Integer),
    Column("reason", Text),
    Column("decided_us", BigInteger, nullable=False),
)

judge_calls = Table(
    "judge_calls",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("call", Integer, primary_key=True, autoincrement=False),
    Column("purpose", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("http_status", Integer),
    Column("error", Text),
    *_billed(),
    Column("duration_us", BigInteger),
    *_held(),
)
"""Overhead, in no request's cost. The one kind of row that changes, once: interrupted until its call ends."""

judge_budgets = Table(
    "judge_budgets",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("spent_pico", BigInteger, nullable=False),
)
"""What a rule's judge has spent, or may be spending, in a UTC day (YYYY-MM-DD) or month (YYYY-MM)."""

corrections = Table(
    "corrections",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("batch_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("delta_pico", BigInteger, nullable=False),
    Column("delta_list_pico", BigInteger, nullable=False),
    Column("resolves", Boolean, nullable=False),
    Column("request_delta_pico", BigInteger, nullable=False),
    Column("request_delta_list_pico", BigInteger, nullable=False),
    Column("request_resolves", Boolean, nullable=False),
    Column("delta_uncached_input", BigInteger, nullable=False),
    Column("delta_cache_read", BigInteger, nullable=False),
    Column("delta_cache_write", BigInteger, nullable=False),
    Column("delta_output", BigInteger, nullable=False),
    Column("old_price_id", Text),
    Column("new_price_id", Text),
    Column("state", Text, nullable=False),
    Index(None, "created_us"),
)
"""Append only; see CorrectionRecord. Two writers at once meet in the primary key; one of them looks again."""


def _stamped() -> Iterator[Column[Any]]:
    """Which run made a correction, why, when and by whom."""
    yield Column("batch_id", Text, nullable=False)
    yield Column("kind", Text, nullable=False)
    yield Column("created_us", BigInteger, nullable=False)
    yield Column("actor", Text, nullable=False)
    yield Column("reason", Text, nullable=False)


judge_corrections = Table(
    "judge_corrections",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("call", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    *_stamped(),
    Column("delta_pico", BigInteger, nullable=False),
    Column("delta_list_pico", BigInteger, nullable=False),
    Column("resolves", Boolean, nullable=False),
    Column("old_price_id", Text),
    Column("new_price_id", Text),
    Column("state", Text, nullable=False),
)
baseline_corrections = Table(
    "baseline_corrections",
    metadata,
    Column("request_id", Text, ForeignKey(requests.c.id), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    *_stamped(),
    Column("delta_pico", BigInteger, nullable=False),
    Column("delta_output_pico", BigInteger, nullable=False),
    Column("input_price", BigInteger, nullable=False),
    Column("output_price", BigInteger, nullable=False),
)
"""Append only, as corrections are; see JudgeCorrectionRecord and BaselineCorrectionRecord."""

gpu_samples = Table(
    "gpu_samples",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("taken_us", BigInteger, primary_key=True, autoincrement=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("generation_tokens", BigInteger, nullable=False),
)
"""vLLM's counters as read at a moment: they grow until the server restarts, and then begin at 0."""

gpu_hours = Table(
    "gpu_hours",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("hour_us", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("bill_pico", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("rate_id", Text, nullable=False),
    Column("work", BigInteger, nullable=False),
    Column("capacity", BigInteger, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("tier", Text),
    Column("model", Text),
    Column("endpoints", Text),
    Index(None, "hour_us"),
)
"""The bill of one hour of an endpoint; the highest version counts. `tier` and `model` are what the endpoint
served by the catalog when it was billed, `endpoints` a JSON array of all that its server serves. See
`gpu/bill.py`."""

gpu_allocations = Table(
    "gpu_allocations",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("hour_us", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("line", Text, primary_key=True),
    Column("request_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("work", BigInteger, nullable=False),
    Column("share_pico", BigInteger, nullable=False),
    Index(None, "request_id"),
)
"""Who an hour's bill is for: `line` is request, judge, outside or idle; the shares add up to the bill."""

drains = Table(
    "drains",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("drained", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Every word of an operator on an endpoint; the last one counts."""

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
    Column("expires_us", BigInteger),
    Column("rotated_from", Text),
)
"""`allowed_*` are JSON arrays, empty for all. `version` grows with every change of any key (see keys.py).
`rotated_from` is the key that this one takes the place of."""

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("previous", Text),
    Column("files", Text, nullable=False),
    Column("applied_us", BigInteger, nullable=False),
    Column("applied_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Every policy that was ever put in force from the database, written once; the highest `version` is the one
in force. `files` is JSON text, name to content; `digest` is that of the bundle where it was applied."""
