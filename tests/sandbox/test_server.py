"""The simulated servers speak the OpenAI wire as the official client expects it, and say what they are."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import jsonschema_rs
import openai
import pytest

from router.sandbox import tokens
from router.sandbox.profiles import FRONTIER
from router.sandbox.prompts import Prompt, load_prompts
from router.sandbox.testing import running_sandbox
from tests.sandbox.conftest import MakeClient, MakeHttp

HELLO: Any = [{"role": "user", "content": "Hello there"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "minLength": 2},
                "unit": {"enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1, "maximum": 5},
            },
            "required": ["city", "unit", "days"],
            "additionalProperties": False,
        },
    },
}


def prompt(prompt_id: str) -> Prompt:
    return next(p for p in load_prompts() if p.id == prompt_id)


async def test_every_reply_says_that_it_is_simulated(http: MakeHttp) -> None:
    """Answers, errors and lists carry x-simulated; free text for an unknown prompt begins by saying so."""
    async with running_sandbox("frontier") as sandbox:
        client = http(sandbox)
        good = await client.post("/v1/chat/completions", json={"model": sandbox.model, "messages": HELLO})
        replies = [good, await client.get("/v1/models"), await client.get("/nowhere")]
        assert [r.headers["x-simulated"] for r in replies] == ["true"] * 3
        body = good.json()
        assert body["system_fingerprint"] == "simulated"
        assert body["choices"][0]["message"]["content"].startswith("This is a reply of a simulated frontier")
        assert "simulated" in (await client.get("/v1/models")).json()["data"][0]["owned_by"]


@pytest.mark.parametrize("field", ["stream", "stream_options", "n", "max_tokens", "tools", "response_format"])
async def test_null_is_the_default(http: MakeHttp, field: str) -> None:
    """As at OpenAI, a field that is null is as good as left out; one that is required is still missed."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO, "seed": 5}
        replies = [
            await http(sandbox).post("/v1/chat/completions", json=b) for b in (body, {**body, field: None})
        ]
        said = [reply.json()["choices"][0]["message"]["content"] for reply in replies]
        assert said[0] == said[1]
        lacking = await http(sandbox).post("/v1/chat/completions", json={**body, "messages": None})
        assert (lacking.status_code, lacking.json()["error"]["param"]) == (400, "messages")


async def test_schema_without_end(http: MakeHttp) -> None:
    """A schema that is only a reference to itself gets an answer, not a server that is busy for ever."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "#"}}}
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO, "response_format": form}
        reply = await http(sandbox).post("/v1/chat/completions", json=body)
        json.loads(reply.json()["choices"][0]["message"]["content"])


async def test_usage_counts_what_was_sent_and_said(official: MakeClient) -> None:
    """completion_tokens is visible text plus hidden thinking, and the total is the sum."""
    async with running_sandbox("frontier", thinking_scale=1.0) as sandbox:
        reply = await official(sandbox).chat.completions.create(model=sandbox.model, messages=HELLO)
        assert reply.usage is not None and reply.usage.completion_tokens_details is not None
        visible = tokens.count(reply.choices[0].message.content or "")
        hidden = reply.usage.completion_tokens_details.reasoning_tokens
        assert hidden and hidden > 0
        assert reply.usage.completion_tokens == visible + hidden
        assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


async def test_stream_adds_up_to_the_plain_reply(official: MakeClient) -> None:
    """With the same seed the joined deltas and the streamed usage equal the reply that is not streamed."""
    async with running_sandbox("reasoning") as sandbox:
        client = official(sandbox)
        plain = await client.chat.completions.create(model=sandbox.model, messages=HELLO, seed=5)
        stream = await client.chat.completions.create(
            model=sandbox.model, messages=HELLO, seed=5, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        deltas = [c.choices[0].delta for c in chunks if c.choices]
        assert "".join(d.content or "" for d in deltas) == plain.choices[0].message.content
        thought = "".join(getattr(d, "reasoning", None) or "" for d in deltas)
        assert thought == getattr(plain.choices[0].message, "reasoning", None)
        assert thought.startswith("(simulated thinking)")
        assert chunks[-1].choices == [] and chunks[-1].usage is not None and plain.usage is not None
        assert chunks[-1].usage.completion_tokens == plain.usage.completion_tokens


async def test_stream_without_include_usage_reports_none(http: MakeHttp) -> None:
    """Usage appears in a stream only when it was asked for; the stream ends with [DONE]."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO, "stream": True}
        text = (await http(sandbox).post("/v1/chat/completions", json=body)).text
        assert '"usage"' not in text
        assert text.endswith("data: [DONE]\n\n")


