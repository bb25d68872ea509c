"""The endpoints of the catalog as YAML gives them: where a model runs and how it is called.

Secrets are never in a document: `api_key_env` names the environment variable that holds one, and
`base_url: {env: ...}` is the only other place where the environment is read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.policy.env_document import Active, BaseUrl
from router.policy.fields import EnvName, Label, Name, Part, Seconds, Text, Tokens
from router.policy.queue_document import QueuePart


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
    adapter: Text | None = Field(
        None,
        description="Path or hub id at which its vLLM finds the LoRA adapter of this model, which needs a "
        "`base`; `tiergate fleet load` loads it under the upstream name.",
    )
    queue: QueuePart = Field(
        default_factory=lambda: QueuePart.model_validate({}),
        description="Who may wait for one of its places; left out: nobody, the next candidate is tried.",
    )
    slow_start_s: Annotated[float, Field(ge=0, le=86_400)] = Field(
        0.0,
        description="Back from a failure or a drain, it gets its places bit by bit over these seconds.",
    )
    metrics_url: BaseUrl | None = Field(
        None,
        description="Its metrics page, such as vLLM's http://gpu-host:8000/metrics; left out: none is read.",
    )
    health_url: BaseUrl | None = Field(
        None,
        description="A page that answers 200 while it can serve, such as vLLM's http://gpu-host:8000/health; "
        "while it does not, nobody is sent there.",
    )
    scrape_every_s: Annotated[float, Field(ge=0.2, le=3_600)] = Field(
        5.0, description="Seconds between two looks at these pages."
    )
    probe_every_s: Seconds | None = Field(
        None,
        description="Seconds without an answer after which a completion of one token is tried; only for "
        "endpoints whose GPU-hours the price book has. Left out: never.",
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
        description="`llama_cpp`: a GGUF file in this process; `transformers`: a model folder or hub id, of "
        "a model that writes text, classifies, judges entailment (zero-shot) or marks passages."
    )
    path: Text = Field(
        description="A local path (relative to where the gateway is started), "
        "`package:NAME/FILE` for a file inside an installed Python package, or with `transformers` a hub id."
    )
    quantisation: Literal["int8"] | None = Field(
        None,
        description="`int8`: linear layers are kept in 8 bits (`transformers` only); left out: float32.",
    )
    max_concurrency: int = Field(
        16,
        ge=1,
        le=10_000,
        description="Answers computed at once, in one batch; a few more wait, the next goes to the next "
        "candidate. Each holds a whole context in memory.",
    )

    @model_validator(mode="after")
    def _quantised_once(self) -> EmbeddedEndpoint:
        if self.quantisation is not None and self.wire != "transformers":
            raise ValueError("quantisation is for wire transformers: a GGUF file is quantised already")
        return self


AnyEndpoint = Annotated[OpenAIEndpoint | HostedEndpoint | EmbeddedEndpoint, Field(discriminator="wire")]
