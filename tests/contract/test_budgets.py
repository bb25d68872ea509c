"""Budgets in a running gateway: hard is hard, refusals say what to do, and a restart remembers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import APIError, AsyncOpenAI, RateLimitError

from router.domain.budget_period import PeriodKind, Zone, period_of
from router.domain.money import PICO_PER_USD
from router.sandbox.testing import running_sandbox
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_budgets, write_folder
from tests.contract.gateway import Gateway
from tests.contract.until import until

JUDGE = {
    "model": "dear",
    "share": 1,
    "compare_with": "nothing",
    "budget_per_day_usd": 5,
    "budget_per_month_usd": 50,
}
RULES: list[dict[str, Any]] = [
    {"name": "judged", "match": {"workload": ["judged"]}, "tiers": ["small"], "judge": JUDGE},
    {"name": "default", "objective": "best", "max_attempts": 4},
]


def budget(team: str, limit: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"{team}-day",
        "match": {"team": [team]},
        "period": "day",
        "limit_usd": limit,
        "enforcement": "hard",
        **more,
    }


BUDGETS: list[dict[str, Any]] = [
    budget("burst", "0.05"),
    {"name": "everybody", "period": "month", "limit_usd": 1000, "enforcement": "soft"},
    budget("retry", "0.000001"),
    budget("free", "0.000001"),
    budget("deny", "0.000001", when_spent="deny"),
    budget("restarted", "0.02"),
    budget("broken", "0.05"),
    budget("judged", "1"),
]


_START_S = 240
"""A busy machine takes long to start a gateway."""


@pytest.fixture(scope="module")
def gateway(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A dear model that answers best, and one that costs nothing."""
    folder = tmp_path_factory.mktemp("budgets")
    dear, gratis = (background.enter(running_sandbox("frontier", prompts=[])) for _ in range(2))
    models = [
        TestModel("dear", "frontier", dear.base_url, dear.model, (10.0, 50.0), ability=0.97),
        TestModel("gratis", "small", gratis.base_url, gratis.model, (0.0, 0.0), ability=0.6),
    ]
    policies = write_folder(folder / "policies", models, RULES)
    write_budgets(policies, BUDGETS)
    gateway = Gateway(folder, policies)
    try:
        gateway.start(_START_S)
        yield gateway
    finally:
        gateway.close()


def spent(gateway: Gateway, team: str) -> int:
    """What the ledger says, unknown costs at what was set aside."""
    sql = (
        "SELECT SUM(COALESCE(a.cost_pico, a.reserved_pico)) AS spent FROM attempts a "
        "JOIN requests r ON r.id = a.request_id WHERE r.team = :team"
    )
    return int(gateway.query(sql, team=team)[0]["spent"] or 0)


