"""Every name of a metric, header or span. Nobody else may spell one. Labels are bounded: never key, user or
id; a span may carry the request's id, and never what was said."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from router.instruments import Durations, Tally

# Headers an app may send.
IN_REQUEST_ID = "x-request-id"
IN_TASK = "x-tiergate-task"
IN_WORKLOAD = "x-tiergate-workload"
IN_DATA_CLASS = "x-tiergate-data-class"
IN_MIN_TIER = "x-tiergate-min-tier"
IN_QUALITY = "x-tiergate-quality"
IN_TAGS = "x-tiergate-tags"
IN_IDEMPOTENCY_KEY = "idempotency-key"
IN_DECLARED = {
    "reference": "x-tiergate-reference",
    "reference_kind": "x-tiergate-reference-kind",
    "fixture": "x-tiergate-fixture",
    "constraints": "x-tiergate-constraints",
    "tests": "x-tiergate-tests",
    "language": "x-tiergate-language",
}
"""What `metadata.tiergate_reference` and so on say too: what a right answer is."""
IN_PREFIX = "x-tiergate-"
METADATA_PREFIX = "tiergate_"
"""`metadata.tiergate_task` and so on say the same as the headers; they are not sent upstream."""
DECLARED_FIELD = "tiergate"
"""The field of a request that declares what a right answer is; it is not sent upstream."""

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
OUT_RATE_LIMIT = {"requests": "x-ratelimit-limit-requests", "tokens": "x-ratelimit-limit-tokens"}
OUT_RATE_REMAINING = {
    "requests": "x-ratelimit-remaining-requests",
    "tokens": "x-ratelimit-remaining-tokens",
}
OUT_RATE_RESET = {"requests": "x-ratelimit-reset-requests", "tokens": "x-ratelimit-reset-tokens"}

# Headers that carry the trace, W3C Trace Context.
TRACE_HEADERS = ("traceparent", "tracestate")

# Spans and their attributes: OpenTelemetry's GenAI semantic conventions, and our own below `tiergate.`.
SERVICE = "tiergate"
SPAN_REQUEST = "chat"
"""The conventions' operation; a span is called by it and the model."""
SPAN_DECIDE = "decide"
SPAN_VERIFY = "verify"
SPAN_OPERATION = "gen_ai.operation.name"
SPAN_PROVIDER = "gen_ai.provider.name"
SPAN_REQUEST_MODEL = "gen_ai.request.model"
SPAN_RESPONSE_MODEL = "gen_ai.response.model"
SPAN_FINISH = "gen_ai.response.finish_reasons"
SPAN_INPUT = "gen_ai.usage.input_tokens"
SPAN_CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
SPAN_CACHE_WRITE = "gen_ai.usage.cache_creation.input_tokens"
SPAN_OUTPUT = "gen_ai.usage.output_tokens"
SPAN_ERROR = "error.type"
SPAN_STATUS = "http.response.status_code"
SPAN_REQUEST_ID = "tiergate.request.id"
SPAN_STREAM = "tiergate.request.stream"
SPAN_TASK = "tiergate.task"
SPAN_TIER = "tiergate.tier"
SPAN_RULE = "tiergate.rule"
SPAN_POLICY = "tiergate.policy.digest"
SPAN_OUTCOME = "tiergate.outcome"
SPAN_VERDICT = "tiergate.verdict"
SPAN_COST_STATE = "tiergate.cost.state"
SPAN_SIMULATED = "tiergate.simulated"

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_OVERHEAD_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)


