"""The decision as plain data: stored with every row, shown by `/v1/route` and on the dashboard.

Dictionaries, although orjson takes dataclasses: those it looks up field by field, twice the time.
"""

from __future__ import annotations

from typing import Any

import orjson

from router.domain.decision import Candidate, Removed
from router.domain.facts import NO_HINTS, Signals
from router.domain.money import exact_usd
from router.ticket import Ticket

_NO_HINTS = orjson.Fragment(orjson.dumps(NO_HINTS))


def trace_of(ticket: Ticket) -> dict[str, Any]:
    """Rule, candidates with estimates, removed ones with reasons, signals and hints."""
    assert ticket.request is not None
    signals, hints = ticket.signals, ticket.request.hints
    trace: dict[str, Any] = {
        "signals": None if signals is None else _signals(signals),
        "hints": _NO_HINTS if hints is NO_HINTS else hints,
    }
    decision = ticket.decision
    if decision is not None:
        trace["rule"] = decision.rule.name
        trace["note"] = decision.note or decision.denied
        trace["quality_target"] = decision.quality_target
        trace["candidates"] = [_candidate(candidate) for candidate in decision.candidates]
        trace["removed"] = [_removed(removed) for removed in decision.removed]
    return trace


def _signals(signals: Signals) -> dict[str, Any]:
    return {
        "task": signals.task,
        "difficulty": signals.difficulty,
        "confidence": signals.confidence,
        "language": signals.language,
        "data_class": signals.data_class,
        "input_tokens": signals.input_tokens,
    }


def _removed(removed: Removed) -> dict[str, Any]:
    return {
        "model": removed.model,
        "endpoint": removed.endpoint,
        "constraint": removed.constraint,
        "reason": removed.reason,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    p_success = candidate.p_success
    return {
        "model": candidate.model.name,
        "endpoint": candidate.endpoint.id,
        "tier": str(candidate.model.tier),
        "p_success": None if p_success is None else round(p_success, 4),
        "expected_output": candidate.expected_output,
        "expected_cost_usd": exact_usd(candidate.expected_cost),
        "meets_target": candidate.meets_target,
        "healthy": candidate.healthy,
    }
