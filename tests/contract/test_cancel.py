"""Clients that go away: the upstream stops, and the ledger gets exactly one settled row."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from openai import OpenAI

from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.until import until

LONG: dict[str, Any] = {"model": "slowpoke", "messages": user(), "max_tokens": 4_000}
ENDLESS = {"sandbox_fault": "loop"}


def check_cancelled(desk: Desk, name: str, *, partly: bool) -> None:
    """One row and one attempt; what was read before the end is an estimate, never nothing."""
    row = desk.gateway.named_row(name)
    assert row["outcome"] == "cancelled"
    assert row["error_code"] == "client_disconnected"
    [attempt] = desk.gateway.attempt_rows(row["id"])
    assert attempt["status"] == "cancelled"
    assert attempt["cost_state"] == ("estimated" if partly else "usage_missing")
    assert (row["cost_pico"] is not None) is partly
    until(lambda: desk.slow.record.running == 0)


def test_stream_closed_early(client: OpenAI, desk: Desk) -> None:
    """Closing a stream stops the upstream; what was written so far is booked as an estimate."""
    stream = client.chat.completions.create(
        **LONG, stream=True, metadata=ENDLESS, extra_headers={"x-request-id": "closed"}
    )
    for _ in range(3):
        next(iter(stream))
    seen = desk.slow.record.last
    stream.close()
    until(lambda: seen.disconnected)
    check_cancelled(desk, "closed", partly=True)


def test_stream_helper_left_early(client: OpenAI, desk: Desk) -> None:
    """Leaving the `.stream()` block early does the same."""
    with client.chat.completions.stream(
        **LONG, metadata=ENDLESS, extra_headers={"x-request-id": "left"}
    ) as stream:
        next(iter(stream))
        seen = desk.slow.record.last
    until(lambda: seen.disconnected)
    check_cancelled(desk, "left", partly=True)


@pytest.mark.parametrize("streaming", [False, True])
async def test_task_cancelled(desk: Desk, streaming: bool) -> None:
    """Cancelling the app's task before any answer stops the upstream; the cost is unknown, not nothing."""
    name = f"cancelled-{streaming}"
    async with desk.gateway.async_client() as client:
        before = len(desk.slow.record.requests)
        call = client.chat.completions.create(
            **LONG,
            stream=streaming,
            metadata={"sandbox_fault": "slow:60"},
            extra_headers={"x-request-id": name},
        )
        task = asyncio.ensure_future(call)
        await asyncio.to_thread(until, lambda: len(desk.slow.record.requests) > before)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.to_thread(until, lambda: desk.slow.record.last.disconnected)
    check_cancelled(desk, name, partly=False)


async def test_many_at_once(desk: Desk) -> None:
    """Twenty streams cut at once leave twenty rows, and nothing running anywhere."""
    async with desk.gateway.async_client() as client:

        async def cut(number: int) -> None:
            stream = await client.chat.completions.create(
                **LONG, stream=True, metadata=ENDLESS, extra_headers={"x-request-id": f"many-{number}"}
            )
            async for _ in stream:
                break
            await stream.close()

        await asyncio.gather(*map(cut, range(20)))
    sql = "SELECT outcome, count(*) AS n FROM requests WHERE client_request_id LIKE 'many-%' GROUP BY outcome"
    await asyncio.to_thread(until, lambda: desk.gateway.query(sql) == [{"outcome": "cancelled", "n": 20}])
    await asyncio.to_thread(until, lambda: desk.slow.record.running == 0)
    assert b"tiergate_requests_in_flight 0.0" in desk.gateway.get("/metrics")[1]
