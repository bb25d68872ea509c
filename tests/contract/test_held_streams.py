"""Streams under `buffer_streams`: the check sees the whole answer first, and the client is kept alive."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from openai import APIError, APITimeoutError, BadRequestError, InternalServerError, OpenAI

from tests.contract.background import Background
from tests.contract.chat import WEATHER, user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.until import until

HELD = {"mode": "before_reply", "buffer_streams": True}
RULES: list[dict[str, Any]] = [
    {"name": "quick", "match": {"workload": ["quick"]}, "objective": "cheapest",
     "verify": {**HELD, "heartbeat": 0.2}},
    {"name": "silent", "match": {"workload": ["silent"]}, "objective": "cheapest",
     "verify": {**HELD, "heartbeat": 600}},
    {"name": "once", "match": {"workload": ["once"]}, "objective": "cheapest", "max_attempts": 1,
     "verify": HELD},
    {"name": "brief", "match": {"workload": ["brief"]}, "objective": "cheapest",
     "verify": {**HELD, "escalate_within": 0.000001}},
    {"name": "thrifty", "match": {"workload": ["thrifty"]}, "objective": "cheapest", "max_cost_usd": 0.0001,
     "verify": HELD},
    {"name": "default", "objective": "cheapest", "verify": HELD},
]  # fmt: skip
SUM = "What is 17 * 23?"
IMPATIENT = 1.0
"""Seconds a client waits for anything at all."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A gateway that holds streams back, before a cheap upstream and a dear one."""

    gateway: Gateway
    client: OpenAI
    cheap: Scripted
    dear: Scripted


@pytest.fixture(scope="module")
def bench(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("held")
    cheap, dear = background.enter(scripted_upstream()), background.enter(scripted_upstream())
    models = [
        TestModel("cheap", "small", cheap.url, "cheap", (0.1, 0.2)),
        TestModel("dear", "frontier", dear.url, "dear", (2.0, 10.0), residency="us"),
    ]
    policy = write_folder(folder / "policies", models, RULES)
    with running_gateway(folder, policy) as gateway, gateway.client() as client:
        yield Bench(gateway, client, cheap, dear)


def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
    """One event's data."""
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return orjson.dumps({**head, "choices": choices, **more})


def delta(finish: str | None = None, **fields: Any) -> bytes:
    """An event of the first choice."""
    return chunk([{"index": 0, "delta": fields, "finish_reason": finish}])


USAGE = chunk([], usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})


def says(text: str) -> list[bytes]:
    """A stream of this text, in two parts, with its usage."""
    half = len(text) // 2
    parts = [delta(role="assistant", content=text[:half]), delta(content=text[half:]), delta("stop")]
    return [*parts, USAGE, b"[DONE]"]


def raw_stream(bench: Bench, prompt: str, **fields: Any) -> tuple[httpx.Headers, list[bytes]]:
    """Headers, and the blocks of a stream as they came."""
    body = {"model": "auto", "messages": user(prompt), "stream": True, **fields}
    headers = {"authorization": f"Bearer {bench.gateway.token}"}
    answer = httpx.post(f"{bench.gateway.origin}/v1/chat/completions", json=body, headers=headers, timeout=20)
    assert answer.status_code == 200
    return answer.headers, [block for block in answer.content.split(b"\n\n") if block]


def told_last(blocks: Iterable[bytes]) -> dict[str, str]:
    """The closing comment's fields."""
    [comment] = [block for block in blocks if block.startswith(b": tiergate {")]
    fields: dict[str, str] = orjson.loads(comment.removeprefix(b": tiergate "))
    return fields


def text_of(stream: Iterable[Any]) -> str:
    return "".join(choice.delta.content or "" for one in stream for choice in one.choices)


def test_a_wrong_answer_never_shows(bench: Bench) -> None:
    """The next candidate's whole answer is streamed instead, and both attempts are on the bill."""
    bench.cheap.streams(*says("It is 390."))
    bench.dear.streams(*says("It is 391."))
    headers, blocks = raw_stream(bench, SUM)
    data = [block.removeprefix(b"data: ") for block in blocks if block.startswith(b"data: ")]
    assert data == [*says("It is 391.")[:3], b"[DONE]"]
    assert headers["content-type"].startswith("text/event-stream")
    named = ("model", "attempts", "verdict", "cost-state")
    assert [headers[f"x-tiergate-{name}"] for name in named] == ["dear", "2", "passed", "priced"]
    request_id = headers["x-tiergate-request-id"]
    row = bench.gateway.request_row(request_id)
    assert (row["outcome"], row["verdict"], row["attempts"], row["stream"]) == ("escalated", "passed", 2, 1)
    first, second = bench.gateway.attempt_rows(request_id)
    assert (first["model"], first["verdict"], second["verdict"]) == ("cheap", "failed", "passed")
    assert row["cost_pico"] == first["cost_pico"] + second["cost_pico"] == 2 * 10**6 + 70 * 10**6
    assert row["ttft_us"] > 0


