"""What every reply tells its caller, as header pairs, from what the ticket knows by then."""

from __future__ import annotations

import orjson

from router import telemetry
from router.domain.decision import Candidate
from router.domain.money import exact_usd
from router.ticket import Ticket


def base_headers(request_id: str, client_request_id: str | None) -> list[tuple[str, str]]:
    """What every response carries."""
    return [
        (telemetry.OUT_REQUEST_ID, request_id),
        (telemetry.OUT_CLIENT_REQUEST_ID, client_request_id or request_id),
    ]


def decision_headers(ticket: Ticket) -> list[tuple[str, str]]:
    """What is known once a decision was made, whatever came of it."""
    headers = base_headers(ticket.id, ticket.client_request_id)
    headers.append((telemetry.OUT_POLICY, ticket.bundle.digest))
    if ticket.decision is not None:
        headers.append((telemetry.OUT_RULE, ticket.decision.rule.name))
    if ticket.passage is not None:
        headers += ticket.passage.headers().items()
    return headers


def candidate_headers(candidate: Candidate, notes: list[str]) -> list[tuple[str, str]]:
    """Who answers, and what was changed on the way."""
    headers = [
        (telemetry.OUT_MODEL, candidate.model.name),
        (telemetry.OUT_TIER, str(candidate.model.tier)),
    ]
    if candidate.endpoint.simulated:
        headers.append((telemetry.OUT_SIMULATED, "true"))
    if notes:
        headers.append((telemetry.OUT_ADJUSTED, "; ".join(notes)))
    return headers


def closing(ticket: Ticket, overhead_us: int) -> list[tuple[str, str]]:
    """What is known at the very end: headers of a whole response, a comment at the end of a stream."""
    told = [
        (telemetry.OUT_ATTEMPTS, str(len(ticket.bill.attempts))),
        (telemetry.OUT_COST_STATE, str(ticket.cost_state)),
        (telemetry.OUT_OVERHEAD, f"{overhead_us / 1000:.3f}"),
    ]
    if ticket.cost is not None:
        told.append((telemetry.OUT_COST, exact_usd(ticket.cost)))
    if ticket.answer is not None and ticket.answer.finding is not None:
        told.append((telemetry.OUT_VERDICT, str(ticket.answer.finding.verdict)))
    return told


def closing_comment(told: list[tuple[str, str]]) -> bytes:
    """A server-sent-events comment: every client ignores it, `curl` shows it."""
    return b": tiergate " + orjson.dumps(dict(told)) + b"\n\n"
