"""The decision as plain data: stored with every row, shown by `/v1/route` and on the dashboard.

With the columns of its row it holds all that was decided on, to the last digit, so that the decision can be
made again (`lifecycle/recorded.py` reads it back; a test holds the two together).
Dictionaries, although orjson takes dataclasses: those it looks up field by field, twice the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from router.domain.decision import Candidate, Cascade, Constraint, Decision, Removed, Stage
from router.domain.detection import Detected
from router.domain.facts import NO_HINTS, Facts, Signals
from router.domain.load import OUT_OF_SERVICE, Load
from router.domain.money import PicoUSD, exact_usd
from router.domain.reading import Reading
from router.domain.rollout import RuleMode
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
    if ticket.detected is not None:
        trace["detected"] = _detected(ticket.detected)
    decision = ticket.decision
    if decision is not None:
        trace["rule"] = decision.rule.name
        trace["note"] = decision.note or decision.denied
        if decision.kept is not None:
            trace["kept"] = decision.kept
        if decision.spilled is not None:
            trace["spilled"] = decision.spilled
        if ticket.facts is not None:
            trace |= _facts(ticket.facts, ticket)
        if decision.cascade is not None:
            trace["cascade"] = _cascade(decision.cascade)
        elif decision.uncredited is not None:
            trace["cascade"] = {"credited": False, "reason": decision.uncredited}
        if decision.rule.rollout.mode is not RuleMode.ENFORCE:
            trace["mode"] = decision.rule.rollout.mode
        if ticket.shadows:
            trace["shadow"] = [_shadow(shadow) for shadow in ticket.shadows]
        trace["quality_target"] = decision.quality_target
        trace["candidates"] = _candidates(decision.candidates)
        trace["removed"] = [_removed(removed) for removed in decision.removed]
    return trace


def trace_for_app(ticket: Ticket) -> dict[str, Any]:
    """The same in the words that are for apps: not who drained an endpoint, nor why."""
    trace = trace_of(ticket)
    for removed in trace.get("removed", ()):
        if removed["constraint"] is Constraint.DRAINED:
            removed["reason"] = OUT_OF_SERVICE
    if ticket.loads and "facts" in trace:
        trace["facts"]["loads"] = {name: _without_words(load) for name, load in ticket.loads.items()}
    return trace


def _without_words(load: Load) -> Load:
    return load if load.drained is None else replace(load, drained=OUT_OF_SERVICE)


def _detected(detected: Detected) -> dict[str, Any]:
    """Types and counts, never what was found."""
    shown = {"data_class": detected.data_class, "found": detected.found}
    return shown if detected.failed is None else {**shown, "failed": detected.failed}


def _shadow(decision: Decision) -> dict[str, Any]:
    """What a rule that does not act would have done."""
    if not decision.candidates:
        return {"rule": decision.rule.name, "denied": decision.denied or "no candidate"}
    first = decision.candidates[0]
    return {
        "rule": decision.rule.name,
        "model": first.model.name,
        "endpoint": first.endpoint.id,
        "p_success": None if first.p_success is None else round(first.p_success, 4),
        "expected_cost_usd": exact_usd(first.expected_cost),
    }


def _cascade(cascade: Cascade) -> dict[str, Any]:
    """The chain beside the candidate that would be taken without checks."""
    straight = cascade.straight
    return {
        "credited": True,
        "p_success": round(cascade.p_success, 4),
        "expected_cost_usd": exact_usd(cascade.cost),
        "expected_seconds": None if cascade.seconds is None else round(cascade.seconds, 2),
        "reordered": cascade.reordered,
        "planned": cascade.planned,
        "straight": {
            "model": straight.model.name,
            "endpoint": straight.endpoint.id,
            "p_success": None if straight.p_success is None else round(straight.p_success, 4),
            "expected_cost_usd": exact_usd(straight.expected_cost),
        },
        "stages": [_stage(stage) for stage in cascade.stages],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    shown = {"model": stage.model, "endpoint": stage.endpoint, "reached": round(stage.reached, 4)}
    return shown | ({"check": stage.check} if stage.check is not None else {"uncredited": stage.reason})


def _facts(facts: Facts, ticket: Ticket) -> dict[str, Any]:
    """What neither the row's columns nor signals and hints say; what most requests have is left out."""
    said: dict[str, Any] = {}
    if facts.capabilities:
        said["capabilities"] = sorted(facts.capabilities)
    if facts.max_output_tokens is not None:
        said["max_output_tokens"] = facts.max_output_tokens
    if facts.greedy:
        said["greedy"] = True
    if facts.tool_loop:
        said["tool_loop"] = True
    if facts.classifier_failed:
        said["input_tokens"] = facts.input_tokens
    if facts.caller.allowed_tiers:
        said["allowed_tiers"] = sorted(facts.caller.allowed_tiers)
    if facts.caller.allowed_models:
        said["allowed_models"] = sorted(facts.caller.allowed_models)
    if ticket.unhealthy:
        said["unhealthy"] = sorted(ticket.unhealthy)
    if ticket.loads:
        said["loads"] = ticket.loads
    if facts.conversation is not None:
        said["conversation"] = facts.conversation
    if ticket.checks is not None:
        said["checks"] = sorted(ticket.checks)
    shown: dict[str, Any] = {"facts": said} if said else {}
    if facts.previous is not None:
        shown["previous"] = facts.previous
    return shown