@pytest.mark.parametrize("workload", ["once", "brief", "thrifty"])
def test_escalation_has_an_end(bench: Bench, workload: str) -> None:
    """By attempts, time or money: then the answer there is goes out, with its verdict."""
    bench.cheap.streams(*says("It is 390."))
    asked = len(bench.dear.bodies)
    headers, blocks = raw_stream(bench, SUM, metadata={"tiergate_workload": workload})
    assert (headers["x-tiergate-attempts"], headers["x-tiergate-verdict"]) == ("1", "failed")
    assert any(b"90." in block for block in blocks) and len(bench.dear.bodies) == asked


def test_the_official_client_reads_it(bench: Bench) -> None:
    """As any other stream."""
    bench.cheap.streams(*says("It is 391."))
    stream = bench.client.chat.completions.create(model="auto", messages=user(SUM), stream=True)
    assert text_of(stream) == "It is 391."


def test_usage_only_for_who_asks(bench: Bench) -> None:
    """Usage comes once, last, in a chunk without choices, or not at all."""
    bench.cheap.streams(*says("It is 391."))
    asked = bench.client.chat.completions.create(
        model="auto", messages=user(SUM), stream=True, stream_options={"include_usage": True}
    )
    assert [bool(one.usage) for one in asked] == [False, False, False, True]


def test_tools_and_thinking_come_as_they_were(bench: Bench) -> None:
    """Fragments of calls and thinking are replayed event by event, in their order."""
    call = {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    events = [
        delta(role="assistant", reasoning_content="Which city? "),
        delta(reasoning_content="Rome."),
        delta(tool_calls=[call]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '{"city": '}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '"Rome"}'}}]),
        delta("tool_calls"),
    ]
    bench.cheap.streams(*events, USAGE, b"[DONE]")
    headers, blocks = raw_stream(bench, "Weather in Rome?", tools=[WEATHER])
    data = [block.removeprefix(b"data: ") for block in blocks if block.startswith(b"data: ")]
    assert data == [*events, b"[DONE]"]
    assert (headers["x-tiergate-model"], headers["x-tiergate-verdict"]) == ("cheap", "passed")
    with bench.client.chat.completions.stream(
        model="auto", messages=user("Weather in Rome?"), tools=[WEATHER]
    ) as stream:
        [made] = stream.get_final_completion().choices[0].message.tool_calls or []
    assert made.function.arguments == '{"city": "Rome"}'


def released_late(upstream: Scripted) -> threading.Timer:
    """Lets the rest of an answer go when an impatient client has long given up, unless something came."""
    timer = threading.Timer(3 * IMPATIENT, upstream.release)
    timer.start()
    return timer


def test_heartbeats_keep_the_client(bench: Bench) -> None:
    """A client that waits a second for anything gets an answer that takes three; without them it gives up."""
    for workload in ("quick", "silent"):
        bench.cheap.streams(delta(role="assistant", content="It is "), rest=says("391."))
        timer = released_late(bench.cheap)
        with bench.gateway.client(timeout=IMPATIENT) as client:
            if workload == "quick":
                stream = client.chat.completions.create(
                    model="auto", messages=user(SUM), stream=True, metadata={"tiergate_workload": workload}
                )
                assert text_of(stream) == "It is 391."
            else:
                with pytest.raises(APITimeoutError):
                    client.chat.completions.create(
                        model="auto", messages=user(SUM), stream=True,
                        metadata={"tiergate_workload": workload},
                    )  # fmt: skip
        timer.join()


async def test_heartbeats_keep_the_asyncio_client(bench: Bench) -> None:
    """The same, with the client for asyncio."""
    bench.cheap.streams(delta(role="assistant", content="It is "), rest=says("391."))
    timer = released_late(bench.cheap)
    async with bench.gateway.async_client(timeout=IMPATIENT) as client:
        stream = await client.chat.completions.create(
            model="auto", messages=user(SUM), stream=True, metadata={"tiergate_workload": "quick"}
        )
        assert text_of([one async for one in stream]) == "It is 391."
    await asyncio.to_thread(timer.join)


