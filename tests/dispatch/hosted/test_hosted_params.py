"""No field of a request can steer litellm."""

from __future__ import annotations

from typing import Any

import pytest

from router.dispatch.hosted_params import DEMANDS, HINTS, litellm_arguments
from router.dispatch.replies import Refused

MESSAGES = [{"role": "user", "content": "hi"}]
CONTROL = {
    "api_base": "http://evil.example",
    "api_key": "sk-theirs",
    "api_version": "1",
    "aws_access_key_id": "x",
    "base_url": "http://evil.example",
    "cache": {"no-cache": True},
    "callbacks": ["x"],
    "custom_llm_provider": "openai",
    "extra_body": {"api_base": "http://evil.example"},
    "extra_headers": {"authorization": "x"},
    "fallbacks": ["openai/other"],
    "headers": {"x": "y"},
    "metadata": {"a": "b"},
    "mock_response": "made up",
    "model_list": [{}],
    "num_retries": 9,
    "timeout": 9999,
    "vertex_credentials": "x",
}


@pytest.mark.parametrize("provider", ["anthropic", "azure", "bedrock", "vertex_ai", "gemini"])
def test_control_parameters_of_a_request_are_left_out(provider: str) -> None:
    """Only chat fields reach litellm, whatever else the request holds."""
    arguments = litellm_arguments({"messages": MESSAGES, "n": 1, **CONTROL}, provider, ())
    assert arguments == {"messages": MESSAGES, "n": 1}


def test_for_openai_unknown_fields_are_body_not_control() -> None:
    """They arrive inside `extra_body`, which is the JSON sent to the endpoint's own address."""
    arguments = litellm_arguments({"messages": MESSAGES, "new_field": 1, **CONTROL}, "openai", ())
    assert set(arguments) == {"messages", "extra_body"}
    assert arguments["extra_body"] == {"new_field": 1, **CONTROL}


def test_hints_are_left_out_where_the_provider_lacks_them_and_demands_are_not() -> None:
    """A seed is dropped for a provider without seeds; `n` stays, so that litellm refuses it aloud."""
    payload = {"messages": MESSAGES, "seed": 1, "temperature": 0.5, "n": 2, "model": "x", "stream": True}
    assert litellm_arguments(payload, "anthropic", ("temperature",)) == {
        "messages": MESSAGES,
        "temperature": 0.5,
        "n": 2,
    }
    assert not DEMANDS & HINTS


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "http://169.254.169.254/latest"}},
        {"type": "image_url", "image_url": "file:///etc/passwd"},
        {"type": "file", "file": {"file_id": "http://localhost/x"}},
    ],
)
def test_addresses_the_gateway_would_have_to_fetch_are_refused(part: dict[str, Any]) -> None:
    """Plain http and files are refused; https and data, which the provider takes itself, pass."""
    message = {"role": "user", "content": [{"type": "text", "text": "http://in.text"}, part]}
    with pytest.raises(Refused, match="only https: and data:"):
        litellm_arguments({"messages": [message]}, "anthropic", ())
    fine = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}
    assert litellm_arguments({"messages": [{"role": "user", "content": [fine]}]}, "anthropic", ())


@pytest.mark.parametrize("messages", [None, [], "hi"])
def test_messages_must_be_a_list(messages: Any) -> None:
    """Anything else is refused before litellm sees it."""
    with pytest.raises(Refused, match="messages must be a list"):
        litellm_arguments({"messages": messages}, "openai", ())
