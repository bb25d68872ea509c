"""What is known of a request when the policy decides: from the wire, the caller and the classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from router.domain.caller import Caller
from router.domain.kinds import Capability, DataClass, Task, Tier
from router.domain.reading import Reading
from router.domain.value import value


@value
class Hints:
    """What the app said of its request in headers or `metadata`. None: it did not say."""

    task: Task | None = None
    workload: str | None = None
    data_class: DataClass | None = None
    min_tier: Tier | None = None
    quality: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


NO_HINTS = Hints()
"""Of most requests."""


@value
class Signals:
    """What the classifier says of the conversation.

    `difficulty` 0..1, `confidence` 0..1 (of task and difficulty together), `language` ISO 639-1 or "und",
    `data_class` the strictest class its markers found (None: no marker), `input_tokens` an estimate.
    `reading` is what the query model read; None: there is none, and `difficulty` stands alone.
    """

    task: Task
    difficulty: float
    confidence: float
    language: str
    data_class: DataClass | None
    input_tokens: int
    reading: Reading | None = None


@value
class Previous:
    """Who served the conversation's previous turn: `model` on `endpoint`, `age_s` seconds ago.
    `cached_tokens`: how many of this request's input tokens that endpoint has read before, an estimate."""

    model: str
    endpoint: str
    age_s: float
    cached_tokens: int


@value
class Pin:
    """What the `model` field asked for: nothing (`auto`), a tier (`auto/reasoning`) or a model's name."""

    kind: Literal["auto", "tier", "model"]
    tier: Tier | None = None
    model: str | None = None


@value
class Facts:
    """The input of `decide`, complete and pure. `task`, `difficulty`, `confidence` are None when the
    classifier failed and the app gave no hint; `now` is UTC. `reading` has the app's word on the task in its
    shares. `previous` is None for a first turn and where nothing is remembered; `tool_loop`: the last turn is
    a tool's result. `conversation`: 64 bits that name it, where the policy keeps conversations together."""

    caller: Caller
    pin: Pin
    workload: str | None
    task: Task | None
    difficulty: float | None
    confidence: float | None
    data_class: DataClass
    language: str
    capabilities: frozenset[Capability]
    input_tokens: int
    max_output_tokens: int | None
    min_tier: Tier | None
    quality: float | None
    greedy: bool
    now: datetime
    tags: Mapping[str, str]
    classifier_failed: bool = False
    reading: Reading | None = None
    previous: Previous | None = None
    tool_loop: bool = False
    conversation: int | None = None
