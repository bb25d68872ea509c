"""The shape of a chat-completions request, as far as the gateway reads it. Unknown fields pass untouched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NotRequired, Required

import orjson
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from router.errors import InvalidRequest
from router.ingress.declared import KNOWN, DeclaredPart
from router.ingress.reasons import either, reason

_OPEN = ConfigDict(extra="allow", strict=True)

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


@with_config(_OPEN)
class Part(TypedDict):
    type: Required[str]
    text: NotRequired[str]


@with_config(_OPEN)
class Message(TypedDict):
    role: Required[Role]
    content: NotRequired[str | list[Part] | None]
    tool_calls: NotRequired[list[dict[str, Any]] | None]


@with_config(_OPEN)
class Function(TypedDict):
    name: Required[str]
    parameters: NotRequired[dict[str, Any] | None]


@with_config(_OPEN)
class Tool(TypedDict):
    type: Required[str]
    function: NotRequired[Function]


@with_config(_OPEN)
class JsonSchema(TypedDict):
    name: NotRequired[str]
    schema: NotRequired[dict[str, Any] | None]


@with_config(_OPEN)
class ResponseFormat(TypedDict):
    type: Required[Literal["text", "json_object", "json_schema"]]
    json_schema: NotRequired[JsonSchema]


@with_config(_OPEN)
class StreamOptions(TypedDict):
    include_usage: NotRequired[bool | None]


@with_config(_OPEN)
class ChatBody(TypedDict):
    model: Required[Annotated[str, Field(min_length=1, max_length=256)]]
    messages: Required[Annotated[list[Message], Field(min_length=1)]]
    stream: NotRequired[bool | None]
    stream_options: NotRequired[StreamOptions | None]
    tools: NotRequired[list[Tool] | None]
    functions: NotRequired[list[dict[str, Any]] | None]
    modalities: NotRequired[list[str] | None]
    response_format: NotRequired[ResponseFormat | None]
    n: NotRequired[Annotated[int, Field(ge=1, le=128)] | None]
    max_tokens: NotRequired[Annotated[int, Field(ge=1)] | None]
    max_completion_tokens: NotRequired[Annotated[int, Field(ge=1)] | None]
    temperature: NotRequired[Annotated[float, Field(ge=0, le=2)] | None]
    top_p: NotRequired[Annotated[float, Field(ge=0, le=1)] | None]
    logprobs: NotRequired[bool | None]
    parallel_tool_calls: NotRequired[bool | None]
    metadata: NotRequired[dict[str, str] | None]
    tiergate: NotRequired[DeclaredPart | None]


_BODY: TypeAdapter[ChatBody] = TypeAdapter(ChatBody)
_SHOWN = 120


def check_body(payload: object) -> dict[str, Any]:
    """`payload` itself when it is a chat request; raises InvalidRequest naming the first wrong field."""
    try:
        _BODY.validate_python(payload)
    except ValidationError as error:
        raise _refusal(error) from None
    assert isinstance(payload, dict)
    for index, tool in enumerate(payload.get("tools") or ()):
        if tool["type"] == "function" and "function" not in tool:
            raise _missing(f"tools[{index}].function")
    return payload


def _refusal(error: ValidationError) -> InvalidRequest:
    errors = error.errors(include_url=False, include_context=False)
    # Of a union's branches the one that got furthest into the value is the one that was meant.
    near = [found for found in errors if found["loc"][:3] == errors[0]["loc"][:3]]
    first = max(near, key=lambda found: len(found["loc"]))
    param = _path(first["loc"])
    if first["type"] == "missing":
        return _missing(param)
    as_far = [found for found in near if len(found["loc"]) == len(first["loc"])]
    said = either(reason(found, _known(found["loc"])) for found in as_far if _path(found["loc"]) == param)
    got = orjson.dumps(first["input"]).decode()
    got = got if len(got) <= _SHOWN else got[:_SHOWN] + "..."
    where = f"Invalid value for '{param}'" if param else "Invalid request body"
    return InvalidRequest(f"{where}: {said}, got {got}.", param=param or None, code="invalid_value")


def _missing(param: str) -> InvalidRequest:
    return InvalidRequest(f"Missing required field '{param}'.", param=param, code="missing_field")


def _known(location: tuple[int | str, ...]) -> Iterable[str]:
    """The fields there are in the part that holds what `location` leads to, where none is free."""
    names = [step for step in location[:-1] if step in KNOWN]
    return KNOWN[str(names[-1])] if names else ()


def _path(location: tuple[int | str, ...]) -> str:
    """`messages[0].content`; the names of union branches that pydantic adds are left out."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier() and step not in ("str", "int", "float", "bool", "none"):
            text += f".{step}" if text else step
    return text
