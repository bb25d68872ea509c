"""Whether a rule's match block holds for the facts of a request. Pure; first match wins in `decide`."""

from __future__ import annotations

from datetime import datetime, timedelta

from router.domain.facts import Facts
from router.domain.policy import Match, TimeWindow


def matches(match: Match, facts: Facts) -> bool:
    """Every given field must hold; an unknown fact holds in no given field."""
    return (
        _caller(match, facts)
        and _any(match.workload, facts.workload)
        and (not match.task or facts.task in match.task)
        and (not match.data_class or facts.data_class in match.data_class)
        and (not match.language or facts.language in match.language)
        and match.capabilities <= facts.capabilities
        and (match.difficulty is None or match.difficulty.holds(facts.difficulty))
        and (match.confidence is None or match.confidence.holds(facts.confidence))
        and (match.input_tokens is None or match.input_tokens.holds(facts.input_tokens))
        and all(_any(values, facts.tags.get(name)) for name, values in match.tags.items())
        and (match.time is None or within(match.time, facts.now))
    )


def _caller(match: Match, facts: Facts) -> bool:
    caller = facts.caller
    return (
        _any(match.organisation, caller.organisation)
        and _any(match.team, caller.team)
        and _any(match.project, caller.project)
        and _any(match.key, caller.key_id)
    )


def _any(patterns: tuple[str, ...], value: str | None) -> bool:
    if not patterns:
        return True
    if value is None:
        return False
    return any(
        value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern for pattern in patterns
    )


def within(window: TimeWindow, now: datetime) -> bool:
    """Whether `now` (UTC) lies in the window; a window past midnight belongs to the day it started on."""
    clock = now.time()
    if window.start <= window.end:
        return now.isoweekday() in window.weekdays and window.start <= clock < window.end
    if clock >= window.start:
        return now.isoweekday() in window.weekdays
    return clock < window.end and (now - timedelta(days=1)).isoweekday() in window.weekdays
