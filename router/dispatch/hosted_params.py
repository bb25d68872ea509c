"""What of a chat request reaches litellm: an allow-list.

Why: litellm takes its own control parameters (`api_base`, `api_key`, `mock_response`, `fallbacks`, cloud
credentials and some hundred more) from the same keyword arguments as the chat. A request that could set one
would send the endpoint's key to a server of its choice. So nothing passes by default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from router.dispatch.replies import Refused

DEMANDS = frozenset(
    {
        "audio",
        "function_call",
        "functions",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "modalities",
        "n",
        "response_format",
        "stop",
        "thinking",
        "tool_choice",
        "tools",
        "top_logprobs",
        "web_search_options",
    }
)
"""They change what an answer is. Where the provider lacks one, the request is refused with 400."""

HINTS = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "reasoning_effort",
        "safety_identifier",
        "seed",
        "service_tier",
        "store",
        "temperature",
        "top_p",
        "user",
        "verbosity",
    }
)
"""They tune an answer. Where the provider lacks one it is left out, so that one request can be routed to any
provider (temperature is not taken by every reasoning model). Hence litellm's `drop_params` stays off."""

PASSES_UNKNOWN = frozenset({"openai"})
"""Providers to which unknown fields go as they are, in the JSON body. For others the body is litellm's
translation, where an OpenAI field has no place and litellm reads some as control: there they are left out."""

FETCHED_BY_PROVIDER = ("data:", "https://")
"""Images and files by URL: the gateway itself never fetches what a request names. litellm downloads plain
`http:` ones, for some providers all (that is switched off when it is imported)."""

_STREAM = frozenset({"stream", "stream_options"})
_ADDRESSING = frozenset({"model", "messages"})


def litellm_arguments(
    payload: Mapping[str, Any], provider: str, supported: Collection[str]
) -> dict[str, Any]:
    """Keyword arguments for litellm from the request, `model` and control parameters excluded.

    `supported`: the OpenAI parameters litellm can translate for this model. Raises Refused.
    """
    messages = payload.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused("messages must be a list of at least one message.", param="messages")
    for message in messages:
        _check_urls(message)
    arguments: dict[str, Any] = {"messages": messages}
    rest: dict[str, Any] = {}
    for name, value in payload.items():
        if value is None or name in _STREAM or name in _ADDRESSING:
            continue
        if name in DEMANDS or (name in HINTS and name in supported):
            arguments[name] = value
        elif name not in HINTS:
            rest[name] = value
    if rest and provider in PASSES_UNKNOWN:
        arguments["extra_body"] = rest
    return arguments


def _check_urls(message: Any) -> None:
    """Refuses a part that names an address which the gateway would have to fetch."""
    parts = message.get("content") if isinstance(message, Mapping) else None
    for part in parts if isinstance(parts, list) else ():
        for kind in ("image_url", "video_url", "audio_url", "file"):
            value = part.get(kind) if isinstance(part, Mapping) else None
            for url in value.values() if isinstance(value, Mapping) else (value,):
                if isinstance(url, str) and "://" in url[:12] and not url.startswith(FETCHED_BY_PROVIDER):
                    raise Refused(
                        f"{kind}: only https: and data: addresses are accepted here.", param="messages"
                    )
