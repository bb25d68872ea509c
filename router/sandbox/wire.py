"""Bytes of a chat completion request -> ChatCall, and errors as the simulated upstream would shape them.

Only what the sandbox reads is typed; unknown fields are accepted, as the real servers accept them. It must
not know how replies are made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from router.sandbox.profiles import Profile

_TYPES = {400: "BadRequestError", 404: "NotFoundError", 413: "BadRequestError"}


@dataclass(eq=False, slots=True)
class WireError(Exception):
    """A refusal with its HTTP status; `code` is OpenAI's string code where there is one."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    retry_after: float | None = None

    def body(self, profile: Profile) -> bytes:
        """The JSON body in the profile's dialect: vLLM's `code` is the status and 401 is a bare string."""
        if profile.dialect == "vllm":
            if self.status == 401:
                return b'{"error":"Unauthorized"}'
            kind = _TYPES.get(self.status, "InternalServerError")
            error: dict[str, object] = {"message": self.message, "type": kind, "param": self.param}
            return json.dumps({"error": {**error, "code": self.status}}).encode()
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return json.dumps({"error": error}).encode()


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Message(_Open):
    """One turn. `content` is text, a list of parts, or null beside tool calls."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None

    def text(self) -> str:
        """The text of the turn; parts that are not text are left out."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(str(p.get("text", "")) for p in self.content or [] if p.get("type") == "text")

    def media(self) -> int:
        """Number of parts that are not text (images, audio, files)."""
        if not isinstance(self.content, list):
            return 0
        return sum(1 for part in self.content if part.get("type") != "text")


class Function(_Open):
    """A tool's name and the JSON Schema of its arguments."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})


class Tool(_Open):
    type: Literal["function"]
    function: Function


class StreamOptions(_Open):
    include_usage: bool | None = False


class JsonSchemaFormat(_Open):
    name: str
    schema_: dict[str, Any] = Field(default_factory=dict, alias="schema")


class ResponseFormat(_Open):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class ChatCall(_Open):
    """The request body as far as the sandbox reads it."""

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    n: int = Field(default=1, ge=1, le=16)
    seed: int | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    metadata: dict[str, Any] | None = None

    def limit(self) -> int | None:
        """The caller's own bound on output tokens."""
        return self.max_completion_tokens or self.max_tokens

    def stops(self) -> list[str]:
        """Stop sequences as a list."""
        if self.stop is None:
            return []
        return [self.stop] if isinstance(self.stop, str) else self.stop


def parse(body: bytes) -> ChatCall:
    """Raises WireError (400) naming the first thing that is wrong."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError(400, f"We could not parse the JSON body of your request: {error}") from None
    if not isinstance(raw, dict):
        raise WireError(400, "The request body must be a JSON object.")
    try:
        # As at OpenAI, null is as good as leaving the field out.
        call = ChatCall.model_validate({name: value for name, value in raw.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        param = ".".join(str(part) for part in first["loc"])
        code = "missing_required_parameter" if first["type"] == "missing" else "invalid_value"
        raise WireError(400, f"Invalid '{param}': {first['msg']}.", param=param, code=code) from None
    if (
        call.response_format
        and call.response_format.type == "json_schema"
        and not call.response_format.json_schema
    ):
        raise WireError(400, "Missing 'response_format.json_schema'.", param="response_format.json_schema")
    return call
