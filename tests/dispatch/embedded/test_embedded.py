"""The adapter around in-process engines: loading, queueing, deadlines, cancelling. The engine is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from router.dispatch.embedded import EmbeddedUpstream
from router.dispatch.model_path import ModelMissing
from router.dispatch.port import BrokenReply, ConnectFailed, QueueFull, TimedOut, UpstreamCall
from router.dispatch.replies import Refused
from router.domain.catalog import Endpoint

Make = Callable[..., Any]


async def _stopped(engine: Any) -> None:
    assert await asyncio.to_thread(engine.stopped.wait, 5)


async def test_the_model_is_loaded_once_and_off_the_loop(
    engine: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Four calls at once load one model, in a thread."""
    loads: list[str] = []

    def load(endpoint: Endpoint) -> Any:
        asyncio.run(asyncio.sleep(0))  # raises on a thread that runs a loop
        loads.append(endpoint.id)
        return engine

    upstream = EmbeddedUpstream(load)
    engine.permits.release(4)
    call = make_call(make_endpoint(max_concurrency=4), words=["a"])
    replies = await asyncio.gather(*(upstream.call(call) for _ in range(4)))
    assert [orjson.loads(await r.read())["choices"][0]["message"]["content"] for r in replies] == ["a"] * 4
    assert loads == ["small-1"]
    await upstream.aclose()
    assert engine.closed.is_set()


async def test_missing_weights_are_a_connect_failure_that_heals(
    engine: Any, make_endpoint: Make, make_call: Make
) -> None:
    """A load that fails says why and was not billed; the next call tries again."""
    missing = [ModelMissing("install it")]

    def load(_: Endpoint) -> Any:
        if missing:
            raise missing.pop()
        return engine

    upstream = EmbeddedUpstream(load)
    call = make_call(make_endpoint(), words=[])
    with pytest.raises(ConnectFailed, match="small-1 cannot be loaded: install it") as failed:
        await upstream.call(call)
    assert failed.value.reached is False
    assert (await upstream.call(call)).status == 200
    await upstream.aclose()


async def test_a_full_queue_refuses(engine: Any, make_endpoint: Make, make_call: Make) -> None:
    """With one running and none waiting, a second call fails at once."""
    upstream = EmbeddedUpstream(lambda _: engine, waiting=0)
    engine.permits.release()
    reply = await upstream.call(make_call(make_endpoint(), words=["a", "b"]))
    with pytest.raises(QueueFull):
        await upstream.call(make_call(make_endpoint(), words=["a"]))
    await reply.close()
    await _stopped(engine)
    await upstream.aclose()


async def test_timeouts_name_their_phase_and_stop_the_engine(
    engine: Any, make_endpoint: Make, make_call: Make
) -> None:
    """No first chunk, no further chunk, too long in all: each raises TimedOut and the engine stops."""
    limits = [
        ("first_byte", {"first_byte_timeout": 0.05}, 0),
        ("between_chunks", {"between_chunks_timeout": 0.05}, 1),
        ("total", {"total_timeout": 0.05}, 1),
    ]
    upstream = EmbeddedUpstream(lambda _: engine)
    for phase, limit, permits in limits:
        engine.stopped.clear()
        if permits:
            engine.permits.release()
        with pytest.raises(TimedOut) as late:
            await (await upstream.call(make_call(make_endpoint(**limit), words=["a", "b"]))).read()
        assert (late.value.phase, late.value.reached) == (phase, True)
        await _stopped(engine)
    await upstream.aclose()


async def test_a_timeout_in_line_was_never_started(engine: Any, make_endpoint: Make, make_call: Make) -> None:
    """A call whose deadline passes before a worker took it up says `reached` False: it cannot be billed."""
    upstream = EmbeddedUpstream(lambda _: engine)
    engine.permits.release()
    running = await upstream.call(make_call(make_endpoint(), words=["a", "b"]))
    with pytest.raises(TimedOut) as late:
        await upstream.call(make_call(make_endpoint(first_byte_timeout=0.05), words=["a"]))
    assert late.value.reached is False
    await running.close()
    await upstream.aclose()


async def test_cancelling_the_caller_stops_the_engine(
    engine: Any, make_endpoint: Make, make_call: Make
) -> None:
    """A task cancelled before the first chunk, or while reading, stops the generation."""
    upstream = EmbeddedUpstream(lambda _: engine)
    await upstream.warm(make_endpoint())
    for permits in (0, 1):
        engine.stopped.clear()
        if permits:
            engine.permits.release()

        async def talk() -> None:
            await (await upstream.call(make_call(make_endpoint(), words=["a", "b"]))).read()

        task = asyncio.create_task(talk())
        done, _ = await asyncio.wait([task], timeout=0.05)
        assert not done
        task.cancel()
        await asyncio.wait([task])
        await _stopped(engine)
    await upstream.aclose()


async def test_a_refusal_is_a_reply_and_a_late_error_a_broken_one(
    engine: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Before the first chunk a refusal has a status and OpenAI's body; a later error breaks the reply."""
    upstream = EmbeddedUpstream(lambda _: engine)
    engine.permits.release(3)
    reply = await upstream.call(make_call(make_endpoint(), words=[Refused("no", code="c", param="p")]))
    assert reply.status == 400
    assert orjson.loads(await reply.read())["error"] == {
        "message": "no",
        "type": "invalid_request_error",
        "param": "p",
        "code": "c",
    }
    late = await upstream.call(make_call(make_endpoint(), words=["a", ZeroDivisionError()]))
    with pytest.raises(BrokenReply):
        await late.read()
    await upstream.aclose()


async def test_a_streamed_reply_is_events_with_usage_only_if_asked(
    engine: Any, make_endpoint: Make, make_call: Make
) -> None:
    """Events name the model as the catalog does, end with [DONE], and carry usage when asked for."""
    upstream = EmbeddedUpstream(lambda _: engine)
    engine.permits.release(2)
    fields = {"words": ["a"], "stream": True}
    plain = await (await upstream.call(make_call(make_endpoint(), **fields))).read()
    fields["stream_options"] = {"include_usage": True}
    asked = await upstream.call(make_call(make_endpoint(), **fields))
    events = [chunk async for chunk in asked.chunks()]
    assert plain.count(b"data: ") == 2
    assert b"usage" not in plain
    assert asked.headers["content-type"].startswith("text/event-stream")
    assert orjson.loads(events[0].removeprefix(b"data: "))["model"] == "smollm2-135m"
    assert b'"usage"' in events[-2]
    assert events[-1] == b"data: [DONE]\n\n"
    await upstream.aclose()


async def test_a_changed_endpoint_gets_a_new_model_and_the_old_one_finishes_first(
    make_endpoint: Make, make_call: Make, engine: Any
) -> None:
    """A reload of the catalog drops no answer: the old model ends its work, then is unloaded."""
    engines = [engine, type(engine)()]
    upstream = EmbeddedUpstream(lambda endpoint: engines[0 if endpoint.context == 1024 else 1])
    old, new = make_endpoint(), make_endpoint(context=2048)
    engine.permits.release()
    reply = await upstream.call(make_call(old, words=["a", "b"]))
    engines[1].permits.release()
    call: UpstreamCall = make_call(new, words=["c"])
    assert b'"c"' in await (await upstream.call(call)).read()
    assert not engine.closed.is_set()
    engine.permits.release()
    assert b'"ab"' in await reply.read()
    assert await asyncio.to_thread(engine.closed.wait, 5)
    await upstream.aclose()
    assert engines[1].closed.is_set()
