"""The tables of the books: sums over the ledger's rows that can be made anew from them at any time.

Charges are what attempts cost, one row per metered quantity and price; outcomes are what requests came to.
Both by the hour and the day, UTC, in which the *request* started, so that a request and all its attempts are
in one period. Money is pico-USD; None is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from router.record.metadata import metadata

HOUR_US = 3_600_000_000
ROW_ID = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up an INTEGER only."""

rollup_marks = Table(
    "rollup_marks",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("hour_us", BigInteger, nullable=False),
    Index(None, "hour_us"),
)
"""An hour whose rows changed, written in the transaction that changed them; gone once it is rolled up. Rows
are only added, never updated: a mark that a roll does not see yet is there for the next one."""

late_arrivals = Table(
    "late_arrivals",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("hour_us", BigInteger, nullable=False),
    Column("arrived_us", BigInteger, nullable=False),
    Index(None, "hour_us"),
)
"""Requests that reached the database more than two hours after the hour they belong to, or in
another month."""

rollup_days = Table(
    "rollup_days",
    metadata,
    Column("day", Text, primary_key=True),
    Column("rolled_us", BigInteger, nullable=False),
)
"""When the sums of a day were last made."""


def charge_columns() -> Iterator[Column[object]]:
    """See `router/books/rollups/facts.py` for what they mean."""
    for name in ("organisation", "team", "project"):
        yield Column(name, Text, nullable=False)
    yield Column("workload", Text)
    for name in ("tags", "tier", "model", "endpoint"):
        yield Column(name, Text, nullable=False)
    yield Column("simulated", Boolean, nullable=False)
    yield Column("kind", Text, nullable=False)
    yield Column("served", Boolean, nullable=False)
    yield Column("cost_state", Text, nullable=False)
    yield Column("service_tier", Text)
    yield Column("price_id", Text)
    yield Column("meter", Text, nullable=False)
    yield Column("price", BigInteger)
    yield Column("list_price", BigInteger)
    yield Column("quantity", BigInteger, nullable=False)
    yield Column("cost_pico", BigInteger)
    yield Column("list_pico", BigInteger)


def outcome_columns() -> Iterator[Column[object]]:
    """See `router/books/rollups/facts.py` for what they mean."""
    for name in ("organisation", "team", "project"):
        yield Column(name, Text, nullable=False)
    yield Column("workload", Text)
    yield Column("tags", Text, nullable=False)
    for name in ("task", "tier", "model", "endpoint"):
        yield Column(name, Text)
    yield Column("simulated", Boolean, nullable=False)
    yield Column("outcome", Text, nullable=False)
    yield Column("verdict", Text)
    yield Column("cost_state", Text, nullable=False)
    yield Column("baseline_model", Text)
    yield Column("holdout", Boolean)
    for name in OUTCOME_MEASURES:
        yield Column(name, BigInteger, nullable=False, server_default="0")


OUTCOME_MEASURES = (
    "requests",
    "attempts",
    "cost_pico",
    "compared",
    "compared_cost_pico",
    "baseline_pico",
    "input_tokens",
    "output_tokens",
    "timed",
    "duration_us",
    "reported",
    "reported_good",
    "reported_cost_pico",
    "judged",
    "judged_good",
    "judged_cost_pico",
    "cost_squares",
    "baseline_output",
    "baseline_output_pico",
    "answers_pico",
    "retries_pico",
    "escalations_pico",
    "unanswered_pico",
    "judges_pico",
)
FIRST_OUTCOME_MEASURES = OUTCOME_MEASURES[:12]
"""Those that closings of the first form froze, and all that their digests are over."""

charges_hour = Table(
    "charges_hour",
    metadata,
    Column("hour_us", BigInteger, nullable=False),
    *charge_columns(),
    Index(None, "hour_us"),
)
charges_day = Table(
    "charges_day",
    metadata,
    Column("day", Text, nullable=False),
    *charge_columns(),
    Index(None, "day", "team"),
)
outcomes_hour = Table(
    "outcomes_hour",
    metadata,
    Column("hour_us", BigInteger, nullable=False),
    *outcome_columns(),
    Index(None, "hour_us"),
)
outcomes_day = Table(
    "outcomes_day",
    metadata,
    Column("day", Text, nullable=False),
    *outcome_columns(),
    Index(None, "day", "team"),
)


def length_columns() -> Iterator[Column[object]]:
    """See `router/books/rollups/facts.py` for what they mean."""
    yield Column("model", Text, nullable=False)
    yield Column("endpoint", Text, nullable=False)
    yield Column("task", Text)
    for name in LENGTH_MEASURES:
        yield Column(name, BigInteger, nullable=False)


LENGTH_MEASURES = ("answers", "output", "output_squares", "attempts", "input_tokens", "output_tokens")

lengths_hour = Table(
    "lengths_hour",
    metadata,
    Column("hour_us", BigInteger, nullable=False),
    *length_columns(),
    Index(None, "hour_us"),
)
lengths_day = Table(
    "lengths_day", metadata, Column("day", Text, nullable=False), *length_columns(), Index(None, "day")
)

periods = Table(
    "periods",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("period", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("closed_us", BigInteger, nullable=False),
    Column("closed_by", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("previous_digest", Text),
    Column("checks", Text, nullable=False),
    Column("reopened_us", BigInteger),
    Column("reopened_by", Text),
    Column("reopened_because", Text),
    Column("form", Integer, nullable=False, server_default="1"),
    Column("lengths", Text),
    Index(None, "period", "version", unique=True),
)
"""Every closing of a month (`2026-11`); in force while `reopened_us` is None. A month without one is open.
`digest` is over all that the closing froze and `previous_digest`; `checks` is JSON text of what was found.
`form` says what was frozen (`router/books/periods/digest.py`); `lengths` is JSON text: how long the month's
answers were, which its savings are estimated with."""


def _frozen(name: str, columns: Iterator[Column[object]]) -> Table:
    return Table(
        name,
        metadata,
        Column("closing_id", ROW_ID, ForeignKey(periods.c.id), nullable=False),
        Column("day", Text, nullable=False),
        *columns,
        Index(None, "closing_id"),
        Index(None, "day"),
    )


period_charges = _frozen("period_charges", charge_columns())
period_outcomes = _frozen("period_outcomes", outcome_columns())
"""What a closing froze, by the day of usage: days of the month itself, and days of months closed before it,
whose late rows and corrections it took over. Written once."""

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("period", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("file_digest", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("ledger_pico", BigInteger, nullable=False),
    Column("invoice_pico", BigInteger, nullable=False),
    Column("causes", Text, nullable=False),
    Column("variances", Text, nullable=False),
)
"""Invoices held against the ledger; the latest of an issuer and month counts. The last two are JSON text."""
