"""A finished request -> metrics. Reads the ledger's own records, so that graphs and ledger agree."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from router.domain.kinds import CostState
from router.domain.records import AttemptRecord, RequestRecord
from router.errors import TiergateError
from router.telemetry import Metrics

_PICO = 1e12
_KNOWN = (CostState.PRICED, CostState.ESTIMATED, CostState.FREE)


class Observer:
    """Counts what happened. Never raises, never waits."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        # Finding a child by its labels takes longer than counting; the sets of labels are bounded.
        self._child = lru_cache(maxsize=4096)(lambda metric, *labels: metric.labels(*labels))

    def refused(self, error: TiergateError) -> None:
        """A request that ended before or without an answer."""
        self._count(self.metrics.refusals, error.code)

    def finished(self, request: RequestRecord, attempts: Sequence[AttemptRecord]) -> None:
        """A request with its row."""
        tier = request.tier or "none"
        m = self.metrics
        self._count(m.requests, tier, request.model or "none", request.task or "none", request.outcome)
        self._child(m.request_duration, tier).observe(request.duration_us / 1e6)
        m.overhead.observe(request.gateway_us / 1e6)
        if request.ttft_us is not None:
            self._child(m.first_token, tier).observe(request.ttft_us / 1e6)
        if request.verdict is not None:
            self._count(m.verdicts, request.task or "none", request.model or "none", request.verdict)
        for attempt in attempts:
            self._attempt(attempt)

    def _attempt(self, attempt: AttemptRecord) -> None:
        m, model = self.metrics, attempt.model
        self._count(m.attempts, model, attempt.endpoint, attempt.status)
        self._child(m.upstream_duration, model, attempt.endpoint).observe(attempt.duration_us / 1e6)
        for amount, direction, cache in (
            (attempt.uncached_input, "input", "none"),
            (attempt.cache_read, "input", "read"),
            (attempt.cache_write, "input", "write"),
            (attempt.output, "output", "none"),
        ):
            if amount:
                self._child(m.tokens, model, direction, cache).inc(amount)
        if attempt.cost_state not in _KNOWN:
            self._count(m.unpriced, model, attempt.cost_state)
        elif attempt.cost_pico:
            self._child(m.cost, attempt.tier, model).inc(attempt.cost_pico / _PICO)

    def _count(self, metric: Any, *labels: str) -> None:
        self._child(metric, *labels).inc()
