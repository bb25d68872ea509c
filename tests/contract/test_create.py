"""Whole answers through the official client: what an app gets, and what the upstream was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI

from tests.contract.chat import CITY_FORMAT, POPULATION, WEATHER, City, user
from tests.contract.conftest import Desk


def test_create(client: OpenAI) -> None:
    """A plain request is answered with a completion, its usage included."""
    completion = client.chat.completions.create(model="big", messages=user())
    assert completion.object == "chat.completion"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )


async def test_create_async(desk: Desk) -> None:
    """The asyncio client gets the same."""
    async with desk.gateway.async_client() as client:
        completion = await client.chat.completions.create(model="big", messages=user())
    assert completion.choices[0].message.content


def test_one_tool_call(client: OpenAI) -> None:
    """A tool call comes with its id, name and JSON arguments, and its result can be sent back."""
    messages = user("Look up the weather in Oslo.")
    completion = client.chat.completions.create(model="big", messages=messages, tools=[WEATHER])
    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls is not None
    [call] = choice.message.tool_calls
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert set(json.loads(call.function.arguments)) == {"city"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "4 degrees, rain"}
    messages = [*messages, choice.message.model_dump(exclude_none=True), result]
    after = client.chat.completions.create(model="big", messages=messages, tools=[WEATHER])
    assert after.choices[0].message.content


def test_parallel_tool_calls(client: OpenAI) -> None:
    """Two calls of one turn come apart, and only one when parallel calls are turned off."""
    messages = user("Give me weather and population of Oslo.")
    tools = [WEATHER, POPULATION]
    both = client.chat.completions.create(model="big", messages=messages, tools=tools)
    calls = both.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == ["get_weather", "get_population"]
    assert len({call.id for call in calls}) == 2
    one = client.chat.completions.create(
        model="big", messages=messages, tools=tools, parallel_tool_calls=False
    )
    assert len(one.choices[0].message.tool_calls or []) == 1


@pytest.mark.parametrize("model", ["big", "little", "thinker"])
def test_json_object(client: OpenAI, model: str) -> None:
    """Every tier answers `json_object` with a JSON object, and the check of it passes."""
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=user("A JSON object please."), response_format={"type": "json_object"}
    )
    content = raw.parse().choices[0].message.content
    assert isinstance(json.loads(content or ""), dict)
    assert raw.headers["x-tiergate-verdict"] == "passed"


def test_json_schema(client: OpenAI, desk: Desk) -> None:
    """A schema reaches the upstream as it was given, and the answer fits it."""
    completion = client.chat.completions.create(
        model="big", messages=user("Any city."), response_format=CITY_FORMAT
    )
    City.model_validate_json(completion.choices[0].message.content or "")
    assert desk.abroad.record.last.json["response_format"] == CITY_FORMAT


def test_schema_in_another_dialect(client: OpenAI) -> None:
    """What OpenAPI writes is no JSON Schema: the answer passes through, and nobody says that it fits."""
    number = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    schema = {"type": "object", "properties": {"price": number}, "required": ["price"]}
    raw = client.chat.completions.with_raw_response.create(
        model="big",
        messages=user("Any price."),
        response_format={"type": "json_schema", "json_schema": {"name": "price", "schema": schema}},
    )
    assert set(json.loads(raw.parse().choices[0].message.content or "")) == {"price"}
    assert raw.headers["x-tiergate-verdict"] == "unverified"


@pytest.mark.parametrize("model", ["big", "thinker"])
def test_parse(client: OpenAI, model: str) -> None:
    """`.parse()` gives an instance of the pydantic model it was asked for."""
    completion = client.chat.completions.parse(model=model, messages=user("Any city."), response_format=City)
    assert isinstance(completion.choices[0].message.parsed, City)


def test_several_choices(client: OpenAI) -> None:
    """`n=2` gives two choices with their indexes."""
    completion = client.chat.completions.create(model="big", messages=user(), n=2)
    assert [choice.index for choice in completion.choices] == [0, 1]


@pytest.mark.parametrize("model", ["big", "thinker"])
def test_logprobs(client: OpenAI, model: str) -> None:
    """Log probabilities come back token by token, also where the gateway reads a stream underneath."""
    completion = client.chat.completions.create(model=model, messages=user(), logprobs=True, top_logprobs=2)
    choice = completion.choices[0]
    assert choice.logprobs is not None and choice.logprobs.content
    text = "".join(token.token for token in choice.logprobs.content)
    assert (choice.message.content or "") in text
    assert len(choice.logprobs.content[0].top_logprobs) == 2


def test_seed(client: OpenAI) -> None:
    """The same seed gives the same answer: it reaches the upstream."""
    answers = {
        client.chat.completions.create(model="big", messages=user(), seed=seed).choices[0].message.content
        for seed in (1, 1)
    }
    assert len(answers) == 1


def test_stop(client: OpenAI) -> None:
    """A stop sequence ends the answer before it."""
    completion = client.chat.completions.create(model="big", messages=user(), stop=["simulated"])
    assert "simulated" not in (completion.choices[0].message.content or "")


def test_unknown_fields_pass(client: OpenAI, desk: Desk) -> None:
    """Fields the gateway has never heard of reach the upstream as they are, nested ones too."""
    extra: dict[str, Any] = {
        "guided_choice": ["a", "b"],
        "chat_template_kwargs": {"deep": {"er": [1, 2.5, None]}},
    }
    client.chat.completions.create(model="big", messages=user(), extra_body=extra, user="u-1")
    sent = desk.abroad.record.last.json
    assert {name: sent[name] for name in extra} == extra
    assert sent["user"] == "u-1"


def test_payload_is_otherwise_the_callers(client: OpenAI, desk: Desk) -> None:
    """Nothing but the model's name changes on the way to an upstream without a profile."""
    messages = [{"role": "developer", "content": "Short."}, *user("Grüße, 你好 🌍 \u0000\u2028")]
    client.chat.completions.create(
        model="big", messages=messages, temperature=0, metadata={"purpose": "test"}, max_completion_tokens=50
    )
    assert desk.abroad.record.last.json == {
        "model": desk.abroad.model,
        "messages": messages,
        "temperature": 0,
        "metadata": {"purpose": "test"},
        "max_completion_tokens": 50,
    }


