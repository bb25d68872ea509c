"""Errors as the official client's classes, with the parameter and code an app can act on."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from openai import (
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    OpenAI,
    PermissionDeniedError,
)

from router.domain.kinds import Tier
from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.until import until


@pytest.mark.parametrize("token", ["tg-aaaaaaaaaaaa-" + "b" * 43, "sk-proj-abc", "x"])
def test_wrong_key(desk: Desk, token: str) -> None:
    """Any key that is not one of ours is an AuthenticationError that tells nothing more."""
    with desk.gateway.client(token) as client, pytest.raises(AuthenticationError) as caught:
        client.chat.completions.create(model="auto", messages=user())
    assert caught.value.code == "invalid_api_key"


def test_right_id_wrong_secret(desk: Desk) -> None:
    """A key's id alone opens nothing."""
    with desk.gateway.client(desk.gateway.token[:-4] + "AAAA") as client, pytest.raises(AuthenticationError):
        client.models.list()


def test_revoked_key(desk: Desk) -> None:
    """A revoked key is refused as soon as the gateway has looked again."""
    token = desk.gateway.new_key()
    desk.gateway.revoke(token)
    until(lambda: not desk.gateway.knows(token), 5)
    with desk.gateway.client(token) as client, pytest.raises(AuthenticationError):
        client.chat.completions.create(model="big", messages=user())


def test_key_without_the_tier(desk: Desk) -> None:
    """A key that may not use a tier or model gets a PermissionDeniedError, and sees only its own models."""
    token = desk.gateway.new_key(tiers=[Tier.SMALL])
    with desk.gateway.client(token) as client:
        for model in ("big", "auto/frontier"):
            with pytest.raises(PermissionDeniedError) as caught:
                client.chat.completions.create(model=model, messages=user())
            assert (caught.value.code, caught.value.param) == ("not_allowed", "model")
        assert [model.id for model in client.models.list()] == ["auto", "auto/small", "little"]
        with pytest.raises(NotFoundError):
            client.models.retrieve("big")


def test_denied_by_a_rule(client: OpenAI) -> None:
    """A rule that denies is a PermissionDeniedError with the admin's own reason."""
    with pytest.raises(PermissionDeniedError, match="Rule 'forbidden': not here") as caught:
        client.chat.completions.create(
            model="auto", messages=user(), extra_headers={"x-tiergate-workload": "forbidden"}
        )
    assert caught.value.code == "denied_by_policy"


@pytest.mark.parametrize("model", ["gpt-99", "auto/huge", "a\u0000b"])
def test_unknown_model(client: OpenAI, model: str) -> None:
    """A model that does not exist is a NotFoundError that says where to look."""
    with pytest.raises(NotFoundError) as caught:
        client.chat.completions.create(model=model, messages=user())
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": "hello"}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"n": 0}, "n"),
        ({"n": True}, "n"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"response_format": {"type": "yaml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
    ],
)
def test_bad_request(client: OpenAI, change: dict[str, Any], param: str) -> None:
    """A wrong field is a BadRequestError naming it, and nothing is sent to anybody."""
    with pytest.raises(BadRequestError) as caught:
        client.chat.completions.create(model="auto", messages=user(), extra_body=change)
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("streaming", [False, True])
def test_fault_found_by_the_upstream(client: OpenAI, desk: Desk, streaming: bool) -> None:
    """What only the upstream can refuse reaches the app in the upstream's own words, and costs nothing."""
    with pytest.raises(BadRequestError, match="top_logprobs") as caught:
        client.chat.completions.create(model="big", messages=user(), top_logprobs=99, stream=streaming)
    assert caught.value.param == "top_logprobs"
    assert caught.value.response.headers["x-should-retry"] == "false"
    row = desk.gateway.request_row(caught.value.response.headers["x-tiergate-request-id"])
    assert (row["http_status"], row["error_code"]) == (400, "upstream_refused")
    assert (row["cost_pico"], row["cost_state"]) == (0, "free")


