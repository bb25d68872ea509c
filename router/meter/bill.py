"""What one request spends while it runs: its attempts, each priced when it ends. Pure but for its clock.

Knows nothing of the network or the journal: the pipeline hands finished records to `record`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from router.clock import Clock
from router.domain.budget import Hold
from router.domain.decision import Candidate
from router.domain.finding import Finding
from router.domain.kinds import AttemptStatus, CostState, Verdict
from router.domain.money import PicoUSD
from router.domain.prices import Price
from router.domain.records import AttemptRecord
from router.domain.usage import Usage
from router.domain.value import value
from router.meter.cost import Charge, charge

_ERROR_SHOWN = 300
_NOTICED_NS = 1_000_000
"""Waiting for less than a millisecond is taken to be none."""


@dataclass(slots=True)
class RunningAttempt:
    """An attempt on its way."""

    n: int
    candidate: Candidate
    started_us: int
    started_ns: int
    hold: Hold | None = None
    ttft_us: int | None = None
    ended_ns: int | None = None
    """When the upstream was done; None: it still works, or nobody looked."""


@value
class Ending:
    """How an attempt ended. `billable`: the upstream may charge for it, whatever it answered."""

    status: AttemptStatus
    http_status: int | None = None
    error: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    billable: bool = True


class Bill:
    """The attempts of one request, in the order in which they were started. Several may run at once."""

    def __init__(self, request_id: str, clock: Clock) -> None:
        self.request_id = request_id
        self.attempts: list[AttemptRecord] = []
        self.charges: list[Charge] = []
        self.usages: list[Usage | None] = []
        self.findings: dict[int, Finding] = {}
        """By attempt: what the checks made of its answer."""
        self.quotes = False
        """Whether texts that may quote the request or an answer are kept."""
        self.started = 0
        """Attempts so far, those still on their way included."""
        self._spans: list[tuple[int, int]] = []
        self.ttft_us: int | None = None
        self._clock = clock

    def start(self, candidate: Candidate, hold: Hold | None = None) -> RunningAttempt:
        """An attempt about to be dispatched; `hold` is what budgets have set aside for it, if any counts
        it."""
        clock = self._clock
        self.started += 1
        return RunningAttempt(self.started, candidate, clock.wall_us(), clock.monotonic_ns(), hold)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Time in the queue before an endpoint: it is spent because of the upstream, not by the gateway."""
        began = self._clock.monotonic_ns()
        try:
            yield
        finally:
            ended = self._clock.monotonic_ns()
            if ended - began > _NOTICED_NS:
                self._spans.append((began, ended))

    def done(self, attempt: RunningAttempt) -> None:
        """The upstream's part is over; what follows is the gateway's own time."""
        if attempt.ended_ns is None:
            attempt.ended_ns = self._clock.monotonic_ns()

    def end(self, attempt: RunningAttempt, ending: Ending, finding: Finding | None = None) -> None:
        """Prices the attempt, settles its hold and keeps its record. Why a check failed stands where an error
        would."""
        self.done(attempt)
        assert attempt.ended_ns is not None
        elapsed = attempt.ended_ns - attempt.started_ns
        self._spans.append((attempt.started_ns, attempt.ended_ns))
        if finding is not None:
            self.findings[attempt.n] = finding
        usage = ending.usage
        candidate = attempt.candidate
        if ending.billable:
            charged = charge(usage, candidate.price, attempt.started_us)
        else:
            charged = Charge(_NO_COST, _NO_COST, CostState.FREE, candidate.price)
        hold = attempt.hold
        if hold is not None:
            hold.settle(charged.cost)
        at = self._place(attempt.n)
        self.charges.insert(at, charged)
        self.usages.insert(at, usage if ending.billable else _NOTHING)
        self.attempts.insert(
            at,
            AttemptRecord(
                self.request_id,
                attempt.n,
                attempt.started_us,
                str(candidate.model.tier),
                candidate.model.name,
                candidate.endpoint.id,
                candidate.endpoint.simulated,
                str(ending.status),
                ending.http_status,
                _wrong(ending, finding, quotes=self.quotes),
                ending.finish_reason,
                None if finding is None else str(finding.verdict),
                usage.uncached_input if usage else None,
                usage.cache_read if usage else None,
                usage.cache_write if usage else None,
                usage.output if usage else None,
                usage.reasoning if usage else None,
                usage.estimated if usage else False,
                units_text(usage, charged.price) if usage and usage.units else None,
                usage.service_tier if usage else None,
                charged.cost,
                charged.listed,
                str(charged.state),
                *price_columns(charged.price),
                elapsed // 1000,
                attempt.ttft_us,
                None if hold is None else hold.amount,
                None if hold is None else hold.holder,
            ),
        )

    def _place(self, n: int) -> int:
        """Where attempt `n` belongs: nearly always at the end."""
        at = len(self.attempts)
        while at and self.attempts[at - 1].n > n:
            at -= 1
        return at

    @property
    def upstream_ns(self) -> int:
        """Time during which at least one attempt was on its way, or waited for a place: the union of their
        spans."""
        if len(self._spans) == 1:
            begin, end = self._spans[0]
            return end - begin
        busy, until = 0, 0
        for begin, end in sorted(self._spans):
            busy += max(0, end - max(begin, until))
            until = max(until, end)
        return busy

    def spent(self) -> PicoUSD | None:
        """What the ended attempts cost together; None as soon as one's cost is unknown."""
        known = [charged.cost for charged in self.charges if charged.cost is not None]
        return PicoUSD(sum(known)) if len(known) == len(self.charges) else None

    def usage_of(self, n: int) -> Usage | None:
        """The usage of attempt `n`, which has ended; None: not known."""
        for at, one in enumerate(self.attempts):
            if one.n == n:
                return self.usages[at]
        raise LookupError(f"attempt {n} has not ended")

    def total_usage(self) -> Usage | None:
        """The sum over all attempts; None as soon as one part is unknown."""
        if len(self.usages) == 1:
            return self.usages[0]
        known = [usage for usage in self.usages if usage is not None]
        if len(known) < len(self.usages):
            return None
        reasoning = [usage.reasoning for usage in known if usage.reasoning is not None]
        return Usage(
            sum(usage.uncached_input for usage in known),
            sum(usage.cache_read for usage in known),
            sum(usage.cache_write for usage in known),
            sum(usage.output for usage in known),
            sum(reasoning) if reasoning else None,
            any(usage.estimated for usage in known),
        )