def test_after_a_heartbeat_the_comment_tells_the_rest(bench: Bench) -> None:
    """Its head went out before anybody had answered: who did stands in the closing comment."""
    bench.cheap.streams(delta(role="assistant", content="It is "), rest=says("391."))
    timer = released_late(bench.cheap)
    headers, blocks = raw_stream(bench, SUM, metadata={"tiergate_workload": "quick"})
    timer.join()
    assert "x-tiergate-model" not in headers and headers["x-tiergate-rule"] == "quick"
    beats = [block for block in blocks if block.startswith(b": tiergate is checking")]
    assert len(beats) >= 5 and blocks[: len(beats)] == beats
    fields = told_last(blocks)
    assert (fields["x-tiergate-model"], fields["x-tiergate-verdict"]) == ("cheap", "passed")


def test_going_away_while_it_waits(bench: Bench) -> None:
    """The upstream is stopped, what it had written is billed, and nobody else is asked."""
    bench.cheap.streams(delta(role="assistant", content="It is " * 50), rest=says("390."))
    asked = len(bench.dear.bodies)
    with pytest.raises(APITimeoutError), bench.gateway.client(timeout=IMPATIENT) as client:
        client.chat.completions.create(
            model="auto", messages=user(SUM), stream=True, metadata={"tiergate_workload": "silent"},
            extra_headers={"x-request-id": "held-and-gone"},
        )  # fmt: skip
    row = bench.gateway.named_row("held-and-gone")
    assert (row["outcome"], row["cost_state"], row["attempts"]) == ("cancelled", "estimated", 1)
    assert row["output"] > 0 and row["cost_pico"] > 0
    assert len(bench.dear.bodies) == asked
    bench.cheap.release()


def test_failures_before_and_after_a_heartbeat(bench: Bench) -> None:
    """Before any sign of life an error has its own status; afterwards it is an event, which raises."""
    for upstream in (bench.cheap, bench.dear):
        upstream.answers(b"broken", "500 Oops")
    with pytest.raises(InternalServerError) as early:
        bench.client.chat.completions.create(model="auto", messages=user(SUM), stream=True)
    assert early.value.code == "upstream_failed"
    bench.cheap.streams(delta(role="assistant", content="It is "), rest=[b"no json"])
    timer = released_late(bench.cheap)
    stream = bench.client.chat.completions.create(
        model="auto", messages=user(SUM), stream=True, metadata={"tiergate_workload": "quick"},
        extra_headers={"x-request-id": "held-and-broken"},
    )  # fmt: skip
    with pytest.raises(APIError, match="No upstream gave an answer") as late:
        list(stream)
    timer.join()
    assert late.value.code == "upstream_failed"
    row = bench.gateway.named_row("held-and-broken")
    assert (row["outcome"], row["attempts"]) == ("exhausted", 2)


def test_the_upstream_finds_fault_with_the_request(bench: Bench) -> None:
    """Its own words reach the client, with their status while there is still one to give."""
    body = orjson.dumps({"error": {"message": "top_q is unknown", "type": "invalid_request_error"}})
    bench.cheap.answers(body, "400 Bad Request")
    with pytest.raises(BadRequestError, match="top_q is unknown"):
        bench.client.chat.completions.create(model="auto", messages=user(SUM), stream=True)
    head = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
    bench.cheap.streams(rest=[])
    bench.cheap.reply, bench.cheap.rest = head, body
    timer = released_late(bench.cheap)
    stream = bench.client.chat.completions.create(
        model="auto", messages=user(SUM), stream=True, metadata={"tiergate_workload": "quick"}
    )
    with pytest.raises(APIError, match="top_q is unknown"):
        list(stream)
    timer.join()


def test_a_broken_stream_is_not_shown_in_part(bench: Bench) -> None:
    """What broke off is billed and replaced: held back, an answer can still come from the next candidate."""
    bench.cheap.streams(delta(role="assistant", content="It is "), b'{"error": {"message": "out of memory"}}')
    bench.dear.streams(*says("It is 391."))
    stream = bench.client.chat.completions.create(
        model="auto", messages=user(SUM), stream=True, extra_headers={"x-request-id": "held-in-part"}
    )
    assert text_of(stream) == "It is 391."
    first, second = bench.gateway.attempt_rows(bench.gateway.named_row("held-in-part")["id"])
    assert (first["status"], first["cost_state"], second["status"]) == ("error", "estimated", "ok")
    until(lambda: bench.gateway.ready()["status"] == "ready")
