"""What screens and restarts know of budgets. The gateway writes these off the hot path, about once a second.

The truth about spend is the ledger; these rows say how the gateway counts it while calls are still under way.
Money is pico-USD, time Unix microseconds UTC, None is unknown.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from router.record.metadata import metadata

budgets = Table(
    "budgets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("match", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("limit_pico", BigInteger, nullable=False),
    Column("enforcement", Text, nullable=False),
    Column("when_spent", Text, nullable=False),
    Column("thresholds", Text, nullable=False),
    Column("policy_digest", Text, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)
"""The budgets in force, one row each; a budget that is taken out of the document loses its row.

`position` is its place in the document. `match` is JSON text, `{"team": ["a", "b-*"], ...}` with any of
organisation, team, project, key, workload, model and tier; `{}`: all spend. `period` is day, week or month,
in the IANA zone `time_zone`; `limit_pico` is for one period. `enforcement` is hard or soft, `when_spent` deny
or free_candidates (see policies/README.md). `thresholds` is a JSON array of per cent, ascending.
`policy_digest` is that of the policy in force when the row was written."""

budget_periods = Table(
    "budget_periods",
    metadata,
    Column("budget", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("starts_us", BigInteger, nullable=False),
    Column("ends_us", BigInteger, nullable=False),
    Column("limit_pico", BigInteger, nullable=False),
    Column("spent_pico", BigInteger, nullable=False),
    Column("reserved_pico", BigInteger, nullable=False),
    Column("forecast_pico", BigInteger),
    Column("updated_us", BigInteger, nullable=False),
    Index(None, "ends_us"),
)
"""How each budget stands in a period, and stood at the end of earlier ones; kept after its budget is gone.

`period` is `2026-11-28`, `2026-W48` (ISO week) or `2026-11`, and lasts [`starts_us`, `ends_us`). `limit_pico`
is the limit that held last. `spent_pico` is what ended calls cost, a call of unknown cost at the most it can
have cost until it is corrected; `reserved_pico` is set aside for calls under way, the most they can cost;
both are of all gateways together. A hard budget keeps spent + reserved <= limit. `forecast_pico` is what the
period is expected to come to; None: too early to say, or it is over. `updated_us` is when this was true."""

budget_alerts = Table(
    "budget_alerts",
    metadata,
    Column("budget", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("percent", Integer, primary_key=True, autoincrement=False),
    Column("crossed_us", BigInteger, nullable=False),
    Column("spent_pico", BigInteger, nullable=False),
    Column("limit_pico", BigInteger, nullable=False),
    Column("forecast_pico", BigInteger),
    Column("claimed_us", BigInteger, nullable=False),
    Column("sent_us", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
)
"""Every threshold that was crossed, once per period. The figures are those of the moment it was crossed.

`percent` is the threshold. `claimed_us`: when a gateway last took on telling people; `sent_us`: when all were
told, None: not yet. `tries` counts, `error` is why the last one failed; both None and 0 before the first."""

budget_gateways = Table(
    "budget_gateways",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    Column("closed_by", Text),
)
"""Every gateway that may have reserved from a budget. `id` is the name of its journal's folder; `held_by` of
the calls it made is that and a number that rises when the set of budgets changes. `seen_us`: when it last
said that it runs. `closed_us`: when all of its journal was in the ledger, None: it runs, or its journal has
not been read to the end. `closed_by` is `shipper`, or who gave its journal up for lost."""