_NO_COST = PicoUSD(0)
_NOTHING = Usage(0, 0, 0, 0)


def _wrong(ending: Ending, finding: Finding | None, *, quotes: bool) -> str | None:
    if ending.error is not None:
        plain = str(ending.status) if ending.http_status is None else f"HTTP {ending.http_status}"
        return ending.error[:_ERROR_SHOWN] if quotes else plain
    if finding is not None and finding.verdict is Verdict.FAILED:
        return f"check: {finding.evidence}"[:_ERROR_SHOWN] if quotes else "check failed"
    return None


def units_text(usage: Usage, price: Price | None) -> str:
    """The quantities with a price of their own, as the ledger keeps them: {unit: [quantity, price, list]}."""
    priced = {
        unit.value: (
            quantity,
            None if price is None else price.rates.of(unit),
            None if price is None else price.listed.of(unit),
        )
        for unit, quantity in usage.units
    }
    return json.dumps(priced, separators=(",", ":"))


_Pico = PicoUSD | None
PriceColumns = tuple[str | None, _Pico, _Pico, _Pico, _Pico, _Pico, _Pico, _Pico, _Pico]


def price_columns(price: Price | None) -> PriceColumns:
    """A price's id, its prices per token and its list prices, in the record's order."""
    if price is None:
        return None, None, None, None, None, None, None, None, None
    return price.id, *price.rates.directions(), *price.listed.directions()