async def test_thinking_as_tags_lacks_the_opener(official: MakeClient) -> None:
    """With tags the thinking is text without <think>, closed by </think>, and usage does not itemise it."""
    async with running_sandbox("reasoning", thinking="tags") as sandbox:
        reply = await official(sandbox).chat.completions.create(model=sandbox.model, messages=HELLO)
        content = reply.choices[0].message.content or ""
        thought, closer, answer = content.partition("</think>")
        assert closer and "<think>" not in content
        assert thought.startswith("(simulated thinking)") and answer.strip().startswith("This is a reply")
        assert reply.usage is not None and reply.usage.completion_tokens_details is None


async def test_max_tokens_can_end_inside_the_thinking(official: MakeClient) -> None:
    """A small limit leaves null content, cut thinking, finish_reason length and exactly the limit billed."""
    async with running_sandbox("reasoning", thinking_scale=1.0) as sandbox:
        reply = await official(sandbox).chat.completions.create(
            model=sandbox.model, messages=HELLO, max_tokens=20
        )
        assert reply.choices[0].finish_reason == "length"
        assert reply.choices[0].message.content is None
        assert reply.usage is not None and reply.usage.completion_tokens == 20


async def test_known_prompt_gets_its_answer(official: MakeClient) -> None:
    """A prompt of the demo is answered from the key, also behind another system message."""
    easy = prompt("arithmetic-01")
    async with running_sandbox("frontier") as sandbox:
        messages: Any = [{"role": "system", "content": "Be brief."}, *easy.messages]
        reply = await official(sandbox).chat.completions.create(model=sandbox.model, messages=messages)
        assert (reply.choices[0].message.content or "").endswith("Answer: 42")


async def test_tools_are_called_with_valid_arguments(official: MakeClient) -> None:
    """Forced, required and mentioned tools are called with arguments that satisfy their schema."""
    schema = WEATHER["function"]["parameters"]
    async with running_sandbox("frontier") as sandbox:
        client = official(sandbox)
        forced: Any = {"type": "function", "function": {"name": "get_weather"}}
        for choice, text in ((forced, "hi"), ("required", "hi"), ("auto", "How is the weather?")):
            reply = await client.chat.completions.create(
                model=sandbox.model,
                messages=[{"role": "user", "content": text}],
                tools=[WEATHER],
                tool_choice=choice,
            )
            assert reply.choices[0].finish_reason == "tool_calls"
            calls = reply.choices[0].message.tool_calls or []
            assert len(calls) == 1 and calls[0].type == "function"
            assert jsonschema_rs.is_valid(schema, json.loads(calls[0].function.arguments))
        reply = await client.chat.completions.create(
            model=sandbox.model, messages=HELLO, tools=[WEATHER], tool_choice="none"
        )
        assert reply.choices[0].message.tool_calls is None


