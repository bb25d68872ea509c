"""OpenAI's chat-completions bytes -> ChatRequest. Reads what deciding needs; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from router import telemetry
from router.domain.conversation import Conversation, ResponseFormat, Turn
from router.domain.declared import Declared
from router.domain.facts import Hints, Pin
from router.domain.kinds import Capability, Tier
from router.domain.value import value
from router.errors import EncodedBody, InvalidRequest, UnknownModel
from router.ingress.declared import read_declared
from router.ingress.hints import read_hints
from router.ingress.reaching import reaching_out
from router.ingress.reasons import broken_json
from router.ingress.wire import check_body

AUTO = "auto"
_NO_PIN = Pin("auto")
_PLAIN = "identity"
_SEEN = frozenset({"image_url", "file", "video_url"})
"""Parts that need a model with eyes: documents are read as pages, videos as frames."""
_WRITABLE_DEPTH = 254
"""orjson reads 1,024 levels and writes this many: what cannot be sent on is refused here."""


@value
class ChatRequest:
    """One parsed request. `payload` is the JSON object as it came, unknown fields included.

    `max_output_tokens` is per choice; `greedy` is true for settings that leave no randomness other than
    temperature 0 (which a serving profile may lift). `size` is that of the body, in bytes; `reaches` says
    where it would make its upstream reach out.
    """

    payload: dict[str, Any]
    pin: Pin
    stream: bool
    include_usage: bool
    hints: Hints
    conversation: Conversation
    capabilities: frozenset[Capability]
    max_output_tokens: int | None
    choices: int
    greedy: bool
    declared: Declared
    size: int
    reaches: str | None


def parse_chat(body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """Raises InvalidRequest, in OpenAI's terms, for anything that is no chat request."""
    if headers.get("content-encoding", _PLAIN) != _PLAIN:
        _refuse_coding(headers["content-encoding"])
    payload = check_body(_json(body))
    tools = payload.get("tools") or payload.get("functions") or ()
    form = _response_format(payload)
    limit = payload.get("max_completion_tokens") or payload.get("max_tokens")
    choices = payload.get("n") or 1
    conversation = _conversation(payload["messages"], tools, form, limit)
    stream = bool(payload.get("stream"))
    if payload.get("stream_options") and not stream:
        raise InvalidRequest(
            "'stream_options' is only allowed when 'stream' is true.", param="stream_options"
        )
    return ChatRequest(
        payload,
        parse_pin(payload["model"]),
        stream,
        bool((payload.get("stream_options") or {}).get("include_usage")),
        read_hints(headers, payload.get("metadata")),
        conversation,
        _capabilities(payload, conversation, choices),
        limit,
        choices,
        payload.get("top_k") == 1 or payload.get("top_p") == 0,
        read_declared(payload.get(telemetry.DECLARED_FIELD), payload.get("metadata"), headers),
        len(body),
        reaching_out(payload),
    )


def _refuse_coding(coding: str) -> None:
    """Raises EncodedBody unless `coding` says in other letters that the body is plain."""
    if coding.strip().lower() not in ("", _PLAIN):
        raise EncodedBody(
            f"The request body must be sent plain, without content-encoding; got {coding[:40]!r}.",
            headers={"accept-encoding": _PLAIN},
        )


def parse_pin(model: str) -> Pin:
    """`auto`, `auto/<tier>` or a model's name."""
    if model == AUTO:
        return _NO_PIN
    if model.startswith(f"{AUTO}/"):
        try:
            return Pin("tier", tier=Tier(model.removeprefix(f"{AUTO}/")))
        except ValueError:
            allowed = ", ".join(f"{AUTO}/{tier}" for tier in Tier)
            message = f"The model '{model}' does not exist; the tiers are {allowed}."
            raise UnknownModel(message, param="model") from None
    return Pin("model", model=model)


def _json(body: bytes) -> object:
    try:
        payload = orjson.loads(body)
        if body.count(b"{") + body.count(b"[") > _WRITABLE_DEPTH:
            orjson.dumps(payload)
    except orjson.JSONDecodeError as error:
        raise broken_json(body, error) from None
    except orjson.JSONEncodeError:
        raise InvalidRequest(
            f"The request body is nested deeper than {_WRITABLE_DEPTH} levels.", code="invalid_json"
        ) from None
    return payload


def _response_format(payload: Mapping[str, Any]) -> ResponseFormat:
    given = payload.get("response_format")
    if not given:
        return "text"
    form: ResponseFormat = given["type"]
    if form == "json_schema" and not isinstance(given.get("json_schema"), dict):
        raise InvalidRequest(
            "Missing required field 'response_format.json_schema'.",
            param="response_format.json_schema",
            code="missing_field",
        )
    return form


def _conversation(
    messages: list[dict[str, Any]], tools: Sequence[object], form: ResponseFormat, limit: int | None
) -> Conversation:
    turns: list[Turn] = []
    images = audio = tool_turns = 0
    carried = [orjson.dumps(tools)] if tools else []
    for message in messages:
        content = message.get("content")
        role = message["role"]
        if role == "tool":
            tool_turns += 1
        elif role == "assistant" and (called := message.get("tool_calls") or message.get("function_call")):
            carried.append(orjson.dumps(called))
        if content is None or isinstance(content, str):
            turns.append(Turn(role, content or ""))
            continue
        texts: list[str] = []
        for part in content:
            kind = part["type"]
            images += kind in _SEEN
            audio += kind == "input_audio"
            if kind == "text":
                texts.append(part.get("text", ""))
        turns.append(Turn(role, "\n".join(texts)))
    plain = Conversation(tuple(turns), len(tools), tool_turns, form, images, audio, limit)
    if not carried:
        return plain
    texts_carried = tuple(_unescaped(part) for part in carried)
    return replace(plain, extra_bytes=sum(map(len, carried)), carried=texts_carried)


def _unescaped(part: bytes) -> str:
    """JSON as the text it holds, near enough to find a label at the start of a line: arguments are JSON
    inside a JSON string, so their line feeds are escaped twice."""
    return part.decode().replace("\\\\n", "\n").replace("\\n", "\n").replace('\\"', '"')


_NO_CAPABILITIES: frozenset[Capability] = frozenset()


def _capabilities(
    payload: Mapping[str, Any], conversation: Conversation, choices: int
) -> frozenset[Capability]:
    needed: list[Capability] = []
    if conversation.tools or conversation.tool_turns:
        needed.append(Capability.TOOLS)
        if payload.get("parallel_tool_calls"):
            needed.append(Capability.PARALLEL_TOOLS)
    if conversation.response_format == "json_object":
        needed.append(Capability.JSON_OBJECT)
    elif conversation.response_format == "json_schema":
        needed.append(Capability.JSON_SCHEMA)
    if conversation.images:
        needed.append(Capability.VISION)
    if conversation.audio or "audio" in (payload.get("modalities") or ()):
        needed.append(Capability.AUDIO)
    if payload.get("logprobs"):
        needed.append(Capability.LOGPROBS)
    if choices > 1:
        needed.append(Capability.MULTIPLE_CHOICES)
    return frozenset(needed) if needed else _NO_CAPABILITIES
