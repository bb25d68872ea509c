"""Usage as real servers report it, and what becomes of reports that cannot be right."""

from typing import Any

import pytest

from router.domain.units import Unit
from router.domain.usage import Usage
from router.meter.usage import estimated_usage, partial_usage, reported_usage

OPENAI = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
}
"""OpenAI, prompt caching guide: the usage of a second call."""
OPENAI_PREDICTED = {
    "prompt_tokens": 450,
    "completion_tokens": 180,
    "total_tokens": 630,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 100,
        "rejected_prediction_tokens": 60,
    },
}
"""OpenAI API reference, CompletionUsage: rejected predictions "are still counted in the total completion
tokens for purposes of billing"."""
OPENAI_AUDIO = {
    "prompt_tokens": 1000,
    "completion_tokens": 500,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 0, "text_tokens": 100, "audio_tokens": 900, "image_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 400, "text_tokens": 100},
}
"""OpenAI, audio guide: chat completions with audio in and out."""
VLLM = {"prompt_tokens": 34, "total_tokens": 51, "completion_tokens": 17, "prompt_tokens_details": None}
"""vLLM without --enable-prompt-tokens-details."""
VLLM_CACHED = {
    "prompt_tokens": 1034,
    "total_tokens": 1051,
    "completion_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 1024},
}
"""vLLM with --enable-prompt-tokens-details and prefix caching; thinking is inside completion_tokens."""
ANTHROPIC_BY_LITELLM = {
    "prompt_tokens": 1120,
    "completion_tokens": 9,
    "total_tokens": 1129,
    "cache_creation_input_tokens": 1000,
    "cache_read_input_tokens": 100,
    "prompt_tokens_details": {
        "cached_tokens": 100,
        "cache_creation_tokens": 1000,
        "cache_creation_token_details": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 600},
    },
    "server_tool_use": {"web_search_requests": 2},
}
"""litellm's Usage for Anthropic (CacheCreationTokenDetails, ServerToolUse in litellm.types.utils)."""
ANTHROPIC = {
    "input_tokens": 2048,
    "cache_read_input_tokens": 1800,
    "cache_creation_input_tokens": 248,
    "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
    "output_tokens": 503,
    "service_tier": "standard",
}
"""Anthropic, prompt caching guide, 1-hour cache duration: its own example."""
ANTHROPIC_SEARCH = {
    "input_tokens": 105,
    "output_tokens": 6039,
    "cache_read_input_tokens": 7123,
    "cache_creation_input_tokens": 7345,
    "server_tool_use": {"web_search_requests": 1},
    "service_tier": "batch",
}
"""Anthropic, web search tool, usage and pricing."""
RESPONSES = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 52,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 380,
}
"""OpenAI Responses API reference."""
GEMINI = {
    "promptTokenCount": 20,
    "candidatesTokenCount": 198,
    "thoughtsTokenCount": 405,
    "totalTokenCount": 623,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 20}],
}
"""gemini-2.5-flash, github.com/mozilla-ai/any-llm/issues/1290."""
GEMINI_CACHED_AUDIO = {
    "promptTokenCount": 1500,
    "cachedContentTokenCount": 1000,
    "candidatesTokenCount": 10,
    "totalTokenCount": 1510,
    "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 200},
        {"modality": "AUDIO", "tokenCount": 1300},
    ],
    "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 1000}],
}
"""Gemini API reference, UsageMetadata: promptTokenCount includes the cached content."""
GEMINI_THOUGHT_ONLY = {"promptTokenCount": 21, "thoughtsTokenCount": 60, "totalTokenCount": 81}
"""github.com/router-for-me/CLIProxyAPI/issues/5733: an answer that never came; zero counts are left out."""
GEMINI_COMPATIBLE = {"prompt_tokens": 20, "completion_tokens": 198, "total_tokens": 623}
"""The same call over OpenAI's wire: thinking is in the total only (any-llm issue 1290)."""
XAI = {
    "prompt_tokens": 10120,
    "completion_tokens": 1499,
    "total_tokens": 14428,
    "prompt_tokens_details": {"cached_tokens": 128},
    "completion_tokens_details": {"reasoning_tokens": 2809},
}
"""grok-4.20, github.com/Wei-Shaw/sub2api/issues/5771, whose upstream billed 2809 more output tokens."""
DEEPSEEK = {
    "prompt_tokens": 1000,
    "completion_tokens": 70,
    "total_tokens": 1070,
    "prompt_cache_hit_tokens": 896,
    "prompt_cache_miss_tokens": 104,
    "completion_tokens_details": {"reasoning_tokens": 50},
}
"""DeepSeek API reference, usage of chat completions."""
OPENROUTER_WRITE = {
    "prompt_tokens": 10339,
    "completion_tokens": 60,
    "total_tokens": 10399,
    "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 10318},
}
"""OpenRouter, prompt caching: inspecting cache usage."""


