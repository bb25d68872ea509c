"""Every metric and header name. Nobody else may spell one. Labels are bounded: never key, user or id."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Headers an app may send.
IN_REQUEST_ID = "x-request-id"
IN_TASK = "x-tiergate-task"
IN_WORKLOAD = "x-tiergate-workload"
IN_DATA_CLASS = "x-tiergate-data-class"
IN_MIN_TIER = "x-tiergate-min-tier"
IN_QUALITY = "x-tiergate-quality"
IN_TAGS = "x-tiergate-tags"
IN_PREFIX = "x-tiergate-"
METADATA_PREFIX = "tiergate_"
"""`metadata.tiergate_task` and so on say the same as the headers; they are not sent upstream."""

# Headers of every response.
OUT_CLIENT_REQUEST_ID = "x-request-id"
OUT_REQUEST_ID = "x-tiergate-request-id"
OUT_MODEL = "x-tiergate-model"
OUT_TIER = "x-tiergate-tier"
OUT_RULE = "x-tiergate-rule"
OUT_POLICY = "x-tiergate-policy-digest"
OUT_COST = "x-tiergate-cost-usd"
OUT_COST_STATE = "x-tiergate-cost-state"
OUT_ATTEMPTS = "x-tiergate-attempts"
OUT_OVERHEAD = "x-tiergate-overhead-ms"
OUT_VERDICT = "x-tiergate-verdict"
OUT_SIMULATED = "x-tiergate-simulated"
OUT_ADJUSTED = "x-tiergate-adjusted"
OUT_SHOULD_RETRY = "x-should-retry"

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_OVERHEAD_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)


class Metrics:
    """The gateway's instruments in a registry of its own, so that tests run side by side."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tiergate_requests_total",
            "Requests by what answered them and how they ended.",
            ["tier", "model", "task", "outcome"],
            registry=self.registry,
        )
        self.request_duration = Histogram(
            "tiergate_request_duration_seconds",
            "From the first byte in to the last byte out.",
            ["tier"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.overhead = Histogram(
            "tiergate_overhead_seconds",
            "Request duration minus the union of its upstream spans.",
            registry=self.registry,
            buckets=_OVERHEAD_SECONDS,
        )
        self.attempts = Counter(
            "tiergate_attempts_total",
            "Upstream attempts by endpoint and how they ended.",
            ["model", "endpoint", "status"],
            registry=self.registry,
        )
        self.upstream_duration = Histogram(
            "tiergate_upstream_duration_seconds",
            "Duration of upstream attempts.",
            ["model", "endpoint"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.first_token = Histogram(
            "tiergate_time_to_first_token_seconds",
            "From the first byte in to the first streamed byte of content out.",
            ["tier"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.tokens = Counter(
            "tiergate_tokens_total",
            "Tokens by direction and cache.",
            ["model", "direction", "cache"],
            registry=self.registry,
        )
        self.cost = Counter(
            "tiergate_cost_usd_total",
            "Cost of priced attempts in US dollars (a float for graphs; the ledger is exact).",
            ["tier", "model"],
            registry=self.registry,
        )
        self.unpriced = Counter(
            "tiergate_cost_unknown_total",
            "Attempts whose cost is not known, by state.",
            ["model", "state"],
            registry=self.registry,
        )
        self.verdicts = Counter(
            "tiergate_verdicts_total",
            "Verdicts of outcome checks.",
            ["task", "model", "verdict"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "tiergate_refusals_total",
            "Requests refused before dispatch, by error code.",
            ["reason"],
            registry=self.registry,
        )
        self.circuit_open = Gauge(
            "tiergate_circuit_open",
            "1 while an endpoint's circuit is open.",
            ["endpoint"],
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "tiergate_requests_in_flight", "Requests being served.", registry=self.registry
        )
        self.policy_info = Gauge(
            "tiergate_policy_info",
            "Digest of the policy folder in force.",
            ["digest"],
            registry=self.registry,
        )
        self.reload_failures = Counter(
            "tiergate_policy_reload_failures_total",
            "Changes of the policy folder that were refused.",
            registry=self.registry,
        )
        self.reload_failed = Gauge(
            "tiergate_policy_reload_failed",
            "1 while the policy folder on disk is not the one in force because it was refused.",
            registry=self.registry,
        )
        self.journal_failures = Counter(
            "tiergate_journal_write_failures_total",
            "Journal writes that failed.",
            registry=self.registry,
        )
        self.ledger_lag = Gauge(
            "tiergate_ledger_lag_seconds",
            "Age of the oldest journal line that is not in the database yet.",
            registry=self.registry,
        )
        self.ledger_rows = Gauge(
            "tiergate_ledger_rows_shipped",
            "Rows the shipper put into the database since it started.",
            ["table"],
            registry=self.registry,
        )
