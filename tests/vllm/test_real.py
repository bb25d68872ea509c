"""The gateway before a real vLLM. What is asked here of a living server, `tests/contract/test_vllm_wire.py`
asks of its recorded bytes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
from openai import BadRequestError, OpenAI

from router.fleet.plan import GIB, kv_tokens
from router.fleet.shape import read_shape
from tests.contract.until import until
from tests.vllm.conftest import Rig
from tests.vllm.server import KV_GIB, MODEL, PLACES
from tests.vllm.wire import CHATS, FINE_TUNE

PATIENCE = 120.0


def ask(rig: Rig, client: OpenAI, name: str, **more: Any) -> tuple[Any, dict[str, Any]]:
    """What the client reads of an exchange, and its only attempt."""
    body = {**CHATS[name], **more}
    raw = client.chat.completions.with_raw_response.create(**body)
    parsed = list(raw.parse()) if body.get("stream") else raw.parse()
    [attempt] = rig.gateway.attempt_rows(raw.headers["x-tiergate-request-id"])
    return parsed, attempt


def test_the_plan_knows_the_cache(rig: Rig) -> None:
    """`fleet plan` says of the KV cache to the token what vLLM says at its start; here in 32 bits."""
    shape = read_shape(str(rig.server.weights))
    assert kv_tokens(KV_GIB * GIB, shape.kv_bytes(4)) == rig.server.reported_kv_tokens()


def test_chat_and_usage(rig: Rig, client: OpenAI) -> None:
    """The ledger has the tokens that vLLM's own counters grew by."""
    before = [rig.server.metric(f"{name}_tokens_total") for name in ("prompt", "generation")]
    answer, attempt = ask(rig, client, "chat")
    assert "Paris" in answer.choices[0].message.content
    grown = [
        rig.server.metric(f"{name}_tokens_total") - had
        for name, had in zip(("prompt", "generation"), before, strict=True)
    ]
    assert [attempt["uncached_input"] + attempt["cache_read"], attempt["output"]] == grown
    assert (attempt["cost_state"], attempt["usage_estimated"]) == ("priced", False)


def test_stream(rig: Rig, client: OpenAI) -> None:
    """Token by token, with the same usage."""
    chunks, attempt = ask(rig, client, "stream")
    assert "Paris" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert sum(1 for chunk in chunks if chunk.choices and chunk.choices[0].delta.content) > 3
    assert chunks[-1].usage.completion_tokens == attempt["output"]
    assert attempt["ttft_us"] < attempt["duration_us"]


def test_the_prefix_cache(rig: Rig, client: OpenAI) -> None:
    """The second time most of a long prompt is a cache read."""
    ask(rig, client, "long")
    _, attempt = ask(rig, client, "long-again")
    assert attempt["cache_read"] >= 128 > attempt["uncached_input"]


def test_schema(rig: Rig, client: OpenAI) -> None:
    """vLLM holds the answer to it."""
    answer, _ = ask(rig, client, "schema", max_tokens=64)
    assert orjson.loads(answer.choices[0].message.content).keys() == {"city", "capital"}


@pytest.mark.parametrize("name", ["tool", "tool-stream"])
def test_forced_tool_call(rig: Rig, client: OpenAI, name: str) -> None:
    """It is a call of the named tool with JSON as arguments."""
    found, _ = ask(rig, client, name)
    if isinstance(found, list):
        calls = [c for chunk in found for choice in chunk.choices for c in choice.delta.tool_calls or ()]
    else:
        calls = list(found.choices[0].message.tool_calls)
    assert calls[0].function.name == "get_weather"
    json.loads("".join(call.function.arguments or "" for call in calls))


def test_logprobs(rig: Rig, client: OpenAI) -> None:
    """One for each token."""
    answer, attempt = ask(rig, client, "logprobs")
    assert len(answer.choices[0].logprobs.content) == attempt["output"] == 4


