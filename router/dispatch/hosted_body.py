"""litellm's answer objects as OpenAI's JSON: nothing lost that the provider said, nothing kept it did not.

Why: litellm adds figures of its own (a float `cost`, token counts it estimates, a finish reason it assumes).
Money and usage are the ledger's business, and a guess must not look like the provider's report.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def completion_json(response: Any) -> Json:
    """A `chat.completion` object from litellm's ModelResponse."""
    body: Json = response.model_dump(mode="json", exclude_none=True, warnings=False)
    for choice in body.get("choices", ()):
        choice.setdefault("finish_reason", None)
        choice.setdefault("logprobs", None)
        message = choice.setdefault("message", {"role": "assistant"})
        message.setdefault("content", None)
        for call in message.get("tool_calls", ()):
            call.pop("index", None)
        _drop_duplicates(message)
        _drop_duplicates(choice)
    _keep_reported_usage(body)
    return body


def chunk_json(chunk: Any) -> Json:
    """A `chat.completion.chunk` object from litellm's ModelResponseStream."""
    body: Json = chunk.model_dump(mode="json", exclude_none=True, warnings=False)
    if body.get("usage"):
        body["choices"] = []
    for choice in body.get("choices", ()):
        choice.setdefault("finish_reason", None)
        _drop_duplicates(choice.setdefault("delta", {}))
    _keep_reported_usage(body)
    return body


def usage_was_reported(stream: Any) -> bool:
    """Whether a chunk of the provider carried usage; else litellm's final usage is its own estimate."""
    return any(getattr(chunk, "usage", None) is not None for chunk in stream.chunks)


def end_was_reported(stream: Any) -> bool:
    """Whether the provider said why it ended; litellm says "stop" even for a connection that broke."""
    return bool(stream.received_finish_reason or stream.intermittent_finish_reason)


def _keep_reported_usage(body: Json) -> None:
    usage = body.get("usage")
    if usage is None:
        return
    usage.pop("cost", None)
    if not usage.get("total_tokens"):
        del body["usage"]  # litellm writes zeros where the provider reported nothing


def _drop_duplicates(message: Json) -> None:
    """`provider_specific_fields` repeats fields beside it; what only it has stays."""
    extra = message.pop("provider_specific_fields", None) or {}
    own = {k: v for k, v in extra.items() if message.get(k) != v}
    if own:
        message["provider_specific_fields"] = own
