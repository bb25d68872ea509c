"""What can be bought: models, their endpoints, and how a kind of model must be served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from router.domain.ability import Abilities, Estimate
from router.domain.acceptance import Acceptance
from router.domain.kinds import Capability, Task, Tier, VerifierName, Wire

Sampling = Mapping[str, float | int]


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a model's thinking arrives.

    `field`: the upstream separates it (`reasoning_content` or `reasoning`). `tags`: it is text up to
    `</think>`; with `opener` "implicit" the chat template already opened it, so the opening tag is missing.
    """

    format: Literal["field", "tags"]
    opener: Literal["explicit", "implicit"] = "implicit"


@dataclass(frozen=True, slots=True)
class RepetitionGuard:
    """Ends an answer whose tail is one unit of text (`min_period`..`max_period` characters) repeated until
    at least `min_chars` characters and `min_repeats` repeats have passed."""

    min_repeats: int = 8
    min_chars: int = 400
    min_period: int = 4
    max_period: int = 400


@dataclass(frozen=True, slots=True)
class ServingProfile:
    """What a family of models needs of whoever calls it (QwQ: never greedy, thinking apart, loops ended).

    `sampling_defaults` fill fields the caller left out. `rename` gives fields the name that the upstream
    knows; `drop` leaves out fields that it refuses, and the caller is told. `forbid_greedy`: temperature 0
    is lifted to the default temperature and said so; other greedy settings (top_k 1, top_p 0) are refused.
    """

    name: str
    sampling_defaults: Sampling
    forbid_greedy: bool = False
    thinking: Thinking | None = None
    repetition_guard: RepetitionGuard | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One deployment of a model. `context` is what it serves, in tokens, input and output together.

    `target` is the base URL (openai), the litellm model name (hosted), or a model path or package
    reference (llama_cpp, transformers). `upstream_model` is the name the upstream knows it by. `api_key` is
    the resolved secret, never shown. Timeouts are in seconds. `tokens_per_second` and `first_token_s` are
    what one answer is expected to take; None: not known.

    Beyond `max_concurrency` calls `max_waiting` may wait, each `max_wait` seconds; nobody is sent there while
    `max_engine_waiting` wait in the server's own queue, as its `metrics_url` says. Coming back, it is given
    its places bit by bit over `slow_start` seconds. `health_url` has to answer 200, and a completion is tried
    every `probe_every` seconds without any. `adapter`: where its server finds the LoRA adapter that makes it;
    `server`: the endpoint of the base model there, whose places and health it shares; empty: its own.
    `quantisation`: how its weights are kept in this process; None: as they are (llama_cpp), float32.
    """

    id: str
    model: str
    wire: Wire
    target: str
    upstream_model: str
    context: int
    residency: str
    api_key: str | None
    simulated: bool
    connect_timeout: float
    first_byte_timeout: float
    between_chunks_timeout: float
    total_timeout: float
    max_concurrency: int
    max_retries: int
    tokens_per_second: float | None = None
    first_token_s: float | None = None
    max_waiting: int = 0
    max_wait: float = 10.0
    max_engine_waiting: int | None = None
    slow_start: float = 0.0
    metrics_url: str | None = None
    scrape_every: float = 5.0
    health_url: str | None = None
    probe_every: float | None = None
    adapter: str | None = None
    server: str = ""
    quantisation: Literal["int8"] | None = None

    def seconds_for(self, output: int) -> float | None:
        """Expected seconds until an answer of `output` tokens is complete; None: not known."""
        if self.tokens_per_second is None or self.first_token_s is None:
            return None
        return self.first_token_s + output / self.tokens_per_second


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalog.

    `acceptance`: what verifiers said of its answers, by task and verifier; a pair left out is unknown.

    `abilities`: the share of a task's usual requests that it gets right, with interval and provenance.
    `expected_output[task]`: tokens it writes on that task, thinking included.
    `serves` empty: every task. `languages` empty: every language. `base`: the model that it is a
    fine-tune of.
    """

    name: str
    tier: Tier
    licence: str
    capabilities: frozenset[Capability]
    languages: frozenset[str]
    serves: frozenset[Task]
    abilities: Abilities
    expected_output: Mapping[Task, int]
    expected_output_default: int
    max_output: int | None
    profile: ServingProfile | None
    endpoints: tuple[Endpoint, ...]
    acceptance: Mapping[tuple[Task, VerifierName], Acceptance] = field(default_factory=dict)
    base: str | None = None

    def ability_for(self, task: Task | None) -> Estimate:
        return self.abilities.of(task)

    def output_for(self, task: Task | None) -> int:
        if task is None:
            return self.expected_output_default
        return self.expected_output.get(task, self.expected_output_default)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All models by name, in the order of the document. `shared`: the endpoints of models that have several,
    so that one of them has to be chosen."""

    models: Mapping[str, Model]
    shared: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        several = [model.endpoints for model in self.models.values() if len(model.endpoints) > 1]
        object.__setattr__(self, "shared", frozenset(one.id for group in several for one in group))
