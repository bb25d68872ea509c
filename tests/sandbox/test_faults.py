"""Faults: each one asked for strikes as described, and by rate they strike as often as configured."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx
import openai
import pytest

from router.sandbox.faults import FaultPlan
from router.sandbox.testing import running_sandbox
from router.sandbox.wire import ChatCall
from tests.sandbox.conftest import MakeClient, MakeHttp

HELLO: Any = [{"role": "user", "content": "Hello there"}]
URL = "/v1/chat/completions"


@pytest.mark.parametrize(("fault", "status"), [("429:2.5", 429), ("500", 500), ("503", 503)])
async def test_error_faults(http: MakeHttp, fault: str, status: int) -> None:
    """An error fault is an error response; a 429 says when to retry."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO}
        reply = await http(sandbox).post(URL, json=body, headers={"x-sandbox-fault": fault})
        assert reply.status_code == status
        assert reply.json()["error"]["message"]
        assert reply.headers.get("retry-after") == ("2.5" if status == 429 else None)
        assert sandbox.record.last.fault == fault


@pytest.mark.parametrize("stream", [False, True])
async def test_reset_in_the_middle(http: MakeHttp, stream: bool) -> None:
    """A reset lets the response begin and then breaks the connection."""
    async with running_sandbox("reasoning") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO, "stream": stream}
        got: list[bytes] = []
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            async with http(sandbox).stream(
                "POST", URL, json=body, headers={"x-sandbox-fault": "reset:5"}
            ) as reply:
                assert reply.status_code == 200
                async for part in reply.aiter_raw():
                    got.append(part)
        assert b"[DONE]" not in b"".join(got)
        assert sandbox.record.last.reset


@pytest.mark.parametrize("fault", ["drop", "hang:0"])
async def test_connection_is_lost_before_any_byte(http: MakeHttp, fault: str) -> None:
    """After drop, or at the end of a limited hang, the connection breaks without a response."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO}
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await http(sandbox).post(URL, json=body, headers={"x-sandbox-fault": fault})
        assert sandbox.record.last.status is None


async def test_hang_answers_nothing_until_the_client_gives_up(http: MakeHttp) -> None:
    """A hanging request runs until its client leaves."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO}
        asked = asyncio.create_task(http(sandbox).post(URL, json=body, headers={"x-sandbox-fault": "hang"}))
        await sandbox.record.wait_until(lambda r: r.running == 1)
        asked.cancel()
        await sandbox.record.wait_until(lambda r: r.disconnects == 1 and r.running == 0)


async def test_slow_first_byte(http: MakeHttp) -> None:
    """slow:0.2 answers rightly, not before 0.2 seconds."""
    async with running_sandbox("frontier") as sandbox:
        loop = asyncio.get_running_loop()
        started = loop.time()
        body = {"model": sandbox.model, "messages": HELLO}
        reply = await http(sandbox).post(URL, json=body, headers={"x-sandbox-fault": "slow:0.2"})
        assert reply.status_code == 200
        assert loop.time() - started >= 0.2


async def test_malformed_body_and_event(http: MakeHttp) -> None:
    """malformed is a 200 that is no JSON, as a body and as one event of a stream."""
    async with running_sandbox("frontier") as sandbox:
        client, headers = http(sandbox), {"x-sandbox-fault": "malformed"}
        body = {"model": sandbox.model, "messages": HELLO}
        whole = await client.post(URL, json=body, headers=headers)
        assert whole.status_code == 200
        with pytest.raises(ValueError):
            whole.json()
        stream = await client.post(URL, json={**body, "stream": True}, headers=headers)
        assert '"conte\n' in stream.text


