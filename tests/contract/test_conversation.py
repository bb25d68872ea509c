"""A conversation over several calls: who answered is remembered, and matters where it should."""

from __future__ import annotations

import json
from typing import Any

from openai import OpenAI

from tests.contract.chat import WEATHER
from tests.contract.conftest import Desk

ASKED = {"role": "user", "content": "Use get_weather for the city of Oslo, in a conversation of its own."}
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "rain"}


def call(client: OpenAI, desk: Desk, messages: list[Any], **headers: str) -> tuple[str, dict[str, Any]]:
    """The model that answered, and the stored trace of its decision."""
    raw = client.chat.completions.with_raw_response.create(
        model="auto", messages=messages, tools=[WEATHER], extra_headers=headers
    )
    row = desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    return raw.headers["x-tiergate-model"], json.loads(row["trace"])


def test_a_tool_loop_stays_with_the_model_that_called(client: OpenAI, desk: Desk) -> None:
    """The result goes back to the frontier model that asked for it, though a cheaper one would do; another
    key saying the same is no part of the conversation; a pin still wins."""
    first, _ = call(client, desk, [ASKED], **{"x-tiergate-min-tier": "frontier"})
    assert first == "big"
    loop = [ASKED, CALLED, RESULT]
    served, trace = call(client, desk, loop)
    assert served == "big"
    assert trace["kept"].startswith("stays with big on big-endpoint: it is waiting")
    assert trace["previous"]["model"] == "big"
    with desk.gateway.client(desk.gateway.new_key()) as other:
        served, trace = call(other, desk, loop)
        assert (served, "kept" in trace) == ("thinker", False)
    with desk.gateway.client(desk.gateway.new_key(models=["thinker"])) as narrow:
        call(narrow, desk, [ASKED])
        assert call(narrow, desk, loop)[0] == "thinker"