def test_compressed(desk: Desk) -> None:
    """A compressed body is a plain 415 in OpenAI's shape, not a complaint about its JSON."""
    body = gzip.compress(b'{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}')
    headers = {"authorization": f"Bearer {desk.gateway.token}", "content-encoding": "gzip"}
    url = f"{desk.gateway.origin}/v1/chat/completions"
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(url, body, headers), timeout=10)
    with caught.value as reply:
        assert (reply.status, reply.headers["accept-encoding"]) == (415, "identity")
        error = json.load(reply)["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "unsupported_content_encoding")
    assert "sent plain" in error["message"]


def test_too_long(desk: Desk) -> None:
    """A prompt too long for the tier that was asked for is what frameworks shorten prompts on; without the
    right to a larger model it is a refusal of permission."""
    with desk.gateway.client() as client, pytest.raises(BadRequestError) as caught:
        client.chat.completions.create(model="auto/small", messages=user("word " * 5_000))
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "messages")
    token = desk.gateway.new_key(models=["little"])
    with desk.gateway.client(token) as client, pytest.raises(PermissionDeniedError) as denied:
        client.chat.completions.create(model="auto", messages=user("word " * 5_000))
    assert denied.value.code == "no_admissible_candidate"


def test_too_large(client: OpenAI) -> None:
    """A body over the limit is a plain 413 in OpenAI's shape."""
    with pytest.raises(APIStatusError) as caught:
        client.chat.completions.create(model="auto", messages=user("x" * 21_000_000))
    assert (caught.value.status_code, caught.value.code) == (413, "request_too_large")


@pytest.mark.parametrize("streaming", [False, True])
def test_dead_upstream(desk: Desk, streaming: bool) -> None:
    """A dead upstream is an InternalServerError that the client does not repeat: the gateway has tried."""
    name = f"dead-{streaming}"
    with desk.gateway.client(max_retries=2) as client, pytest.raises(InternalServerError) as caught:
        client.chat.completions.create(
            model="dead", messages=user(), stream=streaming, extra_headers={"x-request-id": name}
        )
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_failed")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert "dead-endpoint: it cannot be reached" in caught.value.message
    row = desk.gateway.named_row(name)
    assert (row["outcome"], row["http_status"], row["cost_pico"], row["attempts"]) == ("exhausted", 502, 0, 1)
    [attempt] = desk.gateway.attempt_rows(row["id"])
    assert attempt["error"].startswith("127.0.0.1:"), "where and why is for the ledger's readers alone"
    assert "127.0.0.1" not in caught.value.message


def test_client_timeout(desk: Desk) -> None:
    """A client that gives up gets its APITimeoutError, the upstream is told, and one row says `cancelled`."""
    with desk.gateway.client(timeout=0.5) as client, pytest.raises(APITimeoutError):
        client.chat.completions.create(
            model="slowpoke",
            messages=user(),
            metadata={"sandbox_fault": "slow:30"},
            extra_headers={"x-request-id": "impatient"},
        )
    until(lambda: desk.slow.record.last.disconnected)
    row = desk.gateway.named_row("impatient")
    assert (row["outcome"], row["http_status"], row["attempts"]) == ("cancelled", 499, 1)
    assert (row["cost_pico"], row["cost_state"]) == (None, "usage_missing")
    [attempt] = desk.gateway.attempt_rows(row["id"])
    assert attempt["status"] == "cancelled"


def test_retried_by_the_client(desk: Desk) -> None:
    """Where trying again later helps, the client is told to, and does."""
    started = time.monotonic()
    with desk.gateway.client(max_retries=1) as client, pytest.raises(APIStatusError) as caught:
        client.chat.completions.create(
            model="big",
            messages=user(),
            metadata={"sandbox_fault": "429:0"},
            extra_headers={"x-request-id": "busy"},
        )
    assert (caught.value.status_code, caught.value.response.headers["x-should-retry"]) == (429, "true")
    assert time.monotonic() - started < 10
    sql = "SELECT id FROM requests WHERE client_request_id = 'busy'"
    until(lambda: len(desk.gateway.query(sql)) == 2)
