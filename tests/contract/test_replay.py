"""Real requests through a real gateway, decided again from their rows: the recorded decision to the digit."""

from __future__ import annotations

import contextlib
import json
import os
from datetime import UTC, datetime

import pytest
from openai import APIStatusError, OpenAI
from sqlalchemy import select

from router.domain.kinds import Tier
from router.lifecycle.compare import compare
from router.lifecycle.past import Window, read_past
from router.lifecycle.recorded import Row, recorded
from router.lifecycle.replay.collect import columns_of
from router.policy.decide import decide
from router.policy.documents import Bundle, load_documents
from router.record.tables import requests
from tests.contract.chat import CITY_FORMAT, WEATHER, user
from tests.contract.conftest import Desk
from tests.contract.test_conversation import CALLED, RESULT
from tests.contract.until import until

ASKED = {"role": "user", "content": "Use get_weather for the city of Bergen; this talk is for a replay."}
QUESTIONS = (
    "What is 17 * 23? Show every step of the calculation.",
    "Write a Python function that merges two sorted lists and prove that it is right.",
    "Was ist die Hauptstadt von Norwegen?",
    "Is this text positive or negative: I loved it. Answer with one word.",
)


@pytest.fixture(scope="module")
def rows(desk: Desk) -> list[Row]:
    """The rows of all kinds of requests: hints, labels, pins, limits, tools, narrow keys, failures."""
    gateway, sent = desk.gateway, []

    def ask(
        client: OpenAI, model: str = "auto", headers: dict[str, str] | None = None, **body: object
    ) -> None:
        name = f"replay-{len(sent)}"
        sent.append(name)
        with contextlib.suppress(APIStatusError):
            client.chat.completions.create(
                model=model,
                extra_headers={"x-request-id": name, **(headers or {})},
                **body,  # type: ignore[call-overload]
            )

    with gateway.client() as client:
        for question in QUESTIONS:
            ask(client, messages=user(question))
            ask(client, messages=user(question), headers={"x-tiergate-task": "math"})
        ask(
            client,
            messages=user(),
            headers={"x-tiergate-min-tier": "reasoning", "x-tiergate-quality": "0.93"},
        )
        ask(client, messages=user(), headers={"x-tiergate-data-class": "restricted"})
        ask(client, messages=user("My IBAN is DE89 3704 0044 0532 0130 00, please check it."))
        ask(client, messages=user(), headers={"x-tiergate-workload": "forbidden", "x-tiergate-tags": "a=b"})
        ask(client, "auto/reasoning", messages=user(), extra_body={"top_k": 1})
        ask(client, "big", messages=user(), max_tokens=20)
        ask(client, messages=user(), max_tokens=90, response_format=CITY_FORMAT)
        for _ in range(6):  # until its circuit opens
            ask(client, "dead", messages=user())
        ask(client, messages=user("And after that?"))
        ask(client, messages=[ASKED], tools=[WEATHER], headers={"x-tiergate-min-tier": "frontier"})
        ask(client, messages=[ASKED, CALLED, RESULT], tools=[WEATHER])
        ask(client, messages=[*user("a"), {"role": "assistant", "content": "b"}, *user("c")])
    with gateway.client(gateway.new_key([Tier.SMALL, Tier.REASONING])) as narrow:
        ask(narrow, messages=user())
    with gateway.client(gateway.new_key(models=["thinker"])) as narrow:
        ask(narrow, messages=user(QUESTIONS[1]))
    query = select(*(requests.c[name] for name in Row._fields)).where(requests.c.client_request_id.in_(sent))

    def found() -> list[Row]:
        with gateway.engine.connect() as connection:
            read = [Row(*row) for row in connection.execute(query)]
        return read if len(read) == len(sent) else []

    return until(found)


@pytest.fixture(scope="module")
def bundle(desk: Desk) -> Bundle:
    return load_documents(desk.gateway.policy_dir, os.environ, datetime.now(UTC))


def test_a_row_decides_again_as_it_did(rows: list[Row], bundle: Bundle) -> None:
    """Rule, candidates in order with their chances and exact costs, and who was removed and why."""
    kinds = set[str]()
    for row in rows:
        trace = json.loads(row.trace)
        again = recorded(row)
        assert again is not None
        one = again.request
        profile = columns_of([one]).profiles[0]
        decision = decide(
            one.facts, bundle.policy, bundle.catalog, bundle.prices, one.unhealthy, profile.applying
        )
        assert decision.rule.name == row.rule
        shown = [
            (
                c.endpoint.id,
                c.expected_cost,
                None if c.p_success is None else round(c.p_success, 4),
                c.healthy,
            )
            for c in decision.candidates
        ]
        then = [
            (c["endpoint"], round(float(c["expected_cost_usd"]) * 1e12), c["p_success"], c["healthy"])
            for c in trace["candidates"]
        ]
        assert shown == then
        assert [(r.endpoint, r.reason) for r in decision.removed] == [
            (r["endpoint"], r["reason"]) for r in trace["removed"]
        ]
        assert decision.kept == trace.get("kept")
        kinds |= set(trace.get("facts", {})) | ({"previous"} if "previous" in trace else set())
    wanted = {"capabilities", "max_output_tokens", "greedy", "tool_loop", "unhealthy"}
    assert kinds >= wanted | {"allowed_tiers", "allowed_models", "previous"}


def test_what_most_requests_have_is_not_written(rows: list[Row]) -> None:
    """A plain request's trace has no facts of its own."""
    plain = [json.loads(row.trace) for row in rows if row.requested_model == "auto"]
    assert any("facts" not in trace for trace in plain)


def test_columns_of_the_ledger_find_every_recorded_decision(
    rows: list[Row], bundle: Bundle, desk: Desk
) -> None:
    """All rows of the window at once: under the policy that decided them, nothing is decided otherwise."""
    started = [row.started_us for row in rows]
    past = read_past(desk.gateway.engine, Window(min(started), max(started) + 1), lambda _: None)
    found = compare(past, bundle, bundle, lambda _: None)
    assert found.comparable == len(past) >= len(rows)
    assert (found.as_recorded, found.otherwise) == (found.comparable, 0)