async def test_parallel_tool_calls_stream_in_fragments(official: MakeClient) -> None:
    """Two calls arrive as numbered fragments that join to the key's arguments; one when parallel is off."""
    case = prompt("tool-03")
    async with running_sandbox("frontier") as sandbox:
        client = official(sandbox)
        request: Any = {"model": sandbox.model, "messages": list(case.messages), "tools": case.body["tools"]}
        joined: dict[int, str] = {}
        fragments = 0
        async for chunk in await client.chat.completions.create(**request, stream=True):
            for part in chunk.choices[0].delta.tool_calls or []:
                fragments += 1
                assert part.function is not None
                joined[part.index] = joined.get(part.index, "") + (part.function.arguments or "")
        cities = [json.loads(arguments)["city"] for arguments in joined.values()]
        assert cities == ["Quito", "Nairobi"]
        assert fragments > 10
        single = await client.chat.completions.create(**request, parallel_tool_calls=False)
        assert len(single.choices[0].message.tool_calls or []) == 1


async def test_json_schema_is_obeyed_with_values_of_the_key(official: MakeClient) -> None:
    """A known prompt's JSON comes from the key even under another schema; unknown prompts get an instance."""
    case = prompt("extract-01")
    other = {"type": "object", "properties": {"supplier": {"type": "string"}, "pages": {"type": "integer"}}}
    other |= {"required": ["supplier", "pages"], "additionalProperties": False}
    async with running_sandbox("frontier") as sandbox:
        client = official(sandbox)

        async def ask(messages: Any, schema: Any) -> Any:
            shape: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
            reply = await client.chat.completions.create(
                model=sandbox.model, messages=messages, response_format=shape
            )
            return json.loads(reply.choices[0].message.content or "")

        schema = case.body["response_format"]["json_schema"]["schema"]
        assert (await ask(list(case.messages), schema))["total"] == 1284.5
        assert (await ask(list(case.messages), other))["supplier"] == "Birch Paper Ltd"
        assert jsonschema_rs.is_valid(schema, await ask(HELLO, schema))


async def test_json_object_is_an_object(official: MakeClient) -> None:
    """response_format json_object gives a JSON object that says it is simulated."""
    async with running_sandbox("reasoning") as sandbox:
        reply = await official(sandbox).chat.completions.create(
            model=sandbox.model, messages=HELLO, response_format={"type": "json_object"}
        )
        assert json.loads(reply.choices[0].message.content or "")["simulated"] is True


async def test_choices_logprobs_and_stop(official: MakeClient) -> None:
    """n gives that many choices, logprobs join to the text, and a stop sequence ends it before itself."""
    async with running_sandbox("frontier") as sandbox:
        reply = await official(sandbox).chat.completions.create(
            model=sandbox.model, messages=HELLO, n=3, logprobs=True, top_logprobs=2, stop=["frontier"]
        )
        assert [c.index for c in reply.choices] == [0, 1, 2]
        for choice in reply.choices:
            assert choice.message.content == "This is a reply of a simulated "
            assert choice.finish_reason == "stop"
            assert choice.logprobs is not None and choice.logprobs.content is not None
            assert "".join(t.token for t in choice.logprobs.content) == choice.message.content
            assert all(len(t.top_logprobs) == 2 and t.logprob <= 0 for t in choice.logprobs.content)


async def test_seed_makes_a_reply_repeatable(official: MakeClient) -> None:
    """The same seed gives the same text; without one, replies differ."""
    async with running_sandbox("frontier") as sandbox:
        client = official(sandbox)

        async def ask(**more: Any) -> str | None:
            reply = await client.chat.completions.create(model=sandbox.model, messages=HELLO, **more)
            return reply.choices[0].message.content

        assert await ask(seed=1) == await ask(seed=1)
        assert len({await ask() for _ in range(4)}) > 1


