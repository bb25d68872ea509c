"""The state of one request on its way through the pipeline, and the rows it ends in.

Filled in by `pipeline.py` stage by stage; whatever is still None when the request ends is unknown.
Must not do anything: no network, no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from router.budgets.purse import RequestPurse
from router.dispatch.job import Answer
from router.domain.caller import Caller
from router.domain.decision import Candidate, Decision
from router.domain.detection import Detected
from router.domain.facts import Facts, Signals
from router.domain.kinds import CostState, Outcome, Verdict, VerifierName
from router.domain.load import Load
from router.domain.money import PicoUSD
from router.domain.records import RequestRecord
from router.errors import TiergateError
from router.ingress.openai import ChatRequest
from router.memory import Names
from router.meter.bill import Bill, RunningAttempt
from router.meter.cost import Baseline, baseline_cost, total_charge
from router.policy.documents import Bundle
from router.ratelimit.passage import Passage
from router.record.opened import OpenRecord
from router.tracing import Decided, TracedRequest
from router.verify.inspection import Inspection
from router.verify.subject import Subject


@dataclass(slots=True)
class Ticket:
    """One request from its first byte on. `caller` and `request` are set by the first stages; without both
    there is no row. `ledger_place`: where the ledger is, None: nobody says. `held`: a stream of which nothing
    goes out before all of it is checked. `judged`: a model is to judge the answer when it has gone out.
    `purse`: None where no budget counts it."""

    id: str
    started_us: int
    started_ns: int
    now: datetime
    client_request_id: str | None
    bundle: Bundle
    bill: Bill
    store_prompt: bool
    ledger_place: str | None
    caller: Caller | None = None
    request: ChatRequest | None = None
    detected: Detected | None = None
    passage: Passage | None = None
    signals: Signals | None = None
    names: Names | None = None
    facts: Facts | None = None
    unhealthy: frozenset[str] = frozenset()
    loads: Mapping[str, Load] = field(default_factory=dict)
    checks: frozenset[VerifierName] | None = None
    decision: Decision | None = None
    holdout: bool | None = None
    shadows: tuple[Decision, ...] = ()
    subject: Subject | None = None
    inspection: Inspection | None = None
    answer: Answer | None = None
    error: TiergateError | None = None
    cancelled: bool = False
    stopped: bool = False
    purse: RequestPurse | None = None
    held: bool = False
    judged: bool = False
    ttft_us: int | None = None
    trace: str = "{}"
    cost: PicoUSD | None = None
    cost_state: CostState = CostState.FREE
    tags: str = "{}"
    span: TracedRequest | None = None
    decided: Decided | None = None

    def opening(self, attempt: RunningAttempt) -> OpenRecord:
        """What the journal keeps before `attempt` is sent."""
        facts, candidate, caller, request = self.facts, attempt.candidate, self.caller, self.request
        assert facts is not None and self.decision is not None
        assert caller is not None and request is not None
        return OpenRecord(
            id=self.id,
            client_request_id=self.client_request_id,
            started_us=self.started_us,
            day=self.now.date().isoformat(),
            organisation=caller.organisation,
            team=caller.team,
            project=caller.project,
            key_id=caller.key_id,
            workload=facts.workload,
            tags=self.tags,
            requested_model=request.payload["model"],
            stream=request.stream,
            task=facts.task,
            difficulty=facts.difficulty,
            confidence=facts.confidence,
            language=facts.language,
            data_class=str(facts.data_class),
            rule=self.decision.rule.name,
            policy_digest=self.bundle.digest,
            price_book=self.bundle.prices.version,
            trace=self.trace,
            n=attempt.n,
            tier=str(candidate.model.tier),
            model=candidate.model.name,
            endpoint=candidate.endpoint.id,
            simulated=candidate.endpoint.simulated,
            attempt_started_us=attempt.started_us,
            reserved_pico=attempt.hold.amount if attempt.hold else None,
            held_by=attempt.hold.holder if attempt.hold else None,
            ended=tuple(self.bill.attempts),
        )

    def outcome(self) -> Outcome:
        """How the request ended, in the ledger's words."""
        if self.cancelled:
            return Outcome.CANCELLED
        if self.answer is None or self.answer.status != 200:
            return Outcome.EXHAUSTED if self.bill.attempts and self.answer is None else Outcome.REFUSED
        if self.answer.broken is not None:
            return Outcome.EXHAUSTED
        finding = self.answer.finding
        if finding is None or finding.verdict is Verdict.UNVERIFIED:
            return Outcome.ESCALATED if self.answer.rejected else Outcome.UNVERIFIED
        if finding.verdict is Verdict.FAILED:
            return Outcome.EXHAUSTED
        return Outcome.ESCALATED if self.answer.rejected else Outcome.ACCEPTED

    def record(self, duration_us: int) -> RequestRecord:
        """The ledger row. Fixes `cost` and `cost_state`."""
        charged = total_charge(self.bill.charges)
        self.cost, self.cost_state = charged.cost, charged.state
        usage = self.bill.total_usage() if self.bill.attempts else None
        served = self.served_by()
        facts, caller, request = self.facts, self.caller, self.request
        assert caller is not None and request is not None
        upstream_us = self.bill.upstream_ns // 1000
        baseline_model, baseline = self._baseline(served)
        finding = self.answer.finding if self.answer is not None else None
        return RequestRecord(
            id=self.id,
            client_request_id=self.client_request_id,
            started_us=self.started_us,
            day=self.now.date().isoformat(),
            organisation=caller.organisation,
            team=caller.team,
            project=caller.project,
            key_id=caller.key_id,
            workload=facts.workload if facts else request.hints.workload,
            tags=self.tags,
            requested_model=request.payload["model"],
            stream=request.stream,
            task=facts.task if facts else None,
            difficulty=facts.difficulty if facts else None,
            confidence=facts.confidence if facts else None,
            language=facts.language if facts else "und",
            data_class=(facts.data_class if facts else self.bundle.policy.default_data_class).value,
            rule=self.decision.rule.name if self.decision else None,
            policy_digest=self.bundle.digest,
            price_book=self.bundle.prices.version,
            tier=str(served.model.tier) if served else None,
            model=served.model.name if served else None,
            endpoint=served.endpoint.id if served else None,
            simulated=True in [attempt.simulated for attempt in self.bill.attempts],
            outcome=str(self.outcome()),
            verdict=str(finding.verdict) if finding else None,
            http_status=self.http_status(),
            error_code=self._error_code(),
            attempts=len(self.bill.attempts),
            uncached_input=usage.uncached_input if usage else None,
            cache_read=usage.cache_read if usage else None,
            cache_write=usage.cache_write if usage else None,
            output=usage.output if usage else None,
            reasoning=usage.reasoning if usage else None,
            usage_estimated=usage.estimated if usage else False,
            cost_pico=self.cost,
            list_pico=charged.listed,
            cost_state=str(self.cost_state),
            baseline_model=baseline_model,
            baseline_pico=baseline.cost if baseline else None,
            baseline_output=baseline.output if baseline else None,
            baseline_input_price=baseline.input_price if baseline else None,
            baseline_output_price=baseline.output_price if baseline else None,
            holdout=self.holdout,
            answered_n=self.answer.n if served and self.answer else None,
            duration_us=duration_us,
            gateway_us=duration_us - upstream_us,
            upstream_us=upstream_us,
            ttft_us=self.ttft_us,
            trace=self.trace,
            prompt=None,
        )

    @property
    def keeps_texts(self) -> bool:
        """Whether the ledger may keep texts that quote the request or its answers; known once `facts` are."""
        if self.facts is None:
            return False
        return self.bundle.policy.clearances[self.facts.data_class].admits(self.ledger_place)

    def served_by(self) -> Candidate | None:
        """The candidate whose answer the caller got."""
        if self.answer is None or self.answer.status != 200:
            return None
        return self.answer.candidate

    def http_status(self) -> int:
        """The status the caller saw; 499, as nginx writes it, when it went away before one."""
        if self.error is not None:
            return self.error.status
        if self.answer is not None:
            return self.answer.status
        return 499 if self.cancelled else 500

    def _error_code(self) -> str | None:
        if self.error is not None:
            return self.error.code
        if self.cancelled:
            return "gateway_stopped" if self.stopped else "client_disconnected"
        if self.answer is None:
            return "internal_error"
        if self.answer.broken is not None:
            return "upstream_broke_off"
        return "upstream_refused" if self.answer.status != 200 else None

    def _baseline(self, served: Candidate | None) -> tuple[str | None, Baseline | None]:
        """Declared for answered requests only: a failure would not have cost the baseline either."""
        if served is None or self.facts is None or self.request is None or not self.bill.usages:
            return None, None
        declared = self.bundle.policy.baseline_for(self.facts.workload)
        assert self.answer is not None  # it was served
        usage = self.bill.usage_of(self.answer.n)
        if usage is None:
            return declared.model, None
        found = baseline_cost(
            declared.model,
            self.bundle.catalog,
            self.bundle.prices,
            self.facts.now,
            self.facts.task,
            usage,
            served.model.name,
            self.request.max_output_tokens,
        )
        return declared.model, found