async def test_empty_and_missing_usage(official: MakeClient) -> None:
    """empty has no text and no tokens; no-usage has text and no usage, also when a stream asked for it."""
    async with running_sandbox("reasoning") as sandbox:
        client = official(sandbox)
        empty = await client.chat.completions.create(
            model=sandbox.model, messages=HELLO, extra_headers={"x-sandbox-fault": "empty"}
        )
        assert empty.choices[0].message.content == ""
        assert empty.usage is not None and empty.usage.completion_tokens == 0
        silent = {"x-sandbox-fault": "no-usage"}
        plain = await client.chat.completions.create(
            model=sandbox.model, messages=HELLO, extra_headers=silent
        )
        assert plain.usage is None and plain.choices[0].message.content
        stream = await client.chat.completions.create(
            model=sandbox.model,
            messages=HELLO,
            stream=True,
            stream_options={"include_usage": True},
            extra_headers=silent,
        )
        assert all([chunk.usage is None async for chunk in stream])


async def test_loop_repeats_until_the_limit(official: MakeClient) -> None:
    """loop repeats one sentence until max_tokens and ends with finish_reason length."""
    async with running_sandbox("reasoning") as sandbox:
        reply = await official(sandbox).chat.completions.create(
            model=sandbox.model, messages=HELLO, max_tokens=300, extra_headers={"x-sandbox-fault": "loop"}
        )
        text = reply.choices[0].message.content or ""
        assert text.count("Wait, let me check that once more.") > 20
        assert reply.choices[0].finish_reason == "length"
        assert reply.usage is not None and reply.usage.completion_tokens == 300


async def test_fault_can_be_asked_for_in_three_more_ways(http: MakeHttp) -> None:
    """metadata, a marker in the newest user turn, and the control route each make a request fail."""
    async with running_sandbox("frontier") as sandbox:
        client = http(sandbox)
        body = {"model": sandbox.model, "messages": HELLO}
        marked = [{"role": "user", "content": "Hello [[sandbox-fault: 503]]"}]
        by_metadata = await client.post(URL, json={**body, "metadata": {"sandbox_fault": "500"}})
        by_marker = await client.post(URL, json={**body, "messages": marked})
        queued = await client.post("/sandbox/faults", json={"fault": "429", "times": 3})
        assert queued.json() == {"queued": ["429", "429", "429"]}
        by_route = await client.post(URL, json=body)
        assert [r.status_code for r in (by_metadata, by_marker, by_route)] == [500, 503, 429]
        assert (await client.delete("/sandbox/faults")).json() == {"queued": []}
        assert (await client.post(URL, json=body)).status_code == 200
        state = (await client.get("/sandbox/state")).json()
        assert (state["requests"], state["running"]) == (4, 0)


@pytest.mark.parametrize("fault", ["explode", "429:soon"])
async def test_unknown_fault_is_refused(http: MakeHttp, fault: str) -> None:
    """A misspelt fault is a 400, not a success."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO}
        reply = await http(sandbox).post(URL, json=body, headers={"x-sandbox-fault": fault})
        assert reply.status_code == 400
        assert (await http(sandbox).post("/sandbox/faults", json={"fault": fault})).status_code == 400


def test_rate_is_met_and_repeatable() -> None:
    """Over 5,000 draws about the configured share fails, the same ones for the same seed."""
    call = ChatCall.model_validate({"model": "m", "messages": HELLO})

    def draws(seed: int) -> list[str | None]:
        plan = FaultPlan(0.1, 20.0, random.Random(seed))
        return [fault.text if fault else None for fault in (plan.pick(call, {}) for _ in range(5_000))]

    first = draws(7)
    assert first == draws(7)
    assert 400 < sum(f is not None for f in first) < 600
    assert {f.partition(":")[0] for f in first if f} == {"429", "500", "503", "slow", "drop", "reset", "hang"}
    assert all(FaultPlan(0.0, 1.0, random.Random(seed)).pick(call, {}) is None for seed in range(50))


async def test_leaving_the_context_ends_open_requests(official: MakeClient) -> None:
    """A request that hangs when the sandbox stops fails at once."""
    async with running_sandbox("frontier") as sandbox:
        asked = asyncio.create_task(
            official(sandbox).chat.completions.create(
                model=sandbox.model, messages=HELLO, extra_headers={"x-sandbox-fault": "hang"}
            )
        )
        await sandbox.record.wait_until(lambda r: r.running == 1)
    with pytest.raises(openai.APIConnectionError):
        await asked