def shown(gateway: Gateway, team: str) -> tuple[int, int]:
    """Spent and reserved as screens see it."""
    now = period_of(PeriodKind.DAY, Zone("UTC"), time.time_ns() // 1000).key
    sql = "SELECT * FROM budget_periods WHERE budget = :name AND period = :period"
    rows = gateway.query(sql, name=f"{team}-day", period=now)
    return (rows[0]["spent_pico"], rows[0]["reserved_pico"]) if rows else (-1, -1)


async def ask(client: AsyncOpenAI, kind: int) -> str:
    """One request of one of three kinds; how it ended."""
    options: dict[str, Any] = {"model": "dear", "messages": user(), "max_tokens": 40}
    try:
        if kind == 0:
            await client.chat.completions.create(**options)
        else:
            stream = await client.chat.completions.create(stream=True, **options)
            async for chunk in stream:
                if kind == 2 and chunk.choices and chunk.choices[0].delta.content:
                    await stream.close()
                    return "left"
        return "answered"
    except RateLimitError:
        return "refused"
    except APIError:
        return "failed"


async def test_a_burst_cannot_overshoot(gateway: Gateway) -> None:
    """Two hundred at once, streams and clients that leave among them: what was spent stays below the limit.
    What the burst set aside and did not need is spent afterwards, until no call fits any more."""
    async with gateway.async_client(gateway.new_key(team="burst")) as client:
        ends = await asyncio.gather(*(ask(client, n % 3) for n in range(200)))
        while await ask(client, 0) == "answered":
            pass
    assert ends.count("refused") > 100 and ends.count("answered") > 3 and "failed" not in ends
    await asyncio.to_thread(until, lambda: shown(gateway, "burst") == (spent(gateway, "burst"), 0))
    limit = 50_000_000_000
    most = gateway.query("SELECT MAX(reserved_pico) AS most FROM attempts")[0]["most"]
    assert limit - most < spent(gateway, "burst") <= limit


def test_the_official_client_does_not_retry(gateway: Gateway) -> None:
    """A refusal is OpenAI's insufficient_quota; it names the budget and when it begins anew, and is final."""
    patient = gateway.client(gateway.new_key(team="retry"), max_retries=5)
    with patient as client, pytest.raises(RateLimitError) as caught:
        client.chat.completions.create(model="dear", messages=user(), max_tokens=10)
    error = caught.value
    tomorrow = period_of(PeriodKind.DAY, Zone("UTC"), time.time_ns() // 1000).ends
    assert error.code == error.type == "insufficient_quota" and error.status_code == 429
    assert "retry-day" in error.message and f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}" in error.message
    assert error.response.headers["x-should-retry"] == "false"
    rows = until(lambda: gateway.query("SELECT * FROM requests WHERE team = 'retry'"))
    assert len(rows) == 1 and rows[0]["error_code"] == "insufficient_quota" and rows[0]["attempts"] == 0


def test_what_costs_nothing_still_serves(gateway: Gateway) -> None:
    """A spent budget removes paid candidates only; one that denies removes all."""
    with gateway.client(gateway.new_key(team="free")) as client:
        answer = client.chat.completions.with_raw_response.create(model="auto", messages=user())
        assert answer.headers["x-tiergate-model"] == "gratis"
    denied = gateway.client(gateway.new_key(team="deny"))
    with denied as client, pytest.raises(RateLimitError, match="deny-day"):
        client.chat.completions.create(model="auto", messages=user())


def test_route_shows_what_a_budget_excludes(gateway: Gateway) -> None:
    """The decision names the endpoint, the constraint and the budget, and nothing is set aside for it."""
    reply = httpx.post(
        f"{gateway.origin}/v1/route",
        headers={"authorization": f"Bearer {gateway.new_key(team='free')}"},
        json={"model": "auto", "messages": user()},
    )
    trace = reply.json()
    [removed] = trace["removed"]
    assert (removed["endpoint"], removed["constraint"]) == ("dear-endpoint", "budget")
    assert "free-day" in removed["reason"]
    assert [candidate["endpoint"] for candidate in trace["candidates"]] == ["gratis-endpoint"]


def test_unknown_cost_counts_at_its_worst(gateway: Gateway) -> None:
    """A stream that breaks without a report of its usage keeps all that was set aside."""
    with gateway.client(gateway.new_key(team="broken")) as client, pytest.raises(APIError):
        client.chat.completions.create(
            model="dear", messages=user(), max_tokens=10, extra_body={"metadata": {"sandbox_fault": "drop"}}
        )
    [row] = until(
        lambda: gateway.query(
            "SELECT a.* FROM attempts a JOIN requests r ON r.id = a.request_id WHERE r.team = 'broken'"
        )
    )
    assert row["cost_pico"] is None and row["reserved_pico"] > 0
    until(lambda: shown(gateway, "broken") == (row["reserved_pico"], 0))


def test_a_judges_calls_are_paid_from_the_same_budget(gateway: Gateway) -> None:
    """They set their own money aside, although no request's cost has them."""
    with gateway.client(gateway.new_key(team="judged")) as client:
        client.chat.completions.create(
            model="auto", messages=user(), extra_headers={"x-tiergate-workload": "judged"}
        )
    ended = (
        "SELECT c.* FROM judge_calls c JOIN requests r ON r.id = c.request_id "
        "WHERE r.team = 'judged' AND c.status = 'ok'"
    )
    [call, *_] = until(lambda: gateway.query(ended))
    assert call["reserved_pico"] > call["cost_pico"] > 0 and call["held_by"]
    until(lambda: shown(gateway, "judged") == (sum(row["cost_pico"] for row in gateway.query(ended)), 0))


def test_definitions_are_in_the_database(gateway: Gateway) -> None:
    """Screens find what is in force, in the order of the document."""
    rows = until(lambda: gateway.query("SELECT * FROM budgets ORDER BY position"))
    assert [row["name"] for row in rows] == [one["name"] for one in BUDGETS]
    assert json.loads(rows[0]["match"]) == {"team": ["burst"]}
    assert rows[0]["limit_pico"] == PICO_PER_USD // 20


async def test_a_killed_gateway_remembers(gateway: Gateway) -> None:
    """After kill -9 with calls under way the new process knows what was spent; those count at their most."""
    token = gateway.new_key(team="restarted")
    async with gateway.async_client(token) as client:
        assert await ask(client, 0) == "answered"
        hanging = [
            asyncio.create_task(
                client.chat.completions.create(
                    model="dear", messages=user(), max_tokens=40, metadata={"sandbox_fault": "hang"}
                )
            )
            for _ in range(2)
        ]
        opened = "SELECT 1 FROM budget_periods WHERE budget = 'restarted-day' AND reserved_pico > 0"
        await asyncio.to_thread(until, lambda: gateway.query(opened))
        gateway.kill()
        await asyncio.gather(*hanging, return_exceptions=True)
    await asyncio.to_thread(gateway.start, _START_S)
    sql = (
        "SELECT a.* FROM attempts a JOIN requests r ON r.id = a.request_id "
        "WHERE r.team = 'restarted' AND a.status = 'interrupted'"
    )
    rows = await asyncio.to_thread(until, lambda: gateway.query(sql))
    assert len(rows) == 2 and all(row["cost_pico"] is None and row["reserved_pico"] > 0 for row in rows)
    await asyncio.to_thread(until, lambda: shown(gateway, "restarted") == (spent(gateway, "restarted"), 0))
    async with gateway.async_client(token) as client:
        ends = await asyncio.gather(*(ask(client, 0) for _ in range(20)))
    assert ends.count("refused") > 10
    assert await asyncio.to_thread(
        until, lambda: shown(gateway, "restarted") == (spent(gateway, "restarted"), 0)
    )
    assert spent(gateway, "restarted") <= 20_000_000_000
