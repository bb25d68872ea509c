"""How each simulated tier behaves: speed, size, thinking, caching and error shape.

The figures are chosen to be plausible for a hosted frontier API and for a QwQ-32B class model on vLLM with
one GPU. They measure no vendor, and no report may present them as measurements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ProfileName = Literal["frontier", "reasoning"]
ThinkingFormat = Literal["hidden", "field", "tags"]


@dataclass(frozen=True, slots=True)
class Pace:
    """Timing at speed 1. Times in seconds; `*_sigma` are the sigmas of log-normal distributions."""

    first_token_s: float
    first_token_sigma: float
    token_s: float
    token_sigma: float
    prefill_tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Thinking:
    """How much a model thinks before it answers: median tokens = base + slope x difficulty**2.

    `hidden`: billed as reasoning tokens, never shown. `field`: vLLM's `reasoning` beside `content`.
    `tags`: text with the opening `<think>` missing and a closing `</think>`.
    """

    format: ThinkingFormat
    base: int
    slope: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One simulated model server.

    `max_running`: requests generated at once, the rest wait in a queue (None: no limit). A prompt prefix
    counts as cached in whole blocks of `cache_block` tokens from `cache_minimum` tokens on.
    """

    name: ProfileName
    title: str
    model: str
    dialect: Literal["openai", "vllm"]
    context: int
    default_output: int
    pace: Pace
    thinking: Thinking
    max_running: int | None
    cache_block: int
    cache_minimum: int


FRONTIER = Profile(
    name="frontier",
    title="simulated frontier model",
    model="simulated-frontier",
    dialect="openai",
    context=200_000,
    default_output=16_384,
    pace=Pace(
        first_token_s=0.55,
        first_token_sigma=0.35,
        token_s=1 / 85,
        token_sigma=0.2,
        prefill_tokens_per_s=25_000,
    ),
    thinking=Thinking(format="hidden", base=0, slope=700),
    max_running=None,
    cache_block=128,
    cache_minimum=1024,
)

REASONING = Profile(
    name="reasoning",
    title="simulated QwQ-class reasoning model",
    model="simulated-qwq-32b",
    dialect="vllm",
    context=131_072,
    default_output=32_768,
    pace=Pace(
        first_token_s=0.18,
        first_token_sigma=0.3,
        token_s=1 / 42,
        token_sigma=0.15,
        prefill_tokens_per_s=6_000,
    ),
    thinking=Thinking(format="field", base=250, slope=4_500),
    max_running=64,
    cache_block=16,
    cache_minimum=16,
)

PROFILES: dict[ProfileName, Profile] = {"frontier": FRONTIER, "reasoning": REASONING}