@pytest.mark.parametrize(
    ("report", "usage"),
    [
        (OPENAI, Usage(86, 1920, 0, 300, 128)),
        (OPENAI_PREDICTED, Usage(450, 0, 0, 180, 0)),
        (
            OPENAI_AUDIO,
            Usage(1000, 0, 0, 500, 0, units=((Unit.AUDIO_INPUT, 900), (Unit.AUDIO_OUTPUT, 400))),
        ),
        (VLLM, Usage(34, 0, 0, 17, None)),
        (VLLM_CACHED, Usage(10, 1024, 0, 17, None)),
        (
            ANTHROPIC_BY_LITELLM,
            Usage(20, 100, 1000, 9, None, units=((Unit.CACHE_WRITE_1H, 600), (Unit.SEARCH, 2))),
        ),
        (ANTHROPIC, Usage(2048, 1800, 248, 503, None, units=((Unit.CACHE_WRITE_1H, 100),))),
        (
            ANTHROPIC_SEARCH,
            Usage(105, 7123, 7345, 6039, None, units=((Unit.SEARCH, 1),), service_tier="batch"),
        ),
        (RESPONSES, Usage(200, 128, 0, 52, 40)),
        (GEMINI, Usage(20, 0, 0, 603, 405)),
        (
            GEMINI_CACHED_AUDIO,
            Usage(500, 1000, 0, 10, units=((Unit.AUDIO_INPUT, 300), (Unit.AUDIO_CACHE_READ, 1000))),
        ),
        (GEMINI_THOUGHT_ONLY, Usage(21, 0, 0, 60, 60)),
        (GEMINI_COMPATIBLE, Usage(20, 0, 0, 603, None)),
        (XAI, Usage(9992, 128, 0, 4308, 2809)),
        (DEEPSEEK, Usage(104, 896, 0, 70, 50)),
        (OPENROUTER_WRITE, Usage(21, 0, 10318, 60, None)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage(0, 0, 0, 0, None)),
    ],
)
def test_reported_tokens_are_split_as_they_are_billed(report: dict[str, Any], usage: Usage) -> None:
    """Every family's report becomes disjoint quantities, and what has a price of its own is kept apart."""
    assert reported_usage(report) == usage


@pytest.mark.parametrize(
    "report",
    [OPENAI, OPENAI_AUDIO, VLLM_CACHED, ANTHROPIC_BY_LITELLM, XAI, DEEPSEEK, OPENROUTER_WRITE, GEMINI],
)
def test_no_token_is_lost_or_counted_twice(report: dict[str, Any]) -> None:
    """Input and output add up to the total that the provider reports beside its parts."""
    found = reported_usage(report)
    assert found is not None and found.total == report.get("total_tokens", report.get("totalTokenCount"))


@pytest.mark.parametrize(
    ("said", "tier"),
    [("flex", "flex"), ("priority", "priority"), ("default", None), ("auto", None), (None, None), (7, None)],
)
def test_the_service_tier_is_what_the_answer_says(said: object, tier: str | None) -> None:
    """OpenAI names it beside the usage, and its standard tier has many names and one price."""
    found = reported_usage(VLLM, said)
    assert found is not None and found.service_tier == tier


@pytest.mark.parametrize(
    "report",
    [
        None,
        {},
        [],
        {"prompt_tokens": 5},
        {"prompt_tokens": -1, "completion_tokens": 1},
        {"prompt_tokens": "5", "completion_tokens": 1},
        {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 6}},
        {"prompt_tokens": True, "completion_tokens": 1},
        {"input_tokens": 5},
        {"input_tokens": 5, "output_tokens": 1, "input_tokens_details": {"cached_tokens": 6}},
        {"promptTokenCount": 5},
        {"promptTokenCount": 5, "totalTokenCount": 5, "cachedContentTokenCount": 6},
        {
            "promptTokenCount": 5,
            "totalTokenCount": 5,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 6}],
        },
    ],
)
def test_a_report_that_cannot_be_right_is_unknown(report: object) -> None:
    """Missing, negative and contradictory counts give None, never a guess and never zero."""
    assert reported_usage(report) is None


def test_a_total_that_reasoning_does_not_explain_adds_nothing() -> None:
    """Only thinking may be missing from the parts; another difference is not billed on a guess."""
    report = {**XAI, "total_tokens": 14_000}
    found = reported_usage(report)
    assert found is not None and found.output == 1499


def test_an_estimate_says_that_it_is_one() -> None:
    """The gateway's own count is marked, and rounds up."""
    assert estimated_usage(10, 5) == Usage(10, 0, 0, 2, None, estimated=True)


def test_a_report_that_was_not_the_last_is_an_estimate() -> None:
    """Of a stream that broke, the input is known and the output is at least what was received."""
    early = Usage(80, 20, 0, 1)
    assert partial_usage(early, 400) == Usage(80, 20, 0, 100, estimated=True)
    assert partial_usage(Usage(80, 20, 0, 500), 400).output == 500
