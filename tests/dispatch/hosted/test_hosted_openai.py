"""The hosted adapter on OpenAI's own wire, through the real litellm. Nothing leaves this machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import orjson
import pytest

from router.dispatch.hosted import HostedUpstream
from router.dispatch.port import BrokenReply

pytestmark = [
    pytest.mark.skipif(find_spec("litellm") is None, reason="extra `hosted` is not installed"),
    pytest.mark.filterwarnings(
        "ignore:Accessing the 'model_:DeprecationWarning"
    ),  # litellm's use of pydantic
]

Make = Callable[..., Any]
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 2,
    "total_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 1},
}
LOGPROBS = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []}]}
ANSWER = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-2026",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi"},
            "logprobs": LOGPROBS,
            "finish_reason": "stop",
        }
    ],
    "usage": USAGE,
}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2026"}
    return b"data: %b\n\n" % orjson.dumps({**head, "choices": [choice]})


TEXT = [_chunk({"role": "assistant", "content": ""}), _chunk({"content": "Hi"}), _chunk({"content": " you"})]
END = [_chunk({}, "stop")]
USAGE_CHUNK = b"data: %b\n\n" % orjson.dumps(
    {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": USAGE}
)
DONE = b"data: [DONE]\n\n"
STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture
def endpoint(make_endpoint: Make) -> Any:
    return make_endpoint(target="openai/gpt-4o")


async def test_an_answer_arrives_as_it_was_sent(
    hosted: HostedUpstream, provider: Any, endpoint: Any, make_call: Make
) -> None:
    """Choices with logprobs and every figure of usage are the provider's."""
    provider.body = ANSWER
    body = orjson.loads(await (await hosted.call(make_call(endpoint, logprobs=True))).read())
    assert body["usage"] == USAGE
    assert body["choices"] == ANSWER["choices"]
    assert body["model"] == "gpt-4o-2026"


async def test_unknown_fields_go_into_the_body_to_the_endpoints_own_address(
    hosted: HostedUpstream, provider: Any, endpoint: Any, make_call: Make
) -> None:
    """A field litellm would obey is only JSON to the provider: address, key and answer are unchanged."""
    provider.body = ANSWER
    control = {
        "api_base": "http://127.0.0.1:9",
        "api_key": "sk-theirs",
        "mock_response": "made up",
        "custom_llm_provider": "anthropic",
        "metadata": {"a": "b"},
        "brand_new": 1,
    }
    reply = await hosted.call(make_call(endpoint, **control))
    assert b"made up" not in await reply.read()
    ((_, headers, sent),) = provider.requests
    assert headers["authorization"] == "Bearer sk-the-endpoints-own-key"
    assert sent == {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}], **control}


async def test_usage_that_was_not_reported_is_missing(
    hosted: HostedUpstream, provider: Any, endpoint: Any, make_call: Make
) -> None:
    """No zeros and no estimates by litellm, with or without `stream`: the field is absent."""
    provider.body = {k: v for k, v in ANSWER.items() if k != "usage"}
    assert b"usage" not in await (await hosted.call(make_call(endpoint))).read()
    provider.events = [*TEXT, *END, DONE]
    raw = await (await hosted.call(make_call(endpoint, **STREAMED))).read()
    assert b"usage" not in raw
    assert raw.endswith(DONE)


async def test_a_stream_carries_the_reported_usage(
    hosted: HostedUpstream, provider: Any, endpoint: Any, make_call: Make
) -> None:
    """The last chunk before [DONE] has no choices and the provider's figures."""
    provider.events = [*TEXT, *END, USAGE_CHUNK, DONE]
    events = (await (await hosted.call(make_call(endpoint, **STREAMED))).read()).split(b"\n\n")
    last = orjson.loads(events[-3].removeprefix(b"data: "))
    assert (last["choices"], last["usage"]) == ([], USAGE)
    assert provider.requests[0][2]["stream_options"] == {"include_usage": True}


async def test_a_stream_that_breaks_off_is_broken(
    hosted: HostedUpstream, provider: Any, endpoint: Any, make_call: Make
) -> None:
    """Without a finish reason from the provider there is no end, only a failure."""
    provider.events = TEXT
    reply = await hosted.call(make_call(endpoint, stream=True))
    with pytest.raises(BrokenReply):
        await reply.read()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"message": "long", "type": "t", "param": "messages", "code": "context_length_exceeded"}),
        (429, {"message": "slow", "type": "requests", "param": None, "code": "rate_limit_exceeded"}),
        (503, {"message": "busy", "type": "server_error", "param": None, "code": None}),
    ],
)
async def test_errors_are_openais_own(
    hosted: HostedUpstream,
    provider: Any,
    endpoint: Any,
    make_call: Make,
    status: int,
    error: dict[str, Any],
) -> None:
    """Status and error object pass unchanged, and it was asked exactly once: retrying is not litellm's."""
    provider.status, provider.body, provider.headers = status, {"error": error}, {"retry-after": "3"}
    reply = await hosted.call(make_call(endpoint))
    assert (reply.status, reply.headers["retry-after"]) == (status, "3")
    assert orjson.loads(await reply.read())["error"] == error
    assert len(provider.requests) == 1


async def test_an_error_never_shows_the_endpoints_key(
    hosted: HostedUpstream, provider: Any, endpoint: Any, make_call: Make
) -> None:
    """A provider that repeats the key in its message does not get it to the app."""
    provider.status = 401
    provider.body = {"error": {"message": f"Incorrect API key provided: {endpoint.api_key}"}}
    raw = await (await hosted.call(make_call(endpoint))).read()
    assert endpoint.api_key.encode() not in raw
    assert b"Incorrect API key provided: [key]" in raw
