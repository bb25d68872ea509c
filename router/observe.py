"""A finished request -> metrics. Reads the ledger's own records, so that graphs and ledger agree."""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.finding import Finding
from router.domain.opinions import JudgementRecord
from router.domain.records import AttemptRecord, RequestRecord
from router.errors import TiergateError
from router.telemetry import Metrics

_PICO = 1e12
_KNOWN = frozenset({"priced", "estimated", "free"})
_NONE = "none"


class Observer:
    """Counts what happened. Never raises, never waits."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def refused(self, error: TiergateError) -> None:
        """A request that ended before or without an answer."""
        self.metrics.refusals.add((error.code,))

    def finished(self, request: RequestRecord, attempts: Sequence[AttemptRecord]) -> None:
        """A request with its row."""
        metrics = self.metrics
        tier, model, task = request.tier or _NONE, request.model or _NONE, request.task or _NONE
        metrics.requests.add((tier, model, task, request.outcome))
        if request.duration_us is not None:
            metrics.request_duration.observe((tier,), request.duration_us / 1e6)
        if request.gateway_us is not None:
            metrics.overhead.observe((), request.gateway_us / 1e6)
        if request.ttft_us is not None:
            metrics.first_token.observe((tier,), request.ttft_us / 1e6)
        if request.verdict is not None:
            metrics.verdicts.add((task, model, request.verdict))
        for attempt in attempts:
            self._attempt(attempt)

    def spilled(self, endpoint: str, reason: str) -> None:
        """A request that went past an endpoint which would have had it."""
        self.metrics.spillovers.add((endpoint, reason))

    def checked(self, part: Finding) -> None:
        """One verifier on one answer, before the reply or after it."""
        self.metrics.checks.add((part.verifier, str(part.verdict)))
        self.metrics.check_duration.observe((part.verifier,), part.duration_us / 1e6)

    def unchecked(self) -> None:
        """An answer whose late checks were not even started."""
        self.metrics.unchecked.add(())

    def judged(self, judgement: JudgementRecord) -> None:
        """One answer on which a judge gave its opinion."""
        self.metrics.judgements.add((judgement.judge_model, judgement.outcome))

    def unjudged(self, reason: str) -> None:
        """An answer that its rule wanted judged and that was not."""
        self.metrics.unjudged.add((reason,))

    def _attempt(self, attempt: AttemptRecord) -> None:
        metrics, model = self.metrics, attempt.model
        metrics.attempts.add((model, attempt.endpoint, attempt.status))
        if attempt.duration_us is not None:
            metrics.upstream_duration.observe((model, attempt.endpoint), attempt.duration_us / 1e6)
        if attempt.uncached_input:
            metrics.tokens.add((model, "input", "none"), attempt.uncached_input)
        if attempt.cache_read:
            metrics.tokens.add((model, "input", "read"), attempt.cache_read)
        if attempt.cache_write:
            metrics.tokens.add((model, "input", "write"), attempt.cache_write)
        if attempt.output:
            metrics.tokens.add((model, "output", "none"), attempt.output)
        if attempt.cost_state not in _KNOWN:
            metrics.unpriced.add((model, attempt.cost_state))
        elif attempt.cost_pico:
            metrics.cost.add((attempt.tier, model), attempt.cost_pico / _PICO)