async def test_repeated_prefix_is_reported_as_cached(official: MakeClient) -> None:
    """The second call with the same long beginning reports cached tokens in whole blocks; a new one none."""
    long: Any = [{"role": "user", "content": "word and text " * 1_000}]
    for profile, block in (("frontier", 128), ("reasoning", 16)):
        async with running_sandbox(profile) as sandbox:  # type: ignore[arg-type]
            client = official(sandbox)
            seen = []
            for extra in ("first", "second"):
                reply = await client.chat.completions.create(
                    model=sandbox.model, messages=[*long, {"role": "user", "content": extra}], max_tokens=5
                )
                assert reply.usage is not None and reply.usage.prompt_tokens_details is not None
                seen.append((reply.usage.prompt_tokens_details.cached_tokens or 0, reply.usage.prompt_tokens))
            assert seen[0][0] == 0
            assert seen[1][0] % block == 0
            assert seen[1][1] - 2 * block < seen[1][0] + 20 < seen[1][1] + 20


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "pirate", "content": "x"}]}, 400, "messages.0.role"),
        ({"temperature": 9}, 400, "temperature"),
        ({"n": 0}, 400, "n"),
        ({"tool_choice": "required"}, 400, "tool_choice"),
        ({"response_format": {"type": "json_schema"}}, 400, "response_format.json_schema"),
        ({"model": "no-such-model"}, 404, "model"),
        ({"max_tokens": 10_000_000}, 400, "messages"),
    ],
)
async def test_bad_requests_are_refused_in_openai_shape(
    http: MakeHttp, change: dict[str, Any], status: int, param: str
) -> None:
    """Each malformed request ends in its status with an error object that names the parameter."""
    async with running_sandbox("frontier") as sandbox:
        body = {"model": sandbox.model, "messages": HELLO, **change}
        reply = await http(sandbox).post("/v1/chat/completions", json=body)
        assert reply.status_code == status
        error = reply.json()["error"]
        assert error.keys() == {"message", "type", "param", "code"}
        assert error["param"] == param


async def test_context_overflow_and_key_errors_by_dialect(http: MakeHttp) -> None:
    """Too long a prompt and a wrong key end as OpenAI, or as vLLM, would answer them."""
    long = {"messages": [{"role": "user", "content": "x " * 4_000}]}
    async with running_sandbox("frontier", context=1_000, api_key="secret") as sandbox:
        client = http(sandbox)
        url, right = "/v1/chat/completions", {"authorization": "Bearer secret"}
        denied = await client.post(url, json={"model": sandbox.model, "messages": HELLO})
        assert (denied.status_code, denied.json()["error"]["code"]) == (401, "invalid_api_key")
        over = await client.post(url, json={"model": sandbox.model, **long}, headers=right)
        assert (over.status_code, over.json()["error"]["code"]) == (400, "context_length_exceeded")
    async with running_sandbox("reasoning", context=1_000, api_key="secret") as sandbox:
        client = http(sandbox)
        denied = await client.post(url, json={"model": sandbox.model, "messages": HELLO})
        assert (denied.status_code, denied.json()) == (401, {"error": "Unauthorized"})
        over = await client.post(url, json={"model": sandbox.model, **long}, headers=right)
        assert (over.status_code, over.json()["error"]["code"]) == (400, 400)
        assert "maximum context length is 1000 tokens" in over.json()["error"]["message"]


async def test_body_that_is_no_json_is_refused(http: MakeHttp) -> None:
    """Broken JSON, a list and an empty body are a 400 each."""
    async with running_sandbox("frontier") as sandbox:
        client = http(sandbox)
        for content in (b'{"model": ', b"[1, 2]", b""):
            reply = await client.post("/v1/chat/completions", content=content)
            assert reply.status_code == 400, content
            assert reply.json()["error"]["type"] == "invalid_request_error"


async def test_record_shows_what_was_sent(official: MakeClient) -> None:
    """The record keeps body and headers of each chat request and how it ended."""
    async with running_sandbox("frontier") as sandbox:
        await official(sandbox).chat.completions.create(
            model=sandbox.model, messages=HELLO, extra_headers={"x-probe": "7"}
        )
        seen = sandbox.record.last
        assert seen.json["messages"] == HELLO
        assert seen.headers["x-probe"] == "7"
        assert (seen.status, seen.finished, seen.disconnected) == (200, True, False)