def _signals(signals: Signals) -> dict[str, Any]:
    shown = {
        "task": signals.task,
        "difficulty": signals.difficulty,
        "confidence": signals.confidence,
        "language": signals.language,
        "data_class": signals.data_class,
        "input_tokens": signals.input_tokens,
    }
    if signals.reading is not None:
        shown["reading"] = _reading(signals.reading)
    return shown


def _reading(reading: Reading) -> dict[str, Any]:
    """Every digit: a rounded reading would decide otherwise now and then. The keys of the task mix become
    plain texts, as JSON wants them."""
    return {
        "query_model": reading.query_model,
        "shares": {str(task): share for task, share in reading.shares.items()},
        "low": reading.low,
        "high": reading.high,
        "low_usual": reading.low_usual,
        "high_usual": reading.high_usual,
        "beyond": reading.beyond,
        "output_factor": reading.output_factor,
        "heads": reading.heads,
    }


def _removed(removed: Removed) -> dict[str, Any]:
    return {
        "model": removed.model,
        "endpoint": removed.endpoint,
        "constraint": removed.constraint,
        "reason": removed.reason,
    }


def _candidates(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """What is the same on every endpoint of a model is worked out once; what does not apply is left out."""
    models: dict[str, dict[str, Any]] = {}
    costs: dict[PicoUSD, str] = {}
    shown = []
    for candidate in candidates:
        name, cost = candidate.model.name, candidate.expected_cost
        if name not in models:
            models[name] = _model(candidate)
        if cost not in costs:
            costs[cost] = exact_usd(cost)
        one = {
            **models[name],
            "endpoint": candidate.endpoint.id,
            "expected_cost_usd": costs[cost],
            "healthy": candidate.healthy,
        }
        if candidate.cache_discount is not None:
            one["cache_discount_usd"] = exact_usd(candidate.cache_discount)
        if candidate.expected_seconds is not None:
            one["expected_seconds"] = round(candidate.expected_seconds, 2)
        if candidate.load is not None and candidate.load.wait_s != 0.0:
            one["expected_wait_s"] = candidate.load.wait_s
        if candidate.late:
            one["late"] = True
        if candidate.expected_total is not None:
            one["expected_total_usd"] = exact_usd(candidate.expected_total)
        shown.append(one)
    return shown


def _model(candidate: Candidate) -> dict[str, Any]:
    """What is expected of a candidate's model; `p_success` is null when it is not known."""
    p_success, chance = candidate.p_success, candidate.chance
    shown: dict[str, Any] = {
        "model": candidate.model.name,
        "tier": candidate.model.tier,
        "p_success": None if p_success is None else round(p_success, 4),
        "expected_output": candidate.expected_output,
        "meets_target": candidate.meets_target,
    }
    if chance is not None:
        low, high = chance.interval
        shown["p_interval"] = [round(low, 4), round(high, 4)]
        shown["ability"] = chance.provenance
    return shown
