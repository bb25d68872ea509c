"""What of a chat request reaches llama.cpp, and what its refusals mean in OpenAI's words.

Why: llama.cpp takes server instructions (slots, grammars, adapters) from the same object as the chat, and
compiles schemas in time that grows with the square of their size. Nothing here runs anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import orjson

from router.dispatch.llama_schema import endless, schema_of_format, unsupported
from router.dispatch.port import BrokenReply
from router.dispatch.replies import Refused

log = logging.getLogger(__name__)
_FORMAT = "response_format"
_OF_SCHEMAS = ("JSON schema", "grammar")
"""What llama.cpp's errors name that are about a schema."""

PASSED_FIELDS = frozenset(
    {
        "chat_template_kwargs",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "messages",
        "min_p",
        "parallel_tool_calls",
        "presence_penalty",
        "repeat_penalty",
        "response_format",
        "seed",
        "stop",
        "temperature",
        "tool_choice",
        "tools",
        "top_k",
        "top_logprobs",
        "top_p",
    }
)
"""What a request may set. Others are left out, as OpenAI-compatible servers leave out what they do not know;
llama.cpp would also take `id_slot`, `grammar`, `lora` and more."""

MAX_SCHEMA_BYTES = 32_768
"""Of `response_format` and `tools` together, as JSON. Compiling a schema cannot be cancelled: 20 kB with
800 optional properties took 2.4 s, 100 kB with 3000 took 54 s (measured, one core)."""


def llama_request(payload: Mapping[str, Any], context: int) -> dict[str, Any]:
    """llama.cpp's request: always a stream with usage, since only a stream can be stopped.

    `return_progress` makes llama.cpp call back between steps of the prompt. Raises Refused.
    """
    _check(payload, context)
    request = {k: v for k, v in payload.items() if k in PASSED_FIELDS and v is not None}
    given = (payload.get(name) for name in ("max_completion_tokens", "max_tokens"))
    limit = next((limit for limit in given if limit is not None), None)
    if limit is not None:
        request["max_tokens"] = limit
    stream = {"stream": True, "stream_options": {"include_usage": True}, "return_progress": True}
    return {**request, **stream}


def _check(payload: Mapping[str, Any], context: int) -> None:
    if payload.get("n") not in (None, 1):
        raise Refused("This model gives one choice per request: n must be 1.", param="n")
    messages = payload.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused("messages must be a list of at least one message.", param="messages")
    if len(messages) > context:
        raise _too_long(f"{len(messages)} messages", context)
    schemas = [payload.get("response_format"), payload.get("tools")]
    if len(orjson.dumps(schemas)) > MAX_SCHEMA_BYTES:
        raise Refused(
            f"The schemas in response_format and tools exceed the {MAX_SCHEMA_BYTES} bytes this model takes.",
            code="schema_too_large",
            param=_FORMAT,
        )
    schema = schema_of_format(payload.get(_FORMAT))
    if schema is not None and (why := endless(schema)) is not None:
        raise _unsupported(why)


def llama_failure(error: Mapping[str, Any], payload: Mapping[str, Any], *, began: bool) -> Exception:
    """The exception for llama.cpp's error object: a refusal of `payload` before the first chunk, else a
    broken reply. Its words of a schema, which quote it, are for nobody."""
    message = str(error.get("message", "the engine gave no reason"))
    if began:
        return BrokenReply(message)
    schema = schema_of_format(payload.get(_FORMAT))
    if schema is not None and any(word in message for word in _OF_SCHEMAS):
        log.info("llama.cpp cannot use the schema of a request")  # its words quote the schema
        return _unsupported(unsupported(schema, message))
    if error.get("type") == "exceed_context_size_error":
        return _too_long(f"{error.get('n_prompt_tokens')} tokens", error.get("n_ctx"))
    status = error.get("code")
    if not isinstance(status, int) or not 400 <= status < 500:
        return Refused(message, status=500, kind="server_error", code="engine_error")
    return Refused(message, status=status)


def _unsupported(why: str) -> Refused:
    return Refused(
        f"This model cannot hold its answer to the schema in response_format: {why}.", param=_FORMAT
    )


def _too_long(prompt: str, context: object) -> Refused:
    return Refused(
        f"This model's maximum context length is {context} tokens; the prompt has {prompt}.",
        code="context_length_exceeded",
        param="messages",
    )
