"""The decision as plain data: stored with every row, shown by `/v1/route` and on the dashboard."""

from __future__ import annotations

from typing import Any

from router.domain.decision import Candidate
from router.domain.facts import Signals
from router.domain.money import exact_usd
from router.ticket import Ticket

_SIGNALS = ("task", "difficulty", "confidence", "language", "data_class", "input_tokens")
_READ = ("low", "high", "low_usual", "high_usual", "output_factor")


def trace_of(ticket: Ticket) -> dict[str, Any]:
    """Rule, candidates with estimates, removed ones with reasons, signals and hints."""
    assert ticket.request is not None
    trace: dict[str, Any] = {"signals": _signals(ticket.signals), "hints": ticket.request.hints}
    decision = ticket.decision
    if decision is not None:
        trace["rule"] = decision.rule.name
        trace["note"] = decision.note or decision.denied
        if decision.kept is not None:
            trace["kept"] = decision.kept
        if ticket.facts is not None and ticket.facts.previous is not None:
            trace["previous"] = ticket.facts.previous
        trace["quality_target"] = decision.quality_target
        trace["candidates"] = [_candidate(candidate) for candidate in decision.candidates]
        trace["removed"] = decision.removed
    return trace


def _signals(signals: Signals | None) -> dict[str, Any] | None:
    """As they are; of the reading, what decides, rounded. Its keys become plain texts, as JSON wants them."""
    if signals is None:
        return None
    shown: dict[str, Any] = {name: getattr(signals, name) for name in _SIGNALS}
    if (reading := signals.reading) is not None:
        shown["reading"] = {
            "shares": {str(task): round(share, 3) for task, share in reading.shares.items()},
            **{name: round(getattr(reading, name), 4) for name in _READ},
            "heads": {model: round(p, 4) for model, p in reading.heads.items()},
        }
    return shown


def _candidate(candidate: Candidate) -> dict[str, Any]:
    """What does not apply is left out; `p_success` is null when it is not known."""
    p_success = candidate.p_success
    shown: dict[str, Any] = {
        "model": candidate.model.name,
        "endpoint": candidate.endpoint.id,
        "tier": str(candidate.model.tier),
        "p_success": None if p_success is None else round(p_success, 4),
        "expected_output": candidate.expected_output,
        "expected_cost_usd": exact_usd(candidate.expected_cost),
        "meets_target": candidate.meets_target,
        "healthy": candidate.healthy,
    }
    if candidate.chance is not None:
        shown["p_interval"] = [round(candidate.chance.low, 4), round(candidate.chance.high, 4)]
        shown["ability"] = candidate.chance.provenance
    if candidate.cache_discount is not None:
        shown["cache_discount_usd"] = exact_usd(candidate.cache_discount)
    if candidate.expected_seconds is not None:
        shown["expected_seconds"] = round(candidate.expected_seconds, 2)
    if candidate.expected_total is not None:
        shown["expected_total_usd"] = exact_usd(candidate.expected_total)
    return shown