class Metrics:
    """The gateway's instruments in a registry of its own, so that tests run side by side."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()

        def tally(name: str, documentation: str, *labels: str) -> Tally:
            return Tally(f"tiergate_{name}", documentation, labels, registry)

        def durations(name: str, documentation: str, *labels: str) -> Durations:
            bounds = _OVERHEAD_SECONDS if name.startswith("overhead") else _SECONDS
            return Durations(f"tiergate_{name}", documentation, labels, bounds, registry)

        def gauge(name: str, documentation: str, *labels: str) -> Gauge:
            return Gauge(f"tiergate_{name}", documentation, labels, registry=registry)

        self.requests = tally(
            "requests",
            "Requests by what answered them and how they ended.",
            "tier",
            "model",
            "task",
            "outcome",
        )
        self.request_duration = durations(
            "request_duration_seconds", "From the first byte in to the last byte out.", "tier"
        )
        self.overhead = durations(
            "overhead_seconds", "Request duration minus the union of its upstream spans."
        )
        self.attempts = tally(
            "attempts", "Upstream attempts by endpoint and how they ended.", "model", "endpoint", "status"
        )
        self.upstream_duration = durations(
            "upstream_duration_seconds", "Duration of upstream attempts.", "model", "endpoint"
        )
        self.first_token = durations(
            "time_to_first_token_seconds",
            "From the first byte in to the first streamed byte of content out.",
            "tier",
        )
        self.tokens = tally("tokens", "Tokens by direction and cache.", "model", "direction", "cache")
        self.cost = tally(
            "cost_usd",
            "Cost of priced attempts in US dollars (a float for graphs; the ledger is exact).",
            "tier",
            "model",
        )
        self.unpriced = tally("cost_unknown", "Attempts whose cost is not known, by state.", "model", "state")
        self.verdicts = tally("verdicts", "Verdicts of outcome checks.", "task", "model", "verdict")
        self.checks = tally(
            "checks", "Outcome checks of single verifiers that had something to check.", "verifier", "verdict"
        )
        self.check_duration = durations(
            "check_duration_seconds", "Duration of single outcome checks.", "verifier"
        )
        self.unchecked = tally(
            "checks_dropped", "Answers left unchecked after the reply because too many were waiting."
        )
        self.detections = tally(
            "detections",
            "Findings of detectors in requests by type; `failed`: nobody could look in time.",
            "type",
        )
        self.rate_limited = tally(
            "rate_limited",
            "Requests that a rate limit refused, by limit and what it counts.",
            "limit",
            "counts",
        )
        self.feedback = tally("feedback", "Reports taken, and those that were there already.", "status")
        self.judgements = tally("judgements", "Opinions of judging models on answers.", "judge", "outcome")
        self.unjudged = tally(
            "judgements_skipped", "Answers that were to be judged and were not, by why not.", "reason"
        )
        self.refusals = tally(
            "refusals", "Requests that ended in an error of the gateway, by its code.", "reason"
        )
        self.budget_limit = gauge("budget_limit_usd", "Limits of the budgets in force.", "budget")
        self.budget_spent = gauge(
            "budget_spent_usd", "Spend of budgets in the current period, by all gateways.", "budget"
        )
        self.budget_reserved = gauge(
            "budget_reserved_usd", "What is set aside for calls under way, by all gateways.", "budget"
        )
        self.budget_unknown = gauge(
            "budget_unknown",
            "1 while it is not known how much a hard budget has left beyond what this gateway was lent.",
            "budget",
        )
        self.budget_refusals = tally(
            "budget_refusals", "Requests for which a budget had no room, or nobody knew.", "budget"
        )
        self.circuit_open = gauge("circuit_open", "1 while an endpoint's circuit is open.", "endpoint")
        self.endpoint_places = gauge(
            "endpoint_places",
            "Calls an endpoint may have at once now; fewer while it starts slowly.",
            "endpoint",
        )
        self.endpoint_running = gauge("endpoint_running", "Calls of this gateway at an endpoint.", "endpoint")
        self.endpoint_waiting = gauge(
            "endpoint_waiting", "Requests waiting in this gateway for a place at an endpoint.", "endpoint"
        )
        self.endpoint_drained = gauge(
            "endpoint_drained", "1 while an operator has taken an endpoint out of service.", "endpoint"
        )
        self.spillovers = tally(
            "spillovers",
            "Requests that went past an endpoint: late (its wait broke the latency target), busy (no place), "
            "held (not well).",
            "endpoint",
            "reason",
        )
        self.server_running = gauge(
            "server_running", "Requests a model server says it is running, whoever sent them.", "endpoint"
        )
        self.server_waiting = gauge(
            "server_waiting", "Requests a model server says are waiting in its own queue.", "endpoint"
        )
        self.server_cache_usage = gauge(
            "server_kv_cache_usage_ratio", "Share of a model server's KV cache in use, 0 to 1.", "endpoint"
        )
        self.server_cache_hits = gauge(
            "server_prefix_cache_hit_ratio",
            "Share of prompt tokens found in a model server's prefix cache since the page before.",
            "endpoint",
        )
        self.server_tokens = tally(
            "server_tokens",
            "Tokens a model server says it read and wrote, by direction.",
            "endpoint",
            "direction",
        )
        self.scrape_failures = tally(
            "server_scrape_failures", "Metrics pages of model servers that could not be read.", "endpoint"
        )
        self.probes = tally(
            "server_probes",
            "Completions tried to see whether a server works, by outcome.",
            "endpoint",
            "outcome",
        )
        self.in_flight = gauge("requests_in_flight", "Chat completions being served.")
        self.policy_info = gauge("policy_info", "Digest of the policy folder in force.", "digest")
        self.reload_failures = tally(
            "policy_reload_failures", "Changes of the policy folder that were refused."
        )
        self.reload_failed = gauge(
            "policy_reload_failed",
            "1 while the policy folder on disk is not the one in force because it was refused.",
        )
        self.journal_failures = tally("journal_write_failures", "Journal writes that failed.")
        self.ledger_lag = gauge(
            "ledger_lag_seconds", "Age of the oldest settled request that is not in the database yet."
        )
        self.ledger_backlog = gauge("ledger_backlog_bytes", "Journal bytes that are not in the database yet.")
        self.ledger_rows = gauge(
            "ledger_rows_shipped", "Rows the shipper put into the database since it started.", "table"
        )
        self.ledger_quarantined = gauge(
            "ledger_quarantined_lines", "Journal lines set aside because they could not be booked."
        )
        self.shipper_up = gauge("ledger_shipper_up", "1 while the shipper process reports.")