async def test_client_that_leaves_is_noticed(http: MakeHttp) -> None:
    """A client that closes a stream is recorded as a disconnect and frees its place."""
    async with running_sandbox("reasoning", speed=1.0) as sandbox:
        body = {"model": sandbox.model, "messages": HELLO, "stream": True}
        async with http(sandbox).stream("POST", "/v1/chat/completions", json=body) as reply:
            assert await anext(reply.aiter_lines())
            assert sandbox.record.running == 1
        await sandbox.record.wait_until(lambda r: r.disconnects == 1 and r.running == 0)
        assert not sandbox.record.last.finished


async def test_queue_and_metrics_use_vllm_names(http: MakeHttp) -> None:
    """With one place, a second request waits, and /metrics says so in vLLM's names."""
    async with running_sandbox("reasoning", max_running=1) as sandbox:
        client = http(sandbox)
        body = {"model": sandbox.model, "messages": HELLO}
        held = asyncio.create_task(
            client.post("/v1/chat/completions", json=body, headers={"x-sandbox-fault": "hang"})
        )
        await sandbox.record.wait_until(lambda r: r.running == 1)
        waiting = asyncio.create_task(client.post("/v1/chat/completions", json=body))
        await sandbox.record.wait_until(lambda r: len(r.requests) == 2)
        page = await _metric_once(client, "vllm:num_requests_waiting", 1.0)
        assert _metric(page, "vllm:num_requests_running") == 1.0
        held.cancel()
        assert (await waiting).status_code == 200
        page = (await client.get("/metrics")).text
        assert _metric(page, "vllm:num_requests_running") == 0.0
        assert "vllm:time_to_first_token_seconds_bucket" in page
        assert _metric(page, "vllm:generation_tokens_total") > 0


async def _metric_once(client: httpx.AsyncClient, name: str, value: float) -> str:
    """The metrics page as soon as the metric has the value; each look is a round trip, no sleep."""
    for _ in range(200):
        page = (await client.get("/metrics")).text
        if _metric(page, name) == value:
            return page
    raise AssertionError(f"{name} never became {value}")


def _metric(page: str, name: str) -> float:
    return float(next(line for line in page.splitlines() if line.startswith(name + "{")).split()[-1])


async def test_concurrency_is_recorded(official: MakeClient) -> None:
    """peak_running is the number of requests that were generated at once."""
    async with running_sandbox("frontier", speed=5.0) as sandbox:
        client = official(sandbox)
        asked = [client.chat.completions.create(model=sandbox.model, messages=HELLO) for _ in range(5)]
        await asyncio.gather(*asked)
        assert sandbox.record.peak_running == 5


async def test_speed_divides_time(official: MakeClient) -> None:
    """At speed 4 a reply of 60 tokens takes at least half of a quarter of its median generation time."""
    loop = asyncio.get_running_loop()
    async with running_sandbox("frontier", speed=4.0) as sandbox:
        client, started = official(sandbox), loop.time()
        await client.chat.completions.create(model=sandbox.model, messages=HELLO, seed=3, max_tokens=60)
        assert loop.time() - started > FRONTIER.pace.token_s * 60 / 4 / 2


async def test_models_and_health(official: MakeClient, http: MakeHttp) -> None:
    """The model list names what is served, with the context length as vLLM gives it; /health is 200."""
    async with running_sandbox("reasoning", models=("one", "two")) as sandbox:
        listed = (await official(sandbox).models.list()).data
        assert [m.id for m in listed] == ["one", "two"]
        assert listed[0].model_dump()["max_model_len"] == 131_072
        assert (await http(sandbox).get("/health")).status_code == 200


async def test_official_client_parses_errors(official: MakeClient) -> None:
    """The official client maps an unknown model to NotFoundError."""
    async with running_sandbox("reasoning") as sandbox:
        with pytest.raises(openai.NotFoundError):
            await official(sandbox).chat.completions.create(model="nope", messages=HELLO)