def test_images_and_audio_pass(client: OpenAI, desk: Desk) -> None:
    """Parts that are no text reach the upstream untouched."""
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ]
    client.chat.completions.create(model="big", messages=[{"role": "user", "content": parts}])  # type: ignore[list-item, misc]
    assert desk.abroad.record.last.json["messages"][0]["content"] == parts


def test_hints_in_metadata_stay_here(client: OpenAI, desk: Desk) -> None:
    """The gateway's own hints are taken out of `metadata`; the app's entries stay."""
    metadata = {"tiergate_workload": "search", "tiergate_tags": "env=prod", "ticket": "T-1"}
    raw = client.chat.completions.with_raw_response.create(model="big", messages=user(), metadata=metadata)
    assert desk.abroad.record.last.json["metadata"] == {"ticket": "T-1"}
    row = desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    assert row["workload"] == "search"
    assert json.loads(row["tags"]) == {"env": "prod"}


def test_upstream_sees_no_app_credentials(client: OpenAI, desk: Desk) -> None:
    """The app's key, its client's headers and the gateway's hints never reach an upstream."""
    client.chat.completions.create(
        model="big", messages=user(), extra_headers={"x-tiergate-workload": "w", "cookie": "a=b"}
    )
    headers = desk.abroad.record.last.headers
    assert desk.gateway.token not in json.dumps(headers)
    assert not {"authorization", "cookie", "x-tiergate-workload", "x-stainless-lang"} & set(headers)


def test_trace_context_goes_on(client: OpenAI, desk: Desk) -> None:
    """A W3C trace context reaches the upstream, so that its spans join the app's."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.chat.completions.create(model="big", messages=user(), extra_headers={"traceparent": parent})
    assert desk.abroad.record.last.headers["traceparent"] == parent


def test_raw_response_headers(client: OpenAI, desk: Desk) -> None:
    """A whole answer says who answered, why, for how much, and what the gateway itself took; the ledger
    says the same."""
    raw = client.chat.completions.with_raw_response.create(
        model="big", messages=user(), extra_headers={"x-request-id": "mine-1"}
    )
    told = raw.headers
    row = desk.gateway.request_row(told["x-tiergate-request-id"])
    assert told["x-request-id"] == raw.request_id == row["client_request_id"] == "mine-1"
    assert (
        (told["x-tiergate-model"], told["x-tiergate-tier"])
        == (row["model"], row["tier"])
        == ("big", "frontier")
    )
    assert told["x-tiergate-rule"] == row["rule"] == "default"
    assert told["x-tiergate-policy-digest"] == row["policy_digest"]
    assert told["x-tiergate-cost-state"] == row["cost_state"] == "priced"
    usage = raw.parse().usage
    assert usage is not None
    assert row["cost_pico"] == 2_000_000 * usage.prompt_tokens + 10_000_000 * usage.completion_tokens
    assert float(told["x-tiergate-cost-usd"]) == pytest.approx(row["cost_pico"] / 1e12)
    assert told["x-tiergate-attempts"] == "1"
    assert 0 < float(told["x-tiergate-overhead-ms"]) < 5_000
    assert told["x-tiergate-verdict"] == row["verdict"] == "unverified"
    assert told["x-tiergate-simulated"] == "true"


def test_request_id_without_one(client: OpenAI) -> None:
    """Without an id of the app's own, the gateway's is its `x-request-id` too."""
    raw = client.chat.completions.with_raw_response.create(model="big", messages=user())
    assert raw.request_id == raw.headers["x-tiergate-request-id"]


def test_output_limit_is_clamped_and_said(client: OpenAI, desk: Desk) -> None:
    """A model's own output limit holds, and a header says that it was applied."""
    raw = client.chat.completions.with_raw_response.create(model="little", messages=user(), max_tokens=2_000)
    assert desk.home.record.last.json["max_tokens"] == 1_000
    assert raw.headers["x-tiergate-adjusted"] == "max_tokens 2000 -> 1000"