def test_error_shapes(rig: Rig, client: OpenAI) -> None:
    """The app's own fault comes back in OpenAI's shape, free."""
    with pytest.raises(BadRequestError) as caught:
        client.chat.completions.create(**CHATS["bad-schema"])
    assert caught.value.type == "invalid_request_error"
    [attempt] = rig.gateway.attempt_rows(caught.value.response.headers["x-tiergate-request-id"])
    assert (attempt["http_status"], attempt["cost_state"]) == (400, "free")


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_client_that_goes_away_stops_the_server(rig: Rig, streaming: bool) -> None:
    """vLLM's running requests return to 0 long before the answer would have been complete."""
    name = f"left-{streaming}"
    long = {"messages": [{"role": "user", "content": "Count to one thousand."}], "max_tokens": 1_800}
    async with rig.gateway.async_client() as client:
        call = client.chat.completions.create(
            model=MODEL, stream=streaming, extra_headers={"x-request-id": name},
            extra_body={"ignore_eos": True}, **long,
        )  # fmt: skip
        task = asyncio.ensure_future(call)
        await asyncio.to_thread(until, lambda: rig.server.metric("num_requests_running") > 0, PATIENCE)
        if streaming:
            stream = await task
            await anext(aiter(stream))
            await stream.close()
        else:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    await asyncio.to_thread(until, lambda: rig.server.metric("num_requests_running") == 0, 20.0)
    row = rig.gateway.named_row(name)
    assert (row["outcome"], row["error_code"]) == ("cancelled", "client_disconnected")


async def test_its_own_queue_stays_empty(rig: Rig) -> None:
    """Three times as many requests as it has places: they wait in the gateway, and all are answered."""
    worst = 0.0

    async def one(client: Any, number: int) -> str:
        messages = [{"role": "user", "content": f"Say the number {number}."}]
        answer = await client.chat.completions.create(model=MODEL, messages=messages, max_tokens=16)
        return str(answer.choices[0].finish_reason)

    async with rig.gateway.async_client() as client:
        patient = client.with_options(timeout=240)
        tasks = [asyncio.ensure_future(one(patient, number)) for number in range(3 * PLACES)]
        whole = asyncio.gather(*tasks)
        while not whole.done():
            waiting = await asyncio.to_thread(rig.server.metric, "num_requests_waiting")
            worst = max(worst, waiting)
            await asyncio.sleep(0.2)
        assert set(await whole) <= {"stop", "length"} and worst == 0
    until(lambda: rig.metric("server_tokens_total", direction="output") > 0)
    assert rig.metric("endpoint_running", endpoint=f"{MODEL}-endpoint") == 0


def test_a_fine_tune(rig: Rig, client: OpenAI) -> None:
    """Its adapter is loaded by vLLM's API, listed with its base, answers under its own name, and goes."""
    adapter = rig.gateway.policy_dir.parent / "adapter"
    subprocess.run([rig.server.python, Path(__file__).parent / "adapter.py", adapter], check=True)
    assert "not loaded" in rig.fleet("adapters")
    assert f"{FINE_TUNE} is loaded" in rig.fleet("load", FINE_TUNE)
    assert f"{FINE_TUNE}: loaded, on {MODEL}" in rig.fleet("adapters")
    _, attempt = ask(rig, client, "fine-tune")
    assert (attempt["model"], attempt["status"]) == (FINE_TUNE, "ok")
    rig.fleet("unload", FINE_TUNE)
    assert "not loaded" in rig.fleet("adapters")


def test_a_server_that_stands_still_is_held_back(rig: Rig, client: OpenAI) -> None:
    """Stopped in mid-air (SIGSTOP) its health page is silent: nobody is sent there, until it goes on. Last,
    because it costs the server seconds."""
    endpoint = f"{MODEL}-endpoint"
    rig.server.signal(signal.SIGSTOP)
    try:
        until(lambda: rig.metric("circuit_open", endpoint=endpoint) == 1.0, PATIENCE)
    finally:
        rig.server.signal(signal.SIGCONT)
    until(lambda: rig.metric("circuit_open", endpoint=endpoint) == 0.0, PATIENCE)
    answer, _ = ask(rig, client, "chat")
    assert answer.choices[0].message.content
