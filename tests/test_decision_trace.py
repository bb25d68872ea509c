"""The trace holds what was decided on, as JSON, whatever the classifier read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from router.clock import SystemClock
from router.decision_trace import trace_of
from router.domain.facts import Facts, Previous, Signals
from router.domain.kinds import Objective, Task
from router.domain.policy import Rule
from router.domain.reading import Reading
from router.ingress.openai import parse_chat
from router.meter.bill import Bill
from router.policy.decide import decide
from router.policy.documents import Bundle
from router.ticket import Ticket
from tests.policy import build
from tests.policy.test_order import before, cached

READING = Reading({Task.MATH: 0.75, Task.CODE: 0.25}, 0.6, 0.8, 0.6, 0.8, 1.5, {"small": 0.61234})


def trace(facts: Facts, rule: Rule) -> dict[str, Any]:
    """The stored trace of a decision, back from its JSON."""
    prices = cached(build.PRICES, "big", 0)
    bundle = Bundle(build.THREE, prices, build.policy(rule), "digest", datetime.now(UTC), ())
    clock = SystemClock()
    ticket = Ticket("id", 0, 0, build.NOW, None, bundle, Bill("id", clock), False, None)
    body = b'{"model": "auto", "messages": [{"role": "user", "content": "x"}]}'
    ticket.request = parse_chat(body, {})
    ticket.signals = Signals(Task.MATH, 0.5, 0.9, "en", None, 1000, READING)
    ticket.facts = facts
    ticket.decision = decide(facts, bundle.policy, bundle.catalog, prices)
    found: dict[str, Any] = orjson.loads(orjson.dumps(trace_of(ticket)))
    return found


def test_a_candidate_shows_chance_interval_provenance_length_cost_and_value() -> None:
    """What a reader needs to redo the arithmetic; money as exact text."""
    rule = build.rule(objective=Objective.VALUE, failure_cost_pico=20_000_000)
    found = trace(build.facts(reading=READING, previous=before("big")), rule)
    big = next(c for c in found["candidates"] if c["model"] == "big")
    assert big["p_success"] == 0.9
    assert big["p_interval"][0] < 0.9 < big["p_interval"][1]
    assert (big["ability"], big["expected_output"]) == ("made up", 750)
    assert big["cache_discount_usd"] == "0.0000009"
    assert big["expected_cost_usd"] == "0.0000061"
    assert big["expected_total_usd"] == "0.0000081"
    assert found["previous"] == {"model": "big", "endpoint": "big-1", "age_s": 10.0, "cached_tokens": 900}


def test_the_reading_is_plain_json() -> None:
    """Shares by the task's name, heads by the model's, every digit kept."""
    reading = trace(build.facts(reading=READING), build.rule())["signals"]["reading"]
    assert reading["shares"] == {"math": 0.75, "code": 0.25}
    assert reading["heads"] == {"small": 0.61234}
    assert (reading["low"], reading["output_factor"]) == (0.6, 1.5)


def test_why_a_conversation_stays_is_told() -> None:
    """In words, beside the rule."""
    found = trace(build.facts(previous=Previous("big", "big-1", 1.0, 10), tool_loop=True), build.rule())
    assert found["kept"] == "stays with big on big-1: it is waiting for the result of its tool call"
    assert "kept" not in trace(build.facts(), build.rule())
