"""The endpoints of the catalog as YAML gives them: where a model runs and how it is called.

Secrets are never in a document: `api_key_env` names the environment variable that holds one, and
`base_url: {env: ...}` is the only other place where the environment is read.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from router.policy.fields import EnvName, EnvNames, Label, Name, Part, Seconds, Text, Tokens


class BaseUrl(Part):
    """A base URL that the environment may set."""

    env: EnvName | None = Field(None, description="Environment variable that holds the URL.")
    default: Text | None = Field(None, description="The URL while that variable is not set.")

    @model_validator(mode="before")
    @classmethod
    def _accept_text(cls, value: Any) -> Any:
        if not isinstance(value, str | dict | BaseUrl):
            raise ValueError("must be a URL, or {env: NAME, default: URL}")
        return {"default": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _not_empty(self) -> BaseUrl:
        if self.env is None and self.default is None:
            raise ValueError("needs `env`, `default` or both")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(schema))
        text = {"type": "string", "description": "The URL itself."}
        return {"anyOf": [text, dict(mapping)]}


class Timeouts(Part):
    """Time limits of one attempt, in seconds."""

    connect: Seconds = Field(5.0, description="Longest wait for the connection.")
    first_byte: Seconds = Field(
        60.0,
        description="Longest wait for the first byte of a streamed answer. An answer asked for in one piece "
        "comes once it is complete, so only `total` limits the wait for it; a model in this process is held "
        "to `first_byte` either way.",
    )
    between_chunks: Seconds = Field(30.0, description="Longest silence within an answer that has begun.")
    total: Seconds = Field(300.0, description="Longest duration of the whole attempt.")

    @model_validator(mode="after")
    def _total_is_longest(self) -> Timeouts:
        if self.total < max(self.connect, self.first_byte, self.between_chunks):
            raise ValueError("total must not be shorter than connect, first_byte or between_chunks")
        return self


class Active(Part):
    """When an endpoint is in the catalog, by whether environment variables are set (and not empty)."""

    if_env: EnvNames | None = Field(None, description="Only while this variable, or one of a list, is set.")
    unless_env: EnvNames | None = Field(
        None, description="Only while this variable, or all of a list, are not set."
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Active:
        if self.if_env is None and self.unless_env is None:
            raise ValueError("needs `if_env`, `unless_env` or both")
        return self


class EndpointPart(Part):
    """What every endpoint states, whatever its wire."""

    id: Name = Field(description="Unique name of the endpoint; prices and the ledger use it.")
    context: Tokens = Field(
        description="Tokens it serves, input and output together: the limit actually configured, "
        "not the model card's."
    )
    residency: Label = Field(
        description="Where it processes data: a label of your own, such as on-premises, eu or us."
    )
    simulated: bool = Field(
        False, description="A stand-in without a model; marked as simulated wherever it is shown."
    )
    active: Active | None = Field(None, description="When it exists; left out: always.")
    timeouts: Timeouts = Field(default_factory=Timeouts, description="Time limits of one attempt.")
    expected_tokens_per_second: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        None,
        description="Output tokens per second of one answer, for rules that price it; left out: unknown.",
    )
    expected_first_token_s: Annotated[float, Field(ge=0, le=3_600)] | None = Field(
        None,
        description="Seconds until the first token, for rules that price it; left out: unknown.",
    )
    max_retries: int = Field(
        1, ge=0, le=10, description="Repeats on this endpoint before the next candidate is tried."
    )


class OpenAIEndpoint(EndpointPart):
    """An OpenAI-compatible HTTP server: vLLM, OpenAI, Together, llama.cpp's server."""

    wire: Literal["openai"] = Field(description="`openai`: any OpenAI-compatible HTTP server.")
    base_url: BaseUrl = Field(description="URL up to and with `/v1`: a text, or `{env: NAME, default: URL}`.")
    upstream_model: Text | None = Field(
        None, description="Name the server knows the model by; left out: the model's name."
    )
    api_key_env: EnvName | None = Field(
        None, description="Environment variable with its API key; left out: no key is sent."
    )
    max_concurrency: int = Field(
        64, ge=1, le=100_000, description="Calls open at once; one more goes to the next candidate."
    )


class HostedEndpoint(EndpointPart):
    """A closed API called through litellm."""

    wire: Literal["hosted"] = Field(description="`hosted`: a closed API through litellm.")
    model: Text = Field(description="litellm's model name, such as anthropic/claude-sonnet-4-5.")
    api_key_env: EnvName | None = Field(
        None, description="Environment variable with its API key; left out: litellm's own lookup."
    )
    max_concurrency: int = Field(
        64, ge=1, le=100_000, description="Calls open at once; one more goes to the next candidate."
    )


class EmbeddedEndpoint(EndpointPart):
    """A model inside the gateway process."""

    wire: Literal["llama_cpp", "transformers"] = Field(
        description="`llama_cpp`: a GGUF file in this process; `transformers`: a model folder."
    )
    path: Text = Field(
        description="A local path (relative to where the gateway is started), or "
        "`package:NAME/FILE` for a file inside an installed Python package."
    )
    max_concurrency: int = Field(
        16,
        ge=1,
        le=10_000,
        description="Calls waiting or running at once; one more goes to the next candidate.",
    )


AnyEndpoint = Annotated[OpenAIEndpoint | HostedEndpoint | EmbeddedEndpoint, Field(discriminator="wire")]
